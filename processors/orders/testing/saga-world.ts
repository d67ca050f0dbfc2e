import * as fc from 'fast-check';
import type { Command, ReportOutcome } from '../../../schemas/generated/orders-commands.ts';
import type { Command as StockCommandEnvelope } from '../../../schemas/generated/stock-commands.ts';
import { orderIdOf } from '../../../schemas/ids.ts';
import type { ReactionMessage } from '../../../schemas/reactions.ts';
import { createStockDomain } from '../../stock/stock-domain.ts';
import type { Stock, StockCommand, StockEvent } from '../../stock/stock.ts';
import { StockBooks } from '../../stock/testing/stock-books.ts';
import type { Order, OrderCommand, OrderEvent } from '../order.ts';
import { commandOf, orders, outcomeOf, placedIn, placeOrderOf, startMs, store } from './orders-fixture.ts';

const skus = ['A', 'B', 'D'] as const;

/** What the outside does: everything of it may be delivered at any time, and again. */
export interface Plan {
  readonly orders: readonly {
    readonly unitMinor: number;
    readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  }[];
  readonly movements: readonly { readonly sku: string; readonly quantity: number }[];
  readonly halted: readonly string[];
  /** What the provider answers to each operation of a kind; all of it is reported, in any order. */
  readonly payments: {
    readonly authorize: readonly ReportOutcome['is'][];
    readonly capture: readonly ReportOutcome['is'][];
  };
}

const sku = fc.constantFrom(...skus);

