import type { ClientStep } from '../../../../schemas/client-journal.ts';
import type { CommandBody as OrderCommand } from '../../../../schemas/generated/orders-commands.ts';
import type { EventBody as OrderBody, Hold, OrderLine } from '../../../../schemas/generated/orders-events.ts';
import { commandIdOf, holdIdOf, opIdOf, orderIdOf, paymentKeyOf } from '../../../../schemas/ids.ts';
import type { AnyCommand, AnyEvent, ProviderOperation, ProviderPayment } from '../../recording.ts';
import { type At, PipelineModel } from '../pipeline-model.ts';

export const store = 'demo';

type Kind = 'authorize' | 'capture' | 'void' | 'refund';
type Outcome = Extract<OrderCommand, { type: 'ReportOutcome' }>;
type Facts = Extract<OrderCommand, { type: 'ReportFacts' }>;
type Told = Extract<OrderBody, { orderId: string }>;
/** An event of an order, but for the order. */
export type TellOf<T extends Told['type']> = T extends unknown
  ? Omit<Extract<Told, { type: T }>, 'store' | 'orderId'>
  : never;

/** Ids of a command from outside, as its events repeat them. */
export interface Outside {
  readonly commandId: string;
  readonly fingerprint: string;
  readonly requestId: null;
}
export const nobody = { commandId: null, fingerprint: null, requestId: null } as const;

type Payment = { -readonly [K in keyof ProviderPayment]: ProviderPayment[K] };

/** One order under way. */
export interface LifeOrder {
  readonly orderId: string;
  readonly partition: number;
  readonly customerId: string;
  readonly lines: readonly OrderLine[];
  readonly holds: readonly Hold[];
  readonly totalMinor: number;
  readonly placedAtMs: number;
  readonly placedSeq: number;
  readonly money: Pick<
    Extract<Told, { type: 'OrderPlaced' }>,
    'discountMinor' | 'shippingMinor' | 'shippingTaxMinor' | 'taxRule'
  >;
  /** At the provider. */
  readonly payment: Payment;
  lookUps: number;
}

export interface LifeCart {
  readonly lines: readonly (Pick<OrderLine, 'sku' | 'quantity' | 'unitMinor'> & Partial<OrderLine>)[];
  readonly discountMinor?: number;
  readonly shippingMinor?: number;
  readonly shippingTaxMinor?: number;
  readonly customerId?: string;
}

/**
 * A script's hand on the logs of orders whose whole life is told: it says what is asked and what is decided; this keeps
 * ids, marks, client and provider's book beside it. Prices are exclusive of tax.
 */
export class LifeScript {
  readonly logs: PipelineModel;
  readonly client: ClientStep[] = [];
  readonly operations: ProviderOperation[] = [];
  readonly payments: ProviderPayment[] = [];
  /** Units that may be held, by SKU: only what refusals say. */
  readonly available = new Map<string, number>();
  private requests = 0;

  constructor(partitions: number) {
    this.logs = new PipelineModel(partitions, 2);
  }

  /** A client's command with its 202. */
  private outside(path: string, route: string): Outside {
    this.requests += 1;
    const key = `k-${this.requests}`;
    const commandId = commandIdOf(store, `POST ${route}`, path, key);
    const base = { atMs: this.logs.now, store, method: 'POST', path, key, digest: `d-${key}` } as const;
    const none = { status: null, code: null, orderId: null, commandId: null };
    this.client.push({ ...base, ...none, step: 'invoke' });
    this.client.push({ ...base, ...none, step: 'ok', status: 202, commandId });
    return { commandId, fingerprint: `f-${key}`, requestId: null };
  }

  /** A movement of a SKU from outside and what it comes to. */
  move(sku: string, body: AnyCommand['body'], event: (outside: Outside) => AnyEvent['body']): void {
    const path = `/v1/stock/${sku}/movements`;
    const outside = this.outside(path, '/v1/stock/{sku}/movements');
    const key = `${store}/${sku}`;
    this.logs.decide(this.logs.post('stock', key, store, body, outside), key, [event(outside)]);
  }

  receive(sku: string, quantity: number): void {
    this.available.set(sku, (this.available.get(sku) ?? 0) + quantity);
    this.move(sku, { type: 'ReceiveStock', sku, quantity, reason: 'opening' }, (outside) => ({
      type: 'StockReceived',
      store,
      sku,
      quantity,
      reason: 'opening',
      ...outside,
    }));
  }

