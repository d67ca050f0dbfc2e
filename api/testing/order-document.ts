import { orderIdOf } from '../../schemas/ids.ts';
import type { CheckView, OrderLineView, OrderView } from '../../schemas/order-view.ts';

export const shownOrderId = orderIdOf('S1', 'k');

const idle: CheckView = {
  cause: null,
  atRiskMinor: 0,
  checks: 0,
  lastCheckedAtMs: null,
  nextCheckAtMs: null,
  decideByMs: null,
};

/** One line of an order's document, of a SKU sold at 1,000. */
export const lineOf = (line: number, sku: string, change: Partial<OrderLineView> = {}): OrderLineView => ({
  line,
  sku,
  quantity: 3,
  unitMinor: 1_000,
  discountMinor: 0,
  shareMinor: 0,
  taxBp: 0,
  taxMinor: 0,
  cancelled: 0,
  shipped: 0,
  delivered: 0,
  returnAsked: 0,
  returned: 0,
  ...change,
});

/** The document of a confirmed order of store S1: two lines, 6,000 captured, nothing shipped. */
export const orderDocument = (change: Partial<OrderView> = {}): OrderView => ({
  orderId: shownOrderId,
  store: 'S1',
  customerId: 'c-1',
  status: 'confirmed',
  reason: null,
  currency: 'GBP',
  lines: [lineOf(1, 'A'), lineOf(2, 'B')],
  discountMinor: 0,
  shippingMinor: 0,
  shippingTaxMinor: 0,
  totalMinor: 6_000,
  taxRule: 'exclusive',
  holds: [],
  payment: {
    status: 'captured',
    kind: null,
    sinceMs: 500,
    declineCode: null,
    pspRef: 'pi_1',
    captureBeforeMs: null,
    client: null,
    check: idle,
    capturedMinor: 6_000,
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
  holdUntilMs: 900_000,
  createdAtMs: 0,
  updatedAtMs: 500,
  orderedAtMs: null,
  commandId: 'c-1',
  fingerprint: 'k1.aa',
  requestId: null,
  position: '0.9',
  ...change,
});

/** A refund in an order's document. */
export const refundOf = (
  amountMinor: number,
  status: OrderView['refunds'][number]['status'],
): OrderView['refunds'][number] => ({
  refundId: `r-${amountMinor}`,
  opId: `${shownOrderId}:refund:r-${amountMinor}`,
  origin: 'request',
  status,
  sinceMs: 600,
  amountMinor,
  shippingMinor: 0,
  lines: [],
  reason: 'late',
  code: null,
  check: idle,
  atMs: 600,
  claimedAtMs: null,
});
