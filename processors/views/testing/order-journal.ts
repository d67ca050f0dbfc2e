import {
  acceptJournalRecord,
  type JournalPosition,
  journalStart,
} from '../../../schemas/accept-journal-record.ts';
import type { EventEnvelope } from '../../../schemas/envelope.ts';
import type { EventBody, OrderPlaced } from '../../../schemas/generated/orders-events.ts';
import type { Accepted } from '../batch-plan.ts';

/** An OrderPlaced of store `demo` with one hold for each SKU; amounts are small and equal. */
export function placedOrder(orderId: string, change: Partial<OrderPlaced> = {}): OrderPlaced {
  const skus = change.lines?.map(({ sku }) => sku) ?? ['A'];
  return {
    type: 'OrderPlaced',
    store: 'demo',
    orderId,
    commandId: 'c1',
    fingerprint: 'f1',
    requestId: null,
    customerId: 'c-1',
    currency: 'GBP',
    lines: skus.map((sku) => ({
      sku,
      quantity: 2,
      unitMinor: 500,
      discountMinor: 0,
      taxBp: 0,
      taxMinor: 0,
      priceVersion: 1,
      shareMinor: 0,
    })),
    discountMinor: 0,
    shippingMinor: 0,
    shippingTaxMinor: 0,
    totalMinor: 1_000,
    taxRule: 'inclusive',
    paymentToken: 'sealed',
    shipTo: null,
    orderedAtMs: null,
    pricedBy: 'catalogue',
    holds: [...new Set(skus)].sort().map((sku) => ({ holdId: `${orderId}:${sku}`, sku, quantity: 2 })),
    holdUntilMs: 900_000,
    ...change,
  };
}

/** The bodies of an order that goes through to Confirmed. */
export function confirmedOrder(orderId: string): readonly EventBody[] {
  const of = { store: 'demo', orderId } as const;
  const hold = { holdId: `${orderId}:A`, sku: 'A', quantity: 2 };
  const op = (kind: 'authorize' | 'capture') => ({ opId: `${orderId}:${kind}:1`, attempt: 1 });
  const money = { amountMinor: 1_000, currency: 'GBP' };
  const ask = (
    kind: 'authorize' | 'capture',
    methodRef: string | null,
    pspRef: string | null,
  ): EventBody => ({
    type: 'PaymentOpRequested',
    ...of,
    ...op(kind),
    ...money,
    customerId: 'c-1',
    kind,
    key: `key-${kind}`,
    methodRef,
    pspRef,
  });
  return [
    placedOrder(orderId),
    { type: 'HoldRecorded', ...of, holdId: hold.holdId, as: 'placed' },
    ask('authorize', 'sealed', null),
    { type: 'PaymentAuthorized', ...of, ...op('authorize'), ...money, pspRef: 'p1', captureBeforeMs: null },
    { type: 'CommitStarted', ...of, holds: [hold] },
    { type: 'CommitRecorded', ...of, holdId: hold.holdId },
    ask('capture', null, 'p1'),
    { type: 'PaymentCaptured', ...of, ...op('capture'), ...money, pspRef: 'p1' },
    {
      type: 'OrderConfirmed',
      ...of,
      customerId: 'c-1',
      currency: 'GBP',
      lines: [{ sku: 'A', quantity: 2, netMinor: 1_000, taxMinor: 0 }],
      totalMinor: 1_000,
      discountMinor: 0,
      shippingMinor: 0,
      taxMinor: 0,
      placedAtMs: 1_000,
      orderedAtMs: null,
    },
  ];
}

/** A journal partition as its reader accepts it: a Barrier first, then one event each 10 ms with a cause each. */
export function acceptedJournal<B extends { readonly type: string }>(
  bodies: readonly B[],
  writer = 'w1',
): readonly Accepted<EventEnvelope<B>>[] {
  const barrier = { type: 'Barrier', writer, follows: null } as unknown as B;
  let position: JournalPosition = journalStart;
  return [barrier, ...bodies].map((body, i) => {
    const event: EventEnvelope<B> = {
      seq: i,
      writer,
      cause: { offset: i === 0 ? -1 : i - 1, source: null, seq: null, index: null },
      atMs: 1_000 + i * 10,
      routedThrough: 0,
      version: 1,
      body,
    };
    const next = acceptJournalRecord(position, BigInt(i), event);
    if (!next) throw new Error(`record ${i} is void`);
    position = next;
    return { position, event };
  });
}