export const planArbitrary: fc.Arbitrary<Plan> = fc.record({
  orders: fc.array(
    fc.record({
      unitMinor: fc.constantFrom(0, 100, 100),
      lines: fc.array(fc.record({ sku, quantity: fc.integer({ min: 1, max: 3 }) }), {
        minLength: 1,
        maxLength: 4,
      }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  movements: fc.array(fc.record({ sku, quantity: fc.integer({ min: -2, max: 12 }).filter((q) => q !== 0) }), {
    maxLength: 6,
  }),
  halted: fc.uniqueArray(sku, { maxLength: 1 }),
  payments: fc.record({
    authorize: fc.constantFrom<ReportOutcome['is'][]>(
      ['ok'],
      ['unknown', 'ok'],
      ['ok', 'ok'],
      ['no', 'no'],
      ['unknown', 'no'],
    ),
    capture: fc.constantFrom<ReportOutcome['is'][]>(
      ['ok'],
      ['unknown', 'ok'],
      ['unknown', 'unknown', 'ok', 'ok'],
    ),
  }),
});

type Delivery =
  | { readonly to: 'orders'; readonly command: Command<OrderCommand>; readonly isMarked: boolean }
  | {
      readonly to: 'stock';
      readonly command: StockCommandEnvelope<StockCommand>;
      readonly isMarked: boolean;
    };

/**
 * Orders and stock, joined by `react`. Messages between two aggregates keep their order, as between two partitions;
 * everything else is delivered in the order the caller picks.
 */
export class SagaWorld {
  readonly orders = new Map<string, Order>();
  readonly stocks = new Map<string, Stock>();
  readonly books = new Map<string, StockBooks>(skus.map((name) => [name, new StockBooks()]));
  /** What must never happen. */
  readonly faults: string[] = [];
  private readonly lanes = new Map<string, Delivery[]>();
  private readonly pool: Delivery[] = [];
  private readonly orderLog: { readonly key: string; readonly event: OrderEvent; readonly atMs: number }[] =
    [];
  private readonly stockLog: { readonly key: string; readonly event: StockEvent; readonly atMs: number }[] =
    [];
  private readonly stock = createStockDomain();
  private readonly payments: Plan['payments'];
  private nowMs = startMs;

  constructor(plan: Plan) {
    this.payments = plan.payments;
    plan.orders.forEach(({ lines, unitMinor }, i) => {
      const id = orderIdOf(store, `cart-${i}`);
      const body = placeOrderOf(
        lines.map((line) => ({ ...line, unitMinor })),
        { orderId: id },
      );
      this.fromOutside(body, { fingerprint: `k1.${i}` });
    });
    plan.movements.forEach(({ sku: name, quantity }, i) => {
      const body: StockCommand =
        quantity > 0
          ? { type: 'ReceiveStock', sku: name, quantity, reason: 'opening' }
          : { type: 'AdjustStock', sku: name, quantity, reason: 'correction', corrects: null };
      this.toStockFromOutside(body, `move-${i}`);
    });
    for (const name of plan.halted) {
      this.toStockFromOutside({ type: 'Halt', sku: name, reason: '' }, `halt-${name}`);
      this.toStockFromOutside({ type: 'Resume', sku: name, reason: '' }, `resume-${name}`);
    }
  }

  /** Delivers one of what waits; false if nothing does. */
  deliverNext(pick: number): boolean {
    const lanes = [...this.lanes.values()].filter((lane) => lane.length > 0);
    const waiting = lanes.length + this.pool.length;
    if (waiting === 0) return false;
    const at = pick % waiting;
    const next = at < lanes.length ? lanes[at]?.shift() : this.pool.splice(at - lanes.length, 1)[0];
    this.nowMs += 1;
    if (next?.to === 'orders') this.decideOrder(next.command, next.isMarked);
    if (next?.to === 'stock') this.decideStock(next.command, next.isMarked);
    return true;
  }

  /** Both states folded again from all events. */
  replayed(): { readonly orders: Map<string, Order>; readonly stocks: Map<string, Stock> } {
    const again = { orders: new Map<string, Order>(), stocks: new Map<string, Stock>() };
    for (const { key, event, atMs } of this.orderLog) {
      const order = placedIn(orders.evolve(again.orders.get(key), event, atMs));
      if (order) again.orders.set(key, order);
    }
    for (const { key, event, atMs } of this.stockLog) {
      const state = this.stock.evolve(again.stocks.get(key), event, atMs);
      if (state) again.stocks.set(key, state);
    }
    return again;
  }

  private decideOrder(command: Command<OrderCommand>, isMarked: boolean): void {
    const key = orders.keyOfCommand(command);
    const before = this.orders.get(key);
    if (orders.check(before, command) !== null)
      this.faults.push(`quarantined: ${JSON.stringify(command.body)}`);
    const events = orders.decide(before, command, this.nowMs);
    if (isMarked && events.length === 0) this.faults.push(`no event for ${command.body.type}`);
    for (const event of events) {
      const order = placedIn(orders.evolve(this.orders.get(key), event, this.nowMs));
      if (order) this.orders.set(key, order);
      this.orderLog.push({ key, event, atMs: this.nowMs });
      this.note(event);
      if (event.type === 'PaymentOpRequested') this.answerPayment(event);
      for (const message of orders.react(event)) this.sendToStock(key, message);
    }
  }

  private decideStock(command: StockCommandEnvelope<StockCommand>, isMarked: boolean): void {
    if (command.body.type === 'Tick') return;
    const key = command.body.sku;
    const before = this.stocks.get(key);
    if (this.stock.check(before, command) !== null)
      this.faults.push(`quarantined: ${JSON.stringify(command.body)}`);
    const events = this.stock.decide(before, command, this.nowMs);
    if (isMarked && events.length === 0) this.faults.push(`no event for ${command.body.type}`);
    for (const event of events) {
      const state = this.stock.evolve(this.stocks.get(key), event, this.nowMs);
      if (state) this.stocks.set(key, state);
      this.stockLog.push({ key, event, atMs: this.nowMs });
      this.note(event);
      const broken = this.books.get(key)?.book(event);
      if (broken) this.faults.push(broken);
      for (const message of this.stock.react(event)) this.sendToOrders(key, message);
    }
  }

  private note(event: OrderEvent | StockEvent): void {
    if (event.type === 'AnomalyRecorded') {
      this.faults.push(`${event.command} in ${event.state}: ${event.reason}`);
    }
  }

  private answerPayment({
    orderId,
    kind,
    amountMinor,
  }: Extract<OrderEvent, { type: 'PaymentOpRequested' }>): void {
    if (kind !== 'authorize' && kind !== 'capture') {
      this.faults.push(`asked for ${kind}`);
      return;
    }
    this.payments[kind].forEach((is, i) => {
      const money = is === 'ok' ? { amountMinor } : {};
      const opId = `${orderId}:${kind}:1`;
      const outcome = outcomeOf(kind, { ...money, is, orderId, opId, try: i + 1 });
      this.pool.push({ to: 'orders', command: commandOf(outcome), isMarked: false });
    });
  }

  private fromOutside(body: OrderCommand, of: Partial<Command<OrderCommand>>): void {
    const delivery = { to: 'orders', command: commandOf(body, of), isMarked: false } as const;
    this.pool.push(delivery, delivery);
  }

  private toStockFromOutside(body: StockCommand, commandId: string): void {
    const command = { store, commandId, fingerprint: 'k1.aa', requestId: null, body };
    const delivery = { to: 'stock', command, isMarked: false } as const;
    this.pool.push(delivery, delivery);
  }

  private sendToStock(
    from: string,
    { key, store: tenant, body }: ReturnType<typeof orders.react>[number],
  ): void {
    const command = { store: tenant, commandId: null, fingerprint: null, requestId: null, body };
    this.laneOf(from, key).push({ to: 'stock', command, isMarked: true });
  }

  private sendToOrders(
    from: string,
    message: ReactionMessage<Exclude<OrderCommand, { type: 'Tick' }>>,
  ): void {
    const command = commandOf(message.body, { store: message.store });
    this.laneOf(from, message.key).push({ to: 'orders', command, isMarked: true });
  }

  private laneOf(from: string, to: string): Delivery[] {
    const name = `${from} > ${to}`;
    const lane = this.lanes.get(name) ?? [];
    this.lanes.set(name, lane);
    return lane;
  }
}
