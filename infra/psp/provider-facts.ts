import { z } from 'zod';
import { type AmountScale, isoScale } from './amount-scale.ts';
import type { Exchange } from './http-exchange.ts';
import {
  type DisputeObject,
  disputeObject,
  type PaymentIntent,
  paymentIntent,
  type RefundObject,
  refundObject,
} from './provider-objects.ts';
import { toJson } from './provider-replies.ts';
import type { Facts } from './psp.ts';

/** What is seen of a payment: the object, all of its refunds and disputes. */
export interface SeenPayment {
  readonly payment: PaymentIntent;
  readonly refunds: readonly RefundObject[];
  readonly disputes: readonly DisputeObject[];
}

const listing = z.object({
  data: z
    .array(
      paymentIntent.extend({
        refunds: z.object({ data: z.array(refundObject) }),
        disputes: z.object({ data: z.array(disputeObject) }),
      }),
    )
    .max(1),
});

/** What the simulator's listing says; anything but a whole listing is no answer. */
export function toFacts(result: Exchange): Facts | 'not-found' | 'unavailable' {
  if (result.is !== 'reply' || result.status !== 200) return 'unavailable';
  const { data: list } = listing.safeParse(toJson(result));
  if (!list) return 'unavailable';
  const [payment] = list.data;
  if (!payment) return 'not-found';
  return factsOf({ payment, refunds: payment.refunds.data, disputes: payment.disputes.data });
}

/**
 * The facts in a Stripe-like payment. `unavailable` where a word or an amount is none we know: half an answer is none. A
 * payment that waits for its confirmation moved nothing: not found.
 */
export function factsOf(
  { payment, refunds, disputes }: SeenPayment,
  scale: AmountScale = isoScale,
): Facts | 'not-found' | 'unavailable' {
  const currency = payment.currency.toUpperCase();
  const inOurs = (amount: number): number | null => scale.fromProvider(amount, currency);
  const state = stateOf(payment);
  if (state === null) return 'unavailable';
  if (state === 'not-found') return 'not-found';
  const [authorized, captured] = [inOurs(state.authorized), inOurs(payment.amount_received ?? 0)];
  const ofRefunds = refunds.map((refund) => refundFact(refund, inOurs(refund.amount), currency));
  const ofDisputes = disputes
    .filter(({ status }) => !status.startsWith('warning_')) // an inquiry: the bank has taken nothing
    .map((dispute) => disputeFact(dispute, inOurs(dispute.amount), currency));
  if (authorized === null || captured === null || !isWhole(ofRefunds) || !isWhole(ofDisputes))
    return 'unavailable';
  const charge = payment.latest_charge;
  const seconds =
    typeof charge === 'object' && charge !== null
      ? charge.payment_method_details?.card?.capture_before
      : undefined;
  return {
    pspRef: payment.id,
    authorized: { minor: authorized, currency },
    captured: { minor: captured, currency },
    ...(state.ended ? { ended: state.ended } : {}),
    ...(seconds == null ? {} : { captureBeforeMs: seconds * 1_000 }),
    disputes: ofDisputes,
    refunds: ofRefunds,
  };
}

const isWhole = <T>(facts: readonly (T | null)[]): facts is readonly T[] => !facts.includes(null);

interface PaymentState {
  readonly authorized: number;
  readonly ended?: Exclude<Facts['ended'], undefined>;
}

function stateOf({
  status,
  amount,
  amount_capturable: capturable,
  last_payment_error: lastError,
  cancellation_reason: reason,
}: PaymentIntent): PaymentState | 'not-found' | null {
  switch (status) {
    case 'requires_capture':
      return { authorized: capturable ?? amount };
    case 'succeeded':
      return { authorized: amount };
    case 'processing':
    case 'requires_action':
      return { authorized: 0 };
    case 'requires_confirmation':
      return 'not-found';
    case 'requires_payment_method':
      return lastError ? { authorized: 0, ended: 'declined' } : 'not-found';
    case 'canceled':
      return { authorized: 0, ended: lapseReasons.has(reason ?? '') ? 'lapsed' : 'voided' };
    default:
      return null;
  }
}

/** The provider cancelled by itself. */
const lapseReasons: ReadonlySet<string> = new Set(['expired', 'automatic']);

function refundFact(
  { status, currency: of, metadata }: RefundObject,
  minor: number | null,
  currency: string,
): Facts['refunds'][number] | null {
  const word = refundWords.get(status);
  if (minor === null || !word || of.toUpperCase() !== currency) return null;
  const opId = metadata?.['opId'];
  return { ...(opId === undefined ? {} : { opId }), amount: { minor, currency }, status: word };
}

const refundWords: ReadonlyMap<string, Facts['refunds'][number]['status']> = new Map([
  ['succeeded', 'done'],
  ['pending', 'pending'],
  ['requires_action', 'pending'],
  ['failed', 'failed'],
  ['canceled', 'failed'],
] as const);

function disputeFact(
  { id, status, currency: of }: DisputeObject,
  minor: number | null,
  currency: string,
): Facts['disputes'][number] | null {
  const word = disputeWords.get(status);
  if (minor === null || !word || of.toUpperCase() !== currency) return null;
  return { id, amount: { minor, currency }, status: word };
}

const disputeWords: ReadonlyMap<string, Facts['disputes'][number]['status']> = new Map([
  ['needs_response', 'open'],
  ['under_review', 'open'],
  ['appeal_needs_response', 'open'],
  ['appeal_under_review', 'open'],
  ['won', 'won'],
  ['lost', 'lost'],
  ['prevented', 'won'],
] as const);
