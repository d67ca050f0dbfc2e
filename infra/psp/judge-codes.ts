import type { Outcome } from './psp.ts';

type Next = Extract<Outcome, { readonly is: 'no' }>['next'];

/** Networks fine retries after these (payments §3, docs.stripe.com/declines/codes). */
const never: ReadonlySet<string> = new Set(['lost_card', 'stolen_card', 'pickup_card', 'do_not_try_again']);

const later: ReadonlySet<string> = new Set([
  'insufficient_funds',
  'card_velocity_exceeded',
  'withdrawal_count_limit_exceeded',
  'try_again_later',
  'processing_error',
  'reenter_transaction',
]);

/** What a decline says about another try; whatever is not in the lists: with another method. */
export function nextAfter(code: string): Next {
  if (never.has(code)) return 'never';
  return later.has(code) ? 'later' : 'other-method';
}

/** The object was not in the state we took it for: our picture of the money is old, so look at once. */
export const conflictCodes: ReadonlySet<string> = new Set([
  'charge_already_captured',
  'charge_already_refunded',
  'charge_expired_for_capture',
  'capture_charge_authorization_expired',
  'charge_disputed',
  'payment_intent_unexpected_state',
  'lock_timeout',
  'idempotency_key_in_use',
]);
