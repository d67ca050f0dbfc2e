import type { PspAbilities } from '../psp.ts';

/** Keys live 24 h at least (docs.stripe.com/api/idempotent_requests); search may lag an hour (docs.stripe.com/search). */
export const stripeAbilities: PspAbilities = {
  separateCapture: true,
  partialRefund: true,
  findByOpId: 'late',
  keepsErrors: true,
  keyTtlMs: 86_400_000,
  quietMs: 3_600_000,
};
