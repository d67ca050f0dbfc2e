import type { LedgerTable } from '../../../schemas/clickhouse-columns.ts';
import type { OrderLine } from '../../../schemas/generated/orders-events.ts';
import { commandIdOf, holdIdOf, opIdOf, orderIdOf, paymentKeyOf } from '../../../schemas/ids.ts';
import type { OrderEventView, OrderView } from '../../../schemas/order-view.ts';
import type { ParkedOrderView } from '../../../schemas/parked-order.ts';
import type { ProviderOperation } from '../recording.ts';
import { noTables } from './memory-recording.ts';
import type { At } from './pipeline-model.ts';
import { type EventBody, StockScript, store } from './stock-script.ts';

type Row = Record<string, string | number | null>;

export interface ScriptLine {
  readonly sku: string;
  readonly quantity: number;
  readonly unitMinor: number;
  /** On top of the price. */
  readonly taxMinor?: number;
  readonly taxBp?: number;
}

/** One order under way: what the script needs to tell its next step. */
interface Order {
  readonly orderId: string;
  readonly partition: number;
  readonly lines: readonly OrderLine[];
  readonly holds: readonly { readonly holdId: string; readonly sku: string; readonly quantity: number }[];
  readonly totalMinor: number;
  readonly placedAtMs: number;
  readonly placedSeq: number;
  readonly holdUntilMs: number;
  readonly view: { -readonly [K in keyof OrderView]: OrderView[K] };
}

/**
 * Tells how a small shop's day went, step by step, and writes down beside the logs what views, tables, client and
 * provider must hold: by hand for each step, not by folding the events.
 */
export class ShopScript extends StockScript {
  readonly operations: ProviderOperation[] = [];
  readonly orders = new Map<string, { readonly partition: number; readonly view: OrderView }>();
  /** What is parked for good. */
  readonly parked: ParkedOrderView[] = [];
  readonly streams: { readonly partition: number; readonly seq: number; readonly event: OrderEventView }[] =
    [];
  readonly tables: Record<LedgerTable, Row[]> = noTables();

