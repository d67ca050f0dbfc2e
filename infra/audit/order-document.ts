import type { EventBody } from '../../schemas/generated/orders-events.ts';
import type { OrderView } from '../../schemas/order-view.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The auditor's own fold of an order into the document Redis must hold (`schemas/order-view.ts`), changed in place.
 * `position` is `<partition>.<seq>`. Returns undefined for what speaks of no order, or of one never placed.
 */
export function foldDocument(
  before: OrderView | undefined,
  body: EventBody,
  at: { readonly atMs: number; readonly position: string },
): OrderView | undefined {
  if (body.type === 'OrderPlaced') return documentOf(body, at);
  if (!before || !('orderId' in body)) return before;
  const order: Mutable<OrderView> = { ...before, updatedAtMs: at.atMs, position: at.position };
  const setHold = (holdId: string, state: OrderView['holds'][number]['state']): void => {
    order.holds = order.holds.map((hold) => (hold.holdId === holdId ? { ...hold, state } : hold));
  };
  const setPayment = (change: Partial<OrderView['payment']>): void => {
    order.payment = { ...order.payment, ...change };
  };
  switch (body.type) {
    case 'HoldRecorded':
      setHold(body.holdId, body.as);
      break;
    case 'CommitRecorded':
      setHold(body.holdId, 'committed');
      break;
    case 'CommitStarted':
      order.status = 'committing';
      break;
    case 'PaymentOpRequested':
      if (body.kind !== 'authorize' && body.kind !== 'capture') break;
      order.status = body.kind === 'authorize' ? 'authorizing' : 'capturing';
      setPayment({ status: order.status, sinceMs: at.atMs });
      break;
    case 'PaymentAuthorized':
      setPayment({ status: 'authorized', sinceMs: at.atMs });
      break;
    case 'PaymentDeclined':
      setPayment({ status: 'declined', sinceMs: at.atMs, declineCode: body.code });
      break;
    case 'PaymentCaptured':
      setPayment({
        status: 'captured',
        sinceMs: at.atMs,
        capturedMinor: order.payment.capturedMinor + body.amountMinor,
      });
      break;
    case 'PaymentUnknown':
      // It stays unknown since the first time.
      if (order.payment.status !== 'unknown') setPayment({ status: 'unknown', sinceMs: at.atMs });
      break;
    case 'UnwindStarted':
      order.status = 'unwinding';
      break;
    case 'OrderConfirmed':
      order.status = 'confirmed';
      break;
    case 'OrderClosed':
      order.status = body.as.toLowerCase() as OrderView['status'];
      order.reason = body.reason;
      break;
    case 'OrderArchived':
      break;
  }
  return order;
}

function documentOf(
  body: Extract<EventBody, { type: 'OrderPlaced' }>,
  { atMs, position }: { readonly atMs: number; readonly position: string },
): OrderView {
  const { orderId, store, customerId, currency, discountMinor, shippingMinor, shippingTaxMinor, totalMinor } =
    body;
  return {
    orderId,
    store,
    customerId,
    status: 'holding',
    reason: null,
    currency,
    lines: body.lines.map((line) => ({
      sku: line.sku,
      quantity: line.quantity,
      unitMinor: line.unitMinor,
      discountMinor: line.discountMinor,
      taxBp: line.taxBp,
      taxMinor: line.taxMinor,
    })),
    discountMinor,
    shippingMinor,
    shippingTaxMinor,
    totalMinor,
    taxRule: body.taxRule,
    holds: body.holds.map((hold) => ({
      holdId: hold.holdId,
      sku: hold.sku,
      quantity: hold.quantity,
      state: 'asked',
    })),
    payment: { status: 'none', sinceMs: null, capturedMinor: 0, declineCode: null },
    createdAtMs: atMs,
    updatedAtMs: atMs,
    orderedAtMs: body.orderedAtMs,
    commandId: body.commandId,
    fingerprint: body.fingerprint,
    requestId: body.requestId,
    position,
  };
}