  place(key: string, cart: LifeCart): LifeOrder {
    const { discountMinor = 0, shippingMinor = 0, shippingTaxMinor = 0, customerId = 'c-1' } = cart;
    const orderId = orderIdOf(store, key);
    const none = { discountMinor: 0, shareMinor: 0, taxBp: 0, taxMinor: 0, priceVersion: 0 };
    const lines = cart.lines.map((line): OrderLine => ({ ...none, ...line }));
    const netOf = (line: OrderLine): number =>
      line.quantity * line.unitMinor - line.discountMinor - line.shareMinor;
    const totalMinor =
      lines.reduce((sum, line) => sum + netOf(line) + line.taxMinor, 0) + shippingMinor + shippingTaxMinor;
    const commandId = commandIdOf(store, 'POST /v1/orders', '/v1/orders', key);
    const outside = { commandId, fingerprint: `f-${key}` };
    const base = { atMs: this.logs.now, store, method: 'POST', path: '/v1/orders', key } as const;
    const none202 = { digest: `d-${key}`, status: null, code: null, orderId: null, commandId: null };
    this.client.push({ ...base, ...none202, step: 'invoke' });
    this.client.push({ ...base, ...none202, step: 'ok', status: 202, orderId });
    const money = { discountMinor, shippingMinor, shippingTaxMinor, taxRule: 'exclusive' } as const;
    const wish = {
      orderId,
      customerId,
      currency: 'GBP',
      lines,
      ...money,
      totalMinor,
      paymentToken: 'sealed',
      shipTo: null,
      orderedAtMs: null,
      pricedBy: 'channel',
    } as const;
    const at = this.logs.post('orders', orderId, store, { type: 'PlaceOrder', ...wish }, outside);
    const skus = [...new Set(lines.map(({ sku }) => sku))].sort();
    const holds = skus.map((sku) => ({
      holdId: holdIdOf(orderId, sku),
      sku,
      quantity: lines.reduce((sum, line) => sum + (line.sku === sku ? line.quantity : 0), 0),
    }));
    const placed = { type: 'OrderPlaced', ...wish, store, ...outside, requestId: null, holds } as const;
    // The log's clock at the command, which the decision reads.
    const nowMs = this.logs.inboxes.get(`orders/${at.partition}`)?.[at.offset]?.atMs ?? 0;
    const seq = this.logs.decide(at, orderId, [{ ...placed, holdUntilMs: nowMs + 900_000 }]);
    const payment = { orderId, currency: 'GBP', captured: 0, status: 'none', refunds: [], disputes: [] };
    return {
      orderId,
      partition: at.partition,
      customerId,
      lines,
      holds,
      totalMinor,
      placedAtMs: this.logs.now,
      placedSeq: seq,
      money,
      payment,
      lookUps: 0,
    };
  }

  /** Events of an order by one cause; returns the seq of the first. */
  tell(order: LifeOrder, at: At, ...bodies: readonly TellOf<Told['type']>[]): number {
    const { orderId } = order;
    const whole = bodies.map((body) => ({ ...body, store, orderId }));
    return this.logs.decide(at, orderId, whole);
  }

  /** A command of a client on an order. */
  ask(
    { orderId }: { readonly orderId: string },
    action: string,
    body: AnyCommand['body'],
  ): { readonly at: At; readonly outside: Outside } {
    const route = action.replace(/^returns\/.+\/receipt$/, 'returns/{returnId}/receipt');
    const outside = this.outside(`/v1/orders/${orderId}/${action}`, `/v1/orders/{id}/${route}`);
    return { at: this.logs.post('orders', orderId, store, body, outside), outside };
  }

  /** A command of a client that is refused. */
  refuse(
    order: { readonly orderId: string },
    action: string,
    body: AnyCommand['body'],
    reason: string,
  ): void {
    const { at, outside } = this.ask(order, action, body);
    const { orderId: key } = order;
    this.logs.decide(at, key, [
      { type: 'CommandRefused', command: body.type, key, reason, ...outside, detail: null },
    ]);
  }

  /** A message of an order's event to a SKU, the event it comes to, and the reply, if it has one. */
  stock(
    order: LifeOrder,
    seq: number,
    index: number,
    sku: string,
    { ask, say, reply }: { ask: object; say: object; reply: boolean },
  ): At {
    const key = `${store}/${sku}`;
    const from = { processor: 'orders', partition: order.partition, offset: 0, seq, index } as const;
    const asked = this.logs.send(from, 'stock', key, store, ask as AnyCommand['body']);
    const body = { store, sku, orderId: order.orderId, ...say } as AnyEvent['body'];
    const said = this.logs.decide(asked, key, [body]);
    if (!reply) return asked;
    const { holdId, quantity, type, reason } = body as unknown as Readonly<Record<string, unknown>>;
    const words = { type, holdId, orderId: order.orderId, sku, quantity };
    const whole = type === 'HoldRefused' ? { ...words, reason } : words;
    return this.logs.send(
      { ...asked, seq: said, index: 0 },
      'orders',
      order.orderId,
      store,
      whole as unknown as AnyCommand['body'],
    );
  }

