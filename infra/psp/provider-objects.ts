import { z } from 'zod';

/** What a Stripe-like provider answers with; the simulator speaks it too, so that one mapping serves both. */

const metadata = z.record(z.string(), z.string()).nullish();

/** A payment: one authorization and what became of it. Amounts in the provider's minor units, currencies in lower case. */
export const paymentIntent = z.object({
  id: z.string().min(1),
  object: z.literal('payment_intent'),
  status: z.string(),
  amount: z.int(),
  amount_capturable: z.int().optional(),
  amount_received: z.int().optional(),
  currency: z.string(),
  cancellation_reason: z.string().nullish(),
  last_payment_error: z.object({ code: z.string().nullish(), decline_code: z.string().nullish() }).nullish(),
  next_action: z.json().optional(),
  /** What a browser needs to act on it. */
  client_secret: z.string().nullish(),
  /** The charge itself where it was asked for, else its id. */
  latest_charge: z
    .union([
      z.string(),
      z.object({
        payment_method_details: z
          .object({ card: z.object({ capture_before: z.int().nullish() }).nullish() })
          .nullish(),
      }),
    ])
    .nullish(),
  metadata,
});
export type PaymentIntent = z.output<typeof paymentIntent>;

export const refundObject = z.object({
  id: z.string().min(1),
  object: z.literal('refund'),
  status: z.string(),
  amount: z.int(),
  currency: z.string(),
  payment_intent: z.string().nullish(),
  failure_reason: z.string().nullish(),
  metadata,
});
export type RefundObject = z.output<typeof refundObject>;

export const disputeObject = z.object({
  id: z.string().min(1),
  object: z.literal('dispute'),
  status: z.string(),
  amount: z.int(),
  currency: z.string(),
});
export type DisputeObject = z.output<typeof disputeObject>;

export const errorReply = z.object({
  error: z.object({
    type: z.string(),
    code: z.string().nullish(),
    decline_code: z.string().nullish(),
    param: z.string().nullish(),
    message: z.string().nullish(),
  }),
});
export type ErrorReply = z.output<typeof errorReply>;
