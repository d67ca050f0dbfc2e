import { hash } from 'node:crypto';
import type { PaymentRecord } from './payment-record.ts';

/** Something happened to a payment: what a webhook tells. */
export interface ProviderEvent {
  /** By seed and what happened alone: the same event after a restart has the same id. */
  readonly id: string;
  readonly type: string;
  readonly payment: PaymentRecord;
  /** The refund or dispute it is about; null: the payment itself. */
  readonly of: { readonly object: 'refund' | 'dispute'; readonly id: string; readonly opId?: string } | null;
  readonly atMs: number;
}

const paymentTypes: Readonly<Record<PaymentRecord['status'], string>> = {
  requires_action: 'payment_intent.requires_action',
  processing: 'payment_intent.processing',
  requires_capture: 'payment_intent.amount_capturable_updated',
  succeeded: 'payment_intent.succeeded',
  canceled: 'payment_intent.canceled',
  requires_payment_method: 'payment_intent.payment_failed',
};

/** What happened between two states of a payment, in the order it is told. */
export function eventsBetween(
  seed: number,
  old: PaymentRecord | null,
  payment: PaymentRecord,
  atMs: number,
): readonly ProviderEvent[] {
  const events: ProviderEvent[] = [];
  const tell = (type: string, of: ProviderEvent['of'], word: string): void => {
    const what = `${seed}\0event\0${payment.id}\0${type}\0${of?.id ?? ''}\0${word}`;
    const id = `evt_${hash('sha256', what).slice(0, 24)}`;
    events.push({ id, type, payment, of, atMs });
  };
  if (old?.status !== payment.status) tell(paymentTypes[payment.status], null, payment.status);
  for (const { id, opId, status } of payment.refunds) {
    const was = old?.refunds.find((refund) => refund.id === id)?.status;
    if (was === status) continue;
    const type =
      was === undefined ? 'refund.created' : status === 'failed' ? 'refund.failed' : 'refund.updated';
    tell(type, { object: 'refund', id, opId }, status);
  }
  for (const { id, status } of payment.disputes) {
    const was = old?.disputes.find((dispute) => dispute.id === id)?.status;
    if (was === status) continue;
    tell(`charge.dispute.${was === undefined ? 'created' : 'closed'}`, { object: 'dispute', id }, status);
  }
  return events;
}

/** The body of its webhook: Stripe's shape, as far as anybody may rely on it. */
export function renderEvent({ id, type, payment, of }: ProviderEvent): Buffer {
  const { orderId, opId, store } = payment;
  const object = of
    ? {
        ...of,
        payment_intent: payment.id,
        ...(of.opId === undefined ? {} : { metadata: { orderId, opId: of.opId, store } }),
      }
    : { id: payment.id, object: 'payment_intent', metadata: { orderId, opId, store } };
  return Buffer.from(JSON.stringify({ id, object: 'event', type, livemode: false, data: { object } }));
}
