import { createHash } from 'node:crypto';
import type { Body, CommandEnvelope } from '../../../schemas/envelope.ts';
import { holdIdOf, opIdOf } from '../../../schemas/ids.ts';
import type { ProcessorName } from '../../../schemas/topic-catalogue.ts';
import { lines, orderTotal, priceList, storeId } from './fixtures.ts';

export type Fields = Record<string, unknown>;

/**
 * A command of that type which its processor takes gladly, for the aggregate `key`. Throws a RangeError for a type
 * this corpus has no valid record of.
 */
export function validCommand(
  processor: ProcessorName,
  type: string,
  key: string,
): CommandEnvelope<Body & Fields> {
  const [keyStore, keySku] = /^(S\d)\/(.+)$/.exec(key)?.slice(1) ?? [];
  const sku = keySku ?? lines[0].sku;
  const body = bodies[processor][type]?.({ key, sku });
  if (!body) throw new RangeError(`${processor}.commands.v1 has no valid ${type} here`);
  const store = type === 'Tick' ? '' : (keyStore ?? storeId);
  const fingerprint = fromOutside.has(type) ? fingerprintOf(body) : null;
  return { store, commandId: null, fingerprint, requestId: null, body: { ...body, type } };
}

const fromOutside = new Set([
  'PlaceOrder',
  'CancelOrder',
  'CancelLines',
  'RecordShipment',
  'RecordDelivery',
  'RequestReturn',
  'ReceiveReturn',
  'RequestRefund',
  'ResolvePayment',
  'ReceiveStock',
  'AdjustStock',
  'Halt',
  'Resume',
  'LimitPurchases',
  'PutProduct',
  'RetireProduct',
]);

/** What the API would have stamped on this body. */
export const fingerprintOf = (body: object): string =>
  `k1.${createHash('sha256').update(JSON.stringify(body)).digest('hex')}`;

interface For {
  readonly key: string;
  readonly sku: string;
}

const reply =
  (line: number, more: Fields = {}) =>
  ({ key }: For): Fields => {
    const { sku, quantity } = lines[line] ?? lines[0];
    return { holdId: holdIdOf(key, sku), orderId: key, sku, quantity, ...more };
  };
const untaxed = { discountMinor: 0, shareMinor: 0, taxBp: 0, taxMinor: 0, priceVersion: 1 };
const claimedAtMs = null;
const movement = { quantity: 5, reason: 'stocktake' };
const forOrder = 'o-0123456789ABCDEFGHJKMNPQRS';
const hold = ({ sku }: For): Fields => ({ holdId: holdIdOf(forOrder, sku), orderId: forOrder, sku });
const tick = (): Fields => ({ writer: 'owner' });
const redrive = ({ key }: For): Fields => ({ key, dryRun: false, by: 'corpus', reason: 'corpus' });

