import type {
  EventBody,
  OrderConfirmed,
  OrderPlaced,
  PaymentCaptured,
  PaymentOpRequested,
  RefundRecorded,
  RefundRequested,
} from '../../../schemas/generated/orders-events.ts';
import { orderIdOf } from '../../../schemas/ids.ts';
import type { AcceptedEvent } from '../../../infra/clients/journal-acceptor.ts';
import type { JournalBatch } from '../../../infra/clients/journal-consumer.ts';
import { journalStart } from '../../../schemas/accept-journal-record.ts';

export const startMs = Date.UTC(2026, 0, 31, 23, 59, 50);

export type OrdersEvent = AcceptedEvent<EventBody>;

/** The events behind `seq` as one batch. */
export function batchOf(
  events: readonly OrdersEvent[],
  seq: number,
  at: JournalBatch<EventBody>['at'],
): JournalBatch<EventBody> {
  const from = events[seq - 1]?.position ?? journalStart;
  return { at, from, to: events.at(-1)?.position ?? from, events: events.slice(seq), watermarkMs: null };
}

/** A journal partition made by hand: each body becomes the next valid event. */
export function createJournal(writer = 'w1', fromMs = startMs) {
  const events: OrdersEvent[] = [];
  let atMs = fromMs;
  let offset = 0n; // the Barrier
  const add = (body: EventBody): void => {
    offset += 1n;
    const seq = events.length + 1;
    events.push({
      event: {
        seq,
        writer,
        cause: { offset: seq, source: null, seq: null, index: null },
        atMs,
        routedThrough: 0,
        version: 1,
        body,
      },
      key: null,
      position: { offset, seq, writer },
    });
  };
  return {
    events,
    add,
    /** The clock moves on; nothing is written. */
    wait: (ms: number): number => (atMs += ms),
    /** A Tick's decision. */
    tick: (): void => add({ type: 'TimePassed', atMs }),
    /** A whole sale of `lines`: placed, captured, confirmed. */
    sell(key: string, lines: readonly Line[], overrides: Partial<OrderPlaced> = {}): void {
      const placed = orderPlaced(key, lines, overrides);
      add(placed);
      add(paymentCaptured(placed));
      add(orderConfirmed(placed, atMs));
    },
    /** A sale of `lines` that goes out, arrives, and of whose first line one piece comes back and is paid back. */
    live(key: string, lines: readonly Line[], overrides: Partial<OrderPlaced> = {}): void {
      this.sell(key, lines, overrides);
      for (const body of afterSale(orderPlaced(key, lines, overrides))) add(body);
    },
  };
}

export interface Line {
  readonly sku: string;
  readonly quantity: number;
  readonly unitMinor: number;
}

export function orderPlaced(
  key: string,
  lines: readonly Line[],
  overrides: Partial<OrderPlaced> = {},
): OrderPlaced {
  const totalMinor = lines.reduce((sum, line) => sum + line.quantity * line.unitMinor, 0);
  return {
    type: 'OrderPlaced',
    store: 'demo',
    orderId: orderIdOf('demo', key),
    commandId: null,
    fingerprint: null,
    requestId: null,
    customerId: 'c-1',
    currency: 'GBP',
    lines: lines.map((line) => ({
      ...line,
      discountMinor: 0,
      taxBp: 0,
      taxMinor: 0,
      priceVersion: 1,
      shareMinor: 0,
    })),
    discountMinor: 0,
    shippingMinor: 0,
    shippingTaxMinor: 0,
    totalMinor,
    taxRule: 'exclusive',
    paymentToken: 'sealed',
    shipTo: null,
    orderedAtMs: null,
    pricedBy: 'catalogue',
    holds: [],
    holdUntilMs: 0,
    ...overrides,
  };
}

const unasked = { commandId: null, fingerprint: null, requestId: null } as const;

/** The bodies of a refund: asked for, its operation, and what the provider said of it. */
export function refundOf(
  of: OrderPlaced,
  amountMinor: number,
  change: Partial<RefundRequested> = {},
): readonly [RefundRequested, PaymentOpRequested, RefundRecorded] {
  const { store, orderId, customerId, currency } = of;
  const refundId = change.refundId ?? 'r-1';
  const op = { store, orderId, opId: `${orderId}:refund:${refundId}`, amountMinor, currency };
  const lines = [{ line: 1, sku: of.lines[0]?.sku ?? '', quantity: 1, netMinor: amountMinor, taxMinor: 0 }];
  return [
    {
      type: 'RefundRequested',
      ...unasked,
      ...op,
      customerId,
      refundId,
      origin: 'return',
      lines,
      shippingMinor: 0,
      reason: 'returned',
      claimedAtMs: null,
      ...change,
    },
    {
      type: 'PaymentOpRequested',
      ...op,
      customerId,
      attempt: 1,
      kind: 'refund',
      key: 'k',
      methodRef: null,
      pspRef: 'psp-1',
    },
    {
      type: 'RefundRecorded',
      ...op,
      refundId,
      attempt: 1,
      as: 'succeeded',
      pspRef: 're-1',
      code: null,
    },
  ];
}

function afterSale(of: OrderPlaced): readonly EventBody[] {
  const { store, orderId } = of;
  const on = { store, orderId, ...unasked };
  const all = of.lines.map(({ sku, quantity }, i) => ({
    line: i + 1,
    sku,
    holdId: `${orderId}:${sku}`,
    quantity,
  }));
  const one = all.slice(0, 1).map((line) => ({ ...line, quantity: 1 }));
  const shipment = { carrier: null, trackingRef: null, complete: true };
  return [
    { type: 'ShipmentRecorded', ...on, shipmentId: 's-1', lines: all, ...shipment },
    { type: 'DeliveryRecorded', ...on, deliveryId: 'd-1', lines: all, complete: true },
    { type: 'ReturnRequested', ...on, returnId: 'r-1', lines: one, reason: 'too small', claimedAtMs: null },
    {
      type: 'ReturnReceived',
      ...on,
      returnId: 'r-1',
      receiptId: 'k-1',
      lines: one,
      sellable: true,
      condition: null,
      claimedAtMs: null,
    },
    ...refundOf(of, of.lines[0]?.unitMinor ?? 0),
  ];
}

export function paymentCaptured(of: OrderPlaced): PaymentCaptured {
  return {
    type: 'PaymentCaptured',
    store: of.store,
    orderId: of.orderId,
    opId: `${of.orderId}:capture:1`,
    attempt: 1,
    amountMinor: of.totalMinor,
    currency: of.currency,
    pspRef: 'psp-1',
  };
}

export function orderConfirmed(of: OrderPlaced, placedAtMs: number): OrderConfirmed {
  return {
    type: 'OrderConfirmed',
    store: of.store,
    orderId: of.orderId,
    customerId: of.customerId,
    currency: of.currency,
    lines: of.lines.map((line) => ({
      sku: line.sku,
      quantity: line.quantity,
      netMinor: line.quantity * line.unitMinor - line.discountMinor,
      taxMinor: line.taxMinor,
    })),
    totalMinor: of.totalMinor,
    discountMinor: of.discountMinor,
    shippingMinor: of.shippingMinor,
    taxMinor: of.lines.reduce((sum, line) => sum + line.taxMinor, of.shippingTaxMinor),
    placedAtMs,
    orderedAtMs: of.orderedAtMs,
  };
}
