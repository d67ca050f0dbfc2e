import type { PaymentOpRequested } from '../../schemas/generated/orders-events.ts';
import { opIdOf, paymentKeyOf } from '../../schemas/ids.ts';
import type { PaidOrder, Payment, PaymentOp } from './payment.ts';

/** The intent to reserve the order's total. The key is in the journal before the socket opens (payments §4). */
export const requestAuthorize = (order: PaidOrder, methodRef: string): PaymentOpRequested => ({
  ...request(order, 'authorize', opIdOf(order.orderId, 'authorize', 1), order.totalMinor, null),
  methodRef,
});

/** The intent to take what is authorized. */
export const requestCapture = (order: PaidOrder, payment: Payment): PaymentOpRequested =>
  request(order, 'capture', nextOpId(order, payment, 'capture'), payment.authorizedMinor, payment.pspRef);

/**
 * The intent to drop the reservation, also one of which nobody knows whether it exists: then it carries no reference
 * and the worker looks for it first.
 */
export const requestVoid = (order: PaidOrder, payment: Payment): PaymentOpRequested =>
  request(
    order,
    'void',
    nextOpId(order, payment, 'void'),
    payment.authorizedMinor || order.totalMinor,
    payment.pspRef,
  );

/** The intent to give back a part of what is captured. Its id is its number: two equal refunds differ. */
export const requestRefund = (
  order: PaidOrder,
  payment: Payment,
  { refundId, amountMinor }: { readonly refundId: string; readonly amountMinor: number },
): PaymentOpRequested =>
  request(order, 'refund', refundOpIdOf(order.orderId, refundId), amountMinor, payment.pspRef);

/** The operation of a refund (payments §4: for a refund `n` is the refundId). */
export const refundOpIdOf = (orderId: string, refundId: string): string => `${orderId}:refund:${refundId}`;

type Asked = Pick<PaymentOp, 'opId' | 'attempt' | 'amountMinor'>;

/** An op once more. The same attempt has the same key and the same bytes; the next one a key of its own. */
export function requestAgain(
  order: PaidOrder,
  kind: PaymentOpRequested['kind'],
  asked: Asked,
  pspRef: string | null,
): PaymentOpRequested {
  const { opId, attempt, amountMinor } = asked;
  return {
    ...request(order, kind, opId, amountMinor, pspRef),
    attempt,
    key: paymentKeyOf(order.store, opId, attempt),
    methodRef: kind === 'authorize' ? order.paymentToken : null,
  };
}

function nextOpId(order: PaidOrder, payment: Payment, kind: 'capture' | 'void'): string {
  const before = new Set(payment.ops.filter((op) => op.kind === kind).map(({ opId }) => opId));
  return opIdOf(order.orderId, kind, before.size + 1);
}

const request = (
  order: PaidOrder,
  kind: PaymentOpRequested['kind'],
  opId: string,
  amountMinor: number,
  pspRef: string | null,
): PaymentOpRequested => ({
  type: 'PaymentOpRequested',
  store: order.store,
  orderId: order.orderId,
  customerId: order.customerId,
  opId,
  attempt: 1,
  kind,
  key: paymentKeyOf(order.store, opId, 1),
  amountMinor,
  currency: order.currency,
  methodRef: null,
  pspRef,
});