  /** A checkout's 202 and the order it places. */
  place(
    key: string,
    lines: readonly ScriptLine[],
    customerId = 'c-1',
  ): { readonly order: Order; readonly at: At } {
    const orderId = orderIdOf(store, key);
    const full = lines.map(
      ({ sku, quantity, unitMinor, taxMinor = 0, taxBp = 0 }): OrderLine => ({
        sku,
        quantity,
        unitMinor,
        discountMinor: 0,
        taxBp,
        taxMinor,
        priceVersion: 0,
        shareMinor: 0,
      }),
    );
    const taxRule = lines.some(({ taxMinor }) => taxMinor !== undefined) ? 'exclusive' : 'inclusive';
    const tax = full.reduce((sum, line) => sum + line.taxMinor, 0);
    const totalMinor = full.reduce((sum, line) => sum + line.quantity * line.unitMinor, 0) + tax;
    const outside = {
      commandId: commandIdOf(store, 'POST /v1/orders', '/v1/orders', key),
      fingerprint: `f-${key}`,
    };
    const money = {
      customerId,
      currency: 'GBP',
      discountMinor: 0,
      shippingMinor: 0,
      shippingTaxMinor: 0,
      totalMinor,
      taxRule,
      orderedAtMs: 1_291_195_920_000,
    } as const;
    const wish = {
      ...money,
      orderId,
      lines: full,
      paymentToken: 'sealed',
      shipTo: null,
      pricedBy: 'channel',
    } as const;
    this.request('/v1/orders', key, `d-${key}`, 202, { orderId });
    const at = this.logs.post('orders', orderId, store, { type: 'PlaceOrder', ...wish }, outside);
    const skus = [...new Set(full.map(({ sku }) => sku))].sort();
    const holds = skus.map((sku) => ({
      holdId: holdIdOf(orderId, sku),
      sku,
      quantity: full.filter((line) => line.sku === sku).reduce((sum, line) => sum + line.quantity, 0),
    }));
    const holdUntilMs = this.logs.now + 900_000;
    const placed = {
      type: 'OrderPlaced',
      ...wish,
      store,
      ...outside,
      requestId: null,
      holds,
      holdUntilMs,
    } as const;
    const seq = this.logs.decide(at, orderId, [placed]);
    const placedAtMs = this.logs.now;
    const view = {
      orderId,
      store,
      customerId,
      status: 'holding',
      reason: null,
      currency: 'GBP',
      lines: full.map((line, i) => ({
        line: i + 1,
        sku: line.sku,
        quantity: line.quantity,
        unitMinor: line.unitMinor,
        discountMinor: 0,
        shareMinor: 0,
        taxBp: line.taxBp,
        taxMinor: line.taxMinor,
        cancelled: 0,
        shipped: 0,
        delivered: 0,
        returnAsked: 0,
        returned: 0,
      })),
      discountMinor: 0,
      shippingMinor: 0,
      shippingTaxMinor: 0,
      totalMinor,
      taxRule,
      holds: holds.map((hold) => ({ ...hold, state: 'asked' as const })),
      payment: {
        status: 'none',
        kind: null,
        sinceMs: null,
        declineCode: null,
        pspRef: null,
        captureBeforeMs: null,
        client: null,
        check: {
          cause: null,
          atRiskMinor: 0,
          checks: 0,
          lastCheckedAtMs: null,
          nextCheckAtMs: null,
          decideByMs: null,
        },
        capturedMinor: 0,
        refundedMinor: 0,
        chargedBackMinor: 0,
        discrepancies: 0,
      },
      unwinding: null,
      cancelNoted: null,
      shipments: [],
      deliveries: [],
      returns: [],
      refunds: [],
      disputes: [],
      persons: [],
      commands: [],
      holdUntilMs,
      createdAtMs: placedAtMs,
      updatedAtMs: placedAtMs,
      orderedAtMs: money.orderedAtMs,
      ...outside,
      requestId: null,
      position: `${at.partition}.${seq}`,
    } satisfies OrderView as OrderView;
    const order: Order = {
      orderId,
      partition: at.partition,
      lines: full,
      holds,
      totalMinor,
      placedAtMs,
      placedSeq: seq,
      holdUntilMs,
      view,
    };
    this.orders.set(orderId, { partition: at.partition, view });
    this.note(order, seq, 'OrderPlaced');
    const row = this.rowOf(order, seq, placedAtMs);
    const units = full.reduce((sum, { quantity }) => sum + quantity, 0);
    const orderedAt = money.orderedAtMs;
    this.tables.orders.push({
      ...row,
      event: 'OrderPlaced',
      customer_id: customerId,
      currency: 'GBP',
      outcome: null,
      reason: null,
      line_count: full.length,
      units,
      total_minor: totalMinor,
      discount_minor: 0,
      shipping_minor: 0,
      tax_minor: tax,
      placed_at: placedAtMs,
      ordered_at: orderedAt,
    });
    for (const [line, of] of full.entries()) {
      const net = of.quantity * of.unitMinor;
      this.tables.order_lines.push({
        ...row,
        line,
        entry: 'placed',
        customer_id: customerId,
        currency: 'GBP',
        sku: of.sku,
        units: of.quantity,
        unit_minor: of.unitMinor,
        discount_minor: 0,
        tax_minor: of.taxMinor,
        net_minor: net,
        gross_minor: net + of.taxMinor,
        placed_at: placedAtMs,
        ordered_at: orderedAt,
      });
    }
    return { order, at };
  }

  /** Stock's answer to one hold of the order: placed, or refused with what is left. */
  hold(order: Order, index: number, reply: 'placed' | 'insufficient'): At {
    const hold = holdAt(order, index);
    const asks = { holdId: hold.holdId, orderId: order.orderId, sku: hold.sku, quantity: hold.quantity };
    const asked = this.logs.send(
      { ...placeOf(order), seq: order.placedSeq, index },
      'stock',
      `${store}/${hold.sku}`,
      store,
      { type: 'PlaceHold', ...asks, customerId: 'c-1', untilMs: order.holdUntilMs },
    );
    const { held = 0, onHand = 0 } = this.stock.get(hold.sku)?.view ?? {};
    if (reply === 'placed') {
      const seq = this.decideStock(
        asked,
        hold.sku,
        { type: 'HoldPlaced', store, ...asks, customerId: 'c-1', untilMs: order.holdUntilMs, repeat: false },
        { held: held + hold.quantity },
      );
      return this.logs.send({ ...asked, seq, index: 0 }, 'orders', order.orderId, store, {
        type: 'HoldPlaced',
        ...asks,
      });
    }
    const seq = this.decideStock(
      asked,
      hold.sku,
      { type: 'HoldRefused', store, ...asks, reason: 'insufficient', available: onHand - held },
      null,
    );
    return this.logs.send({ ...asked, seq, index: 0 }, 'orders', order.orderId, store, {
      type: 'HoldRefused',
      ...asks,
      reason: 'insufficient',
    });
  }

