import { z } from 'zod';
import {
  type CheckView,
  type PaymentStatus,
  type PaymentView,
  paymentStatuses,
} from '../../schemas/order-view.ts';
import { instant, minor, toInstantOrNull } from './answer-fields.ts';

/** What is being done to find out about money nobody knows of. */
const check = {
  cause: z.string().nullable().meta({ description: 'Why it is unknown; null while it is not.' }),
  amountAtRiskMinor: minor.meta({ description: 'Not known to be moved or not; 0 while all is known.' }),
  checks: z.int().meta({ description: 'Times the provider was asked since its last answer.' }),
  lastCheckedAt: instant.nullable(),
  nextCheckAt: instant.nullable(),
  decideBy: instant.nullable().meta({ description: 'Then a person, or the undo, takes over.' }),
};
export const checkShape = z.object(check);

export const toCheck = (view: CheckView): z.output<typeof checkShape> => ({
  cause: view.cause,
  amountAtRiskMinor: view.atRiskMinor,
  checks: view.checks,
  lastCheckedAt: toInstantOrNull(view.lastCheckedAtMs),
  nextCheckAt: toInstantOrNull(view.nextCheckAtMs),
  decideBy: toInstantOrNull(view.decideByMs),
});

/** The money of an order. Unknown money is a status under 200, never an error. */
export const paymentAnswer = z
  .object({
    status: z.enum(paymentStatuses),
    since: instant.nullable(),
    ...check,
    safeToRetry: z.boolean().meta({
      description: 'False while the provider may have moved money: do not charge by another way.',
    }),
    declineCode: z.string().nullable(),
    reference: z.string().nullable().meta({ description: 'The payment at the provider.' }),
    captureBefore: instant.nullable().meta({ description: 'The provider drops the reservation then.' }),
    action: z
      .string()
      .nullable()
      .meta({ description: 'JSON of the provider for its client, while the customer must act.' }),
    capturedMinor: minor,
    refundedMinor: minor,
    chargedBackMinor: minor,
    discrepancies: z.int().meta({ description: 'Times two sources of truth disagreed.' }),
  })
  .meta({ id: 'Payment' });

/** Certainly nothing is taken or reserved, and nothing is on its way. */
const idle: ReadonlySet<PaymentStatus> = new Set(['none', 'declined', 'voided', 'lapsed']);

export const toPaymentAnswer = (payment: PaymentView): z.output<typeof paymentAnswer> => ({
  status: payment.status,
  since: toInstantOrNull(payment.sinceMs),
  ...toCheck(payment.check),
  safeToRetry: idle.has(payment.status),
  declineCode: payment.declineCode,
  reference: payment.pspRef,
  captureBefore: toInstantOrNull(payment.captureBeforeMs),
  action: payment.client,
  capturedMinor: payment.capturedMinor,
  refundedMinor: payment.refundedMinor,
  chargedBackMinor: payment.chargedBackMinor,
  discrepancies: payment.discrepancies,
});
