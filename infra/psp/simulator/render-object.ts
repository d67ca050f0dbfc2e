import type { DisputeObject, PaymentIntent, RefundObject } from '../provider-objects.ts';
import type { DisputeRecord, PaymentRecord, RefundRecord } from './payment-record.ts';

/** The payment as the provider shows it: a Stripe-like object. */
export function renderPayment(record: PaymentRecord): PaymentIntent {
  const { id, status, amount, captured, currency, reason, captureBeforeMs, opId, orderId, store } = record;
  return {
    id,
    object: 'payment_intent',
    status,
    amount,
    amount_capturable: status === 'requires_capture' ? amount : 0,
    amount_received: captured,
    currency: currency.toLowerCase(),
    ...(status === 'canceled' ? { cancellation_reason: reason } : {}),
    ...(status === 'requires_payment_method'
      ? { last_payment_error: { code: 'card_declined', decline_code: reason } }
      : {}),
    ...(status === 'requires_action'
      ? { next_action: { type: 'redirect_to_url', redirect_to_url: { url: `https://bank.invalid/${id}` } } }
      : {}),
    ...(status === 'requires_capture' || status === 'succeeded'
      ? {
          latest_charge: {
            payment_method_details: { card: { capture_before: Math.floor(captureBeforeMs / 1_000) } },
          },
        }
      : {}),
    metadata: { opId, orderId, store },
  };
}

export function renderRefund(record: PaymentRecord, refund: RefundRecord): RefundObject {
  const { id, opId, amount, status } = refund;
  const { orderId, store, currency } = record;
  return {
    id,
    object: 'refund',
    status,
    amount,
    currency: currency.toLowerCase(),
    payment_intent: record.id,
    ...(status === 'failed' ? { failure_reason: 'expired_or_canceled_card' } : {}),
    metadata: { opId, orderId, store },
  };
}

const disputeWords = { open: 'needs_response', won: 'won', lost: 'lost' } as const;

export const renderDispute = (record: PaymentRecord, dispute: DisputeRecord): DisputeObject => ({
  id: dispute.id,
  object: 'dispute',
  status: disputeWords[dispute.status],
  amount: dispute.amount,
  currency: record.currency.toLowerCase(),
});

/** The payment with its refunds and disputes, as a look-up gets it. */
export const renderWhole = (record: PaymentRecord): object => ({
  ...renderPayment(record),
  refunds: { data: record.refunds.map((refund) => renderRefund(record, refund)) },
  disputes: { data: record.disputes.map((dispute) => renderDispute(record, dispute)) },
});