  /** Asks stock to end a hold (the event `seq` asks for the holds in order) and brings its answer. */
  endHold(
    order: Order,
    seq: number,
    index: number,
    holdIndex: number,
    as: 'committed' | 'rejected' | 'declined' | 'expired',
  ): At {
    const { holdId, sku, quantity } = holdAt(order, holdIndex);
    const of = { holdId, orderId: order.orderId, sku };
    const command =
      as === 'committed'
        ? ({ type: 'CommitHold', ...of } as const)
        : ({ type: 'ReleaseHold', ...of, reason: as } as const);
    const asked = this.logs.send(
      { ...placeOf(order), seq, index },
      'stock',
      `${store}/${sku}`,
      store,
      command,
    );
    const before = this.stock.get(sku)?.view;
    const { held = 0, onHand = 0, committed = 0, allocated = 0 } = before ?? {};
    const sold = {
      held: held - quantity,
      onHand: onHand - quantity,
      committed: committed + quantity,
      allocated: allocated + quantity,
    };
    const event =
      as === 'committed'
        ? ({ type: 'HoldCommitted', store, ...of, quantity, repeat: false } as const)
        : ({ type: 'HoldReleased', store, ...of, quantity, reason: as, repeat: false } as const);
    const done = this.decideStock(asked, sku, event, as === 'committed' ? sold : { held: held - quantity });
    const reply =
      as === 'committed'
        ? ({ type: 'HoldCommitted', ...of, quantity } as const)
        : ({ type: 'HoldReleased', ...of, quantity } as const);
    return this.logs.send({ ...asked, seq: done, index: 0 }, 'orders', order.orderId, store, reply);
  }

  /** The provider's answer, in its own book and on the order's inbox. */
  outcome(order: Order, kind: 'authorize' | 'capture', is: 'ok' | 'no'): At {
    const opId = opIdOf(order.orderId, kind, 1);
    const { totalMinor: amount } = order;
    this.operations.push({
      key: paymentKeyOf(store, opId, 1),
      kind,
      opId,
      orderId: order.orderId,
      amount,
      currency: 'GBP',
      done: is === 'ok',
      digests: [`bytes of ${opId}`],
    });
    const paid =
      is === 'ok'
        ? { amountMinor: amount, currency: 'GBP', pspRef: 'psp-1' }
        : { amountMinor: null, currency: null, pspRef: null };
    return this.logs.post('orders', order.orderId, store, {
      type: 'ReportOutcome',
      orderId: order.orderId,
      opId,
      attempt: 1,
      try: 1,
      kind,
      is,
      ...paid,
      captureBeforeMs: null,
      code: is === 'no' ? 'card_declined' : null,
      next: is === 'no' ? 'never' : null,
      cause: null,
      client: null,
      again: null,
      replayed: false,
    });
  }

  /** Events of an order, with the document after each and its rows. Returns the seq of the first. */
  decide(order: Order, at: At, steps: readonly (readonly [EventBody, Partial<OrderView>])[]): number {
    const first = this.logs.seqOf('orders', order.partition) + 1;
    for (const [body, change] of steps) {
      const seq = this.logs.decide(at, order.orderId, [body]);
      Object.assign(order.view, change, {
        updatedAtMs: this.logs.now,
        position: `${order.partition}.${seq}`,
      });
      this.note(order, seq, body.type);
    }
    return first;
  }

  /** Row of the order's latest event. */
  row(order: Order): Row {
    return this.rowOf(order, this.logs.seqOf('orders', order.partition), this.logs.now);
  }

  private rowOf(order: Order, seq: number, at: number): Row {
    return { store, partition: order.partition, seq, at, order_id: order.orderId };
  }

  private note(order: Order, seq: number, type: string): void {
    const { orderId, status } = order.view;
    const event = {
      position: `${order.partition}.${seq}`,
      type,
      atMs: this.logs.now,
      orderId,
      store,
      status,
    };
    this.streams.push({ partition: order.partition, seq, event });
  }
}

const placeOf = ({ partition }: Order): At => ({ processor: 'orders', partition, offset: 0 });

export function holdAt({ orderId, holds }: Order, index: number): Order['holds'][number] {
  const hold = holds[index];
  if (!hold) throw new RangeError(`${orderId} has no hold ${index}`);
  return hold;
}

export type { Order as ScriptOrder };
