import {
  acceptJournalRecord,
  type JournalPosition,
  journalStart,
} from '../../../schemas/accept-journal-record.ts';
import type { EventEnvelope } from '../../../schemas/envelope.ts';
import type {
  EventBody,
  OrderPlaced,
  PaymentOpRequested,
  RefundRecorded,
  RefundRequested,
} from '../../../schemas/generated/orders-events.ts';
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

/** Of a command from outside. */
export const asked = (commandId: string | null) => ({
  commandId,
  fingerprint: commandId === null ? null : `f-${commandId}`,
  requestId: null,
});

const pieces = (orderId: string, quantity: number) => [
  { line: 1, sku: 'A', holdId: `${orderId}:A`, quantity },
];

/** What is asked of a refund, and the operation that is to give it back. */
export function askedRefund(
  orderId: string,
  refundId: string,
  origin: RefundRequested['origin'],
  amountMinor = 500,
): readonly [RefundRequested, PaymentOpRequested] {
  const of = { store: 'demo', orderId, customerId: 'c-1', opId: `${orderId}:refund:${refundId}` } as const;
  const money = { amountMinor, currency: 'GBP' };
  return [
    {
      type: 'RefundRequested',
      ...of,
      ...money,
      ...asked(refundId),
      refundId,
      origin,
      lines: [{ line: 1, sku: 'A', quantity: amountMinor / 500, netMinor: amountMinor, taxMinor: 0 }],
      shippingMinor: 0,
      reason: 'customer',
      claimedAtMs: null,
    },
    {
      type: 'PaymentOpRequested',
      ...of,
      ...money,
      attempt: 1,
      kind: 'refund',
      key: `key-${refundId}`,
      methodRef: null,
      pspRef: 'p1',
    },
  ];
}

/** The provider's word on a refund of `askedRefund`. */
export const refundRecorded = (
  { store, orderId, refundId, opId, amountMinor, currency }: RefundRequested,
  as: RefundRecorded['as'] = 'succeeded',
): RefundRecorded => ({
  type: 'RefundRecorded',
  store,
  orderId,
  refundId,
  opId,
  attempt: 1,
  as,
  amountMinor,
  currency,
  pspRef: 're1',
  code: as === 'failed' ? 'card-closed' : null,
});

/** A confirmed order of two pieces: one is cancelled and refunded; the other goes out, arrives, and comes back. */
export function wholeLife(orderId: string): readonly EventBody[] {
  const of = { store: 'demo', orderId } as const;
  const lines = pieces(orderId, 1);
  const [cancelled, giveBack] = askedRefund(orderId, 'x-1', 'cancel-lines');
  const [returned, giveBackTheRest] = askedRefund(orderId, 'k-1', 'return');
  return [
    ...confirmedOrder(orderId),
    { type: 'LinesCancelled', ...of, ...asked('x-1'), cancellationId: 'x-1', lines, reason: 'customer' },
    cancelled,
    giveBack,
    refundRecorded(cancelled),
    {
      type: 'ShipmentRecorded',
      ...of,
      ...asked('s-1'),
      shipmentId: 's-1',
      lines,
      carrier: 'post',
      trackingRef: 't1',
      complete: true,
    },
    { type: 'DeliveryRecorded', ...of, ...asked('d-1'), deliveryId: 'd-1', lines, complete: true },
    {
      type: 'ReturnRequested',
      ...of,
      ...asked('r-1'),
      returnId: 'r-1',
      lines,
      reason: 'too small',
      claimedAtMs: 77,
    },
    {
      type: 'ReturnReceived',
      ...of,
      ...asked('k-1'),
      returnId: 'r-1',
      receiptId: 'k-1',
      lines,
      sellable: true,
      condition: null,
      claimedAtMs: null,
    },
    returned,
    giveBackTheRest,
    refundRecorded(returned),
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
