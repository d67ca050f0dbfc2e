import type { MoneyBackRow, PaymentsRow } from '../../schemas/clickhouse-columns.ts';
import type {
  DisputeRecorded,
  EventBody,
  RefundDue,
  RefundRecorded,
  RefundRequested,
} from '../../schemas/generated/orders-events.ts';

/** Where a row comes from: the first columns of every table. */
export type RowOrigin = Pick<MoneyBackRow, 'store' | 'partition' | 'seq' | 'at' | 'order_id'>;

export type PaymentEvent = Extract<
  EventBody,
  {
    type:
      | 'PaymentOpRequested'
      | 'PaymentAuthorized'
      | 'PaymentDeclined'
      | 'PaymentCaptured'
      | 'PaymentCaptureFailed'
      | 'PaymentVoided'
      | 'PaymentLapsed'
      | 'PaymentUnknown'
      | 'PaymentPending'
      | 'PaymentActionRequired'
      | 'RefundRecorded';
  }
>;

/** The row of one step of an operation; the provider's key and the sealed token stand in the journal alone. */
export const paymentRow = (origin: RowOrigin, body: PaymentEvent): PaymentsRow => ({
  ...origin,
  event: body.type,
  op_id: body.opId,
  attempt: body.attempt,
  // `orderId:kind:n` (schemas/ids.ts): results do not carry the kind, their operation does.
  kind: body.opId.split(':')[1] ?? '',
  amount_minor: 'amountMinor' in body ? body.amountMinor : null,
  currency: 'currency' in body ? body.currency : null,
  psp_ref: 'pspRef' in body ? body.pspRef : null,
  code: codeOf(body),
});

function codeOf(body: PaymentEvent): string | null {
  if ('code' in body) return body.code;
  if (body.type === 'PaymentLapsed') return body.reason;
  return body.type === 'PaymentUnknown' ? body.cause : null;
}

/** The row of one step of money on its way back to the customer. */
export function moneyBackRow(
  origin: RowOrigin,
  body: RefundRequested | RefundRecorded | RefundDue | DisputeRecorded,
): MoneyBackRow {
  const request = body.type === 'RefundRequested' ? body : null;
  return {
    ...origin,
    event: body.type,
    ...('disputeId' in body
      ? { kind: 'chargeback', ref: body.disputeId }
      : { kind: 'refund', ref: body.refundId }),
    state: stateOf(body),
    why: request?.origin ?? null,
    currency: body.currency,
    amount_minor: body.amountMinor,
    shipping_minor: request?.shippingMinor ?? null,
    psp_ref: 'pspRef' in body ? body.pspRef : null,
    code: 'code' in body ? body.code : null,
    claimed_at: request?.claimedAtMs ?? null,
  };
}

function stateOf(body: RefundRequested | RefundRecorded | RefundDue | DisputeRecorded): string {
  if ('as' in body) return body.as;
  return body.type === 'RefundDue' ? 'due' : 'requested';
}
