import type {
  EventBody,
  OrderConfirmed,
  OrderPlaced,
  PaymentCaptured,
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
  };
}

interface Line {
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