  /** The intent of an operation; a refund's number is its refundId. */
  op(order: LifeOrder, kind: Kind, n: number | string = 1, amountMinor = order.totalMinor, attempt = 1) {
    const opId = kind === 'refund' ? `${order.orderId}:refund:${n}` : opIdOf(order.orderId, kind, Number(n));
    return {
      type: 'PaymentOpRequested',
      customerId: order.customerId,
      opId,
      attempt,
      kind,
      key: paymentKeyOf(store, opId, attempt),
      amountMinor,
      currency: 'GBP',
      methodRef: kind === 'authorize' ? 'sealed' : null,
      pspRef: kind === 'authorize' ? null : `psp-${order.orderId}`,
    } as const;
  }

  /** The provider runs an operation and the worker reports of it. `isDone` false: nothing happened there. */
  outcome(
    order: LifeOrder,
    op: ReturnType<LifeScript['op']>,
    is: Outcome['is'],
    more: Partial<Outcome> & { readonly isDone?: boolean } = {},
  ): At {
    const { isDone = is === 'ok', ...words } = more;
    const { key, kind, opId, amountMinor, attempt } = op;
    const { orderId } = order;
    if (isDone || is === 'no') {
      const digests = [`bytes of ${key}`];
      const known = this.operations.some((one) => one.key === key);
      if (!known)
        this.operations.push({
          key,
          kind,
          opId,
          orderId,
          amount: amountMinor,
          currency: 'GBP',
          done: isDone,
          digests,
        });
      if (isDone && !known) this.book(order, op);
    }
    const ok = { amountMinor, currency: 'GBP', pspRef: `psp-${orderId}` };
    const none = { amountMinor: null, currency: null, pspRef: null };
    return this.logs.post('orders', orderId, store, {
      type: 'ReportOutcome',
      orderId,
      opId,
      attempt,
      try: 1,
      kind,
      is,
      ...(is === 'ok' ? ok : none),
      captureBeforeMs: null,
      code: null,
      next: null,
      cause: null,
      client: null,
      again: null,
      replayed: false,
      ...words,
    });
  }

  private book({ payment, totalMinor }: LifeOrder, op: ReturnType<LifeScript['op']>): void {
    if (op.kind === 'authorize') {
      payment.status = 'requires_capture';
      this.payments.push(payment);
    }
    if (op.kind === 'void') payment.status = 'canceled';
    if (op.kind === 'capture') [payment.status, payment.captured] = ['succeeded', totalMinor];
    if (op.kind === 'refund')
      payment.refunds = [...payment.refunds, { opId: op.opId, amount: op.amountMinor, status: 'succeeded' }];
  }

  /** The next look-up of an order. */
  lookUp(order: LifeOrder, opId: string, why: string, more: Partial<TellOf<'LookUpRequested'>> = {}) {
    order.lookUps += 1;
    return {
      type: 'LookUpRequested',
      opId,
      n: order.lookUps,
      pspRef: null,
      why,
      hintId: null,
      amountMinor: order.totalMinor,
      currency: 'GBP',
      nextCheckAtMs: null,
      decideByMs: null,
      ...more,
    } as const;
  }

  /** What the provider shows when asked by the latest look-up. */
  facts(order: LifeOrder, opId: string, more: Partial<Facts> = {}): At {
    return this.logs.post('orders', order.orderId, store, {
      type: 'ReportFacts',
      orderId: order.orderId,
      opId,
      pspRef: `psp-${order.orderId}`,
      n: order.lookUps,
      found: 'found',
      authorizedMinor: order.totalMinor,
      capturedMinor: 0,
      currency: 'GBP',
      ended: null,
      captureBeforeMs: null,
      disputes: [],
      refunds: [],
      ...more,
    });
  }

  /** A Tick of the order's partition, and its watermark after what was due by it. */
  tick(order: LifeOrder, ...due: readonly TellOf<Told['type']>[]): { at: At; seq: number } {
    const at = this.logs.sendTick('orders', order.partition);
    const seq = due.length > 0 ? this.tell(order, at, ...due) : 0;
    return { at, seq };
  }
}
