import { z } from 'zod';
import type { Hint } from './psp.ts';
import { parseStrictJson } from './strict-json.ts';

/** A Stripe-like event; its payload is a reason to look, so no more is read of it than where to look. */
const eventShape = z.object({
  id: z.string().min(1).max(255),
  type: z.string().min(1).max(255),
  livemode: z.boolean(),
  data: z.object({
    object: z.object({
      id: z.string().max(255).optional(),
      object: z.string().optional(),
      payment_intent: z.string().max(255).nullish(),
      metadata: z.record(z.string(), z.string()).nullish(),
    }),
  }),
});

/** News of a payment, its refunds or its disputes. */
const knownKinds =
  /^(payment_intent\.(amount_capturable_updated|canceled|payment_failed|processing|requires_action|succeeded)|charge\.(captured|expired|failed|succeeded|refunded)|(charge\.)?refund\.(created|updated|failed)|charge\.dispute\.(created|updated|closed|funds_withdrawn|funds_reinstated))$/;

/** The hint in a webhook's body whose signature was checked. */
export function toHint(raw: Uint8Array): Hint | 'malformed' {
  const { data: event } = eventShape.safeParse(parseStrictJson(raw));
  if (!event) return 'malformed';
  const { object } = event.data;
  const isKnown = knownKinds.test(event.type);
  const pspRef = (event.type.startsWith('payment_intent.') ? object.id : object.payment_intent) ?? '';
  if (isKnown && pspRef === '') return 'malformed';
  const { opId, orderId } = object.metadata ?? {};
  return {
    eventId: event.id,
    kind: event.type,
    isKnown,
    pspRef,
    ...(opId === undefined ? {} : { opId }),
    ...(orderId === undefined ? {} : { orderId }),
    livemode: event.livemode,
  };
}