const bodies: Readonly<Record<ProcessorName, Readonly<Record<string, (of: For) => Fields>>>> = {
  orders: {
    PlaceOrder: ({ key }) => ({
      orderId: key,
      customerId: 'c-1',
      currency: 'GBP',
      lines: lines.map((line) => ({ ...line, ...untaxed })),
      discountMinor: 0,
      shippingMinor: 0,
      shippingTaxMinor: 0,
      totalMinor: orderTotal,
      taxRule: 'exclusive',
      paymentToken: 'sealed',
      shipTo: null,
      orderedAtMs: null,
      pricedBy: 'catalogue',
    }),
    HoldPlaced: reply(0),
    CancelOrder: ({ key }) => ({ orderId: key, reason: 'corpus' }),
    CancelLines: ({ key }) => ({ orderId: key, lines: [{ line: 1, quantity: 1 }], reason: 'corpus' }),
    RecordShipment: ({ key }) => ({ orderId: key, lines: [], carrier: 'post', trackingRef: null }),
    RecordDelivery: ({ key }) => ({ orderId: key, lines: [] }),
    RequestReturn: ({ key }) => ({
      orderId: key,
      returnId: 'return-1',
      lines: [{ line: 1, quantity: 1 }],
      reason: 'corpus',
      claimedAtMs,
    }),
    ReceiveReturn: ({ key }) => ({
      orderId: key,
      returnId: 'return-1',
      lines: [],
      sellable: true,
      condition: null,
      claimedAtMs,
    }),
    RequestRefund: ({ key }) => ({
      orderId: key,
      refundId: 'refund-1',
      lines: [],
      amountMinor: 50,
      currency: 'GBP',
      reason: 'corpus',
      claimedAtMs,
    }),
    // of the other line: one hold is never both
    HoldRefused: reply(1, { reason: 'insufficient' }),
    HoldCommitted: reply(0),
    HoldReleased: reply(0),
    CommitReversed: reply(0),
    ReportOutcome: ({ key }) => ({
      orderId: key,
      opId: opIdOf(key, 'authorize', 1),
      attempt: 1,
      try: 1,
      kind: 'authorize',
      is: 'ok',
      amountMinor: orderTotal,
      currency: 'GBP',
      pspRef: 'psp-1',
      captureBeforeMs: null,
      code: null,
      next: null,
      cause: null,
      client: null,
      again: null,
      replayed: false,
    }),
    ReportFacts: ({ key }) => ({
      orderId: key,
      opId: opIdOf(key, 'authorize', 1),
      pspRef: 'psp-1',
      n: 1,
      found: 'found',
      authorizedMinor: orderTotal,
      capturedMinor: 0,
      currency: 'GBP',
      ended: null,
      captureBeforeMs: null,
      disputes: [],
      refunds: [],
    }),
    ProviderHint: ({ key }) => ({
      orderId: key,
      psp: 'simulator',
      eventId: 'event-1',
      kind: 'payment.captured',
      pspRef: 'psp-1',
      opId: null,
      livemode: false,
    }),
    SettlementLine: ({ key }) => ({
      orderId: key,
      psp: 'simulator',
      lineId: 'line-1',
      day: '2026-01-02',
      kind: 'charge',
      pspRef: 'psp-1',
      opId: opIdOf(key, 'capture', 1),
      grossMinor: orderTotal,
      feeMinor: 50,
      netMinor: orderTotal - 50,
      currency: 'GBP',
      settledMinor: null,
      settledCurrency: null,
    }),
    ResolvePayment: ({ key }) => ({
      orderId: key,
      opId: opIdOf(key, 'capture', 1),
      as: 'done',
      by: 'corpus',
      reason: 'corpus',
      evidence: 'corpus',
    }),
    Redrive: redrive,
    Tick: tick,
  },
  stock: {
    ReceiveStock: ({ sku }) => ({ sku, ...movement }),
    AdjustStock: ({ sku }) => ({ sku, quantity: -1, reason: 'damaged', corrects: null }),
    Restock: ({ sku }) => ({
      sku,
      returnId: 'return-1',
      receiptId: 'receipt-1',
      orderId: forOrder,
      quantity: 1,
    }),
    LimitPurchases: ({ sku }) => ({ sku, perCustomer: 10, reason: 'corpus' }),
    Halt: ({ sku }) => ({ sku, reason: 'recall' }),
    Resume: ({ sku }) => ({ sku, reason: 'recall' }),
    PlaceHold: (of) => ({ ...hold(of), customerId: 'c-1', quantity: 1, untilMs: 4_000_000_000_000 }),
    CommitHold: hold,
    ReleaseHold: (of) => ({ ...hold(of), reason: 'rejected' }),
    ReverseCommit: (of) => ({ ...hold(of), quantity: 1 }),
    ShipAllocated: (of) => ({ ...hold(of), quantity: 1, shipmentId: 'shipment-1' }),
    Redrive: redrive,
    Tick: tick,
  },
  catalogue: {
    PutProduct: ({ sku }) => ({
      sku,
      name: 'White metal lantern',
      prices: [{ currency: 'GBP', unitMinor: priceList['85123A'] }],
      taxBp: 0,
      ifVersion: null,
    }),
    RetireProduct: ({ sku }) => ({ sku, ifVersion: null }),
    Redrive: redrive,
    Tick: tick,
  },
};
