import { assertNever } from '../../schemas/assert-never.ts';
import type { IncomingHttpHeaders } from 'node:http';
import { type AmountScale, isoScale } from './amount-scale.ts';
import type { Exchange } from './http-exchange.ts';
import { conflictCodes, nextAfter } from './judge-codes.ts';
import {
  errorReply,
  type PaymentIntent,
  paymentIntent,
  type RefundObject,
  refundObject,
} from './provider-objects.ts';
import type { Op, Outcome } from './psp.ts';
import { parseStrictJson } from './strict-json.ts';

/** A reply that came whole. */
export type Reply = Extract<Exchange, { readonly is: 'reply' }>;

const unmapped = { is: 'unknown', cause: 'unmapped' } as const;
const mismatch = { is: 'unknown', cause: 'mismatch' } as const;
const conflict = { is: 'unknown', cause: 'conflict' } as const;
const lostCauses = { timeout: 'timeout', reset: 'reset', stopped: 'reset', 'too-large': 'unmapped' } as const;

/**
 * What a call's exchange says of the op, for a Stripe-like provider (payments §3). Pure: the socket is an adapter's, or the
 * simulated world's. Whatever is not in the table is unknown, never a no.
 */
export function toOutcome(op: Op, result: Exchange, scale: AmountScale = isoScale): Outcome {
  if (result.is === 'not-sent') return { is: 'not-executed', code: result.code, again: true };
  if (result.is === 'lost') return { is: 'unknown', cause: lostCauses[result.why] };
  const outcome = result.status === 200 ? judgeObject(op, toJson(result), scale) : toRefusal(result);
  return result.headers['idempotent-replayed'] === 'true' ? { ...outcome, replayed: true } : outcome;
}

function judgeObject(op: Op, json: unknown, scale: AmountScale): Outcome {
  if (op.kind === 'refund') {
    const { data: refund } = refundObject.safeParse(json);
    return refund ? judgeRefund(op, refund, scale) : unmapped;
  }
  const { data: payment } = paymentIntent.safeParse(json);
  if (!payment || !paymentWords.has(payment.status)) return unmapped;
  return isAboutOp(op, payment, scale) ? judgePayment(op, payment, scale) : mismatch;
}

/** A status word the provider invents later is no answer (payments §3). */
const paymentWords: ReadonlySet<string> = new Set([
  'requires_capture',
  'succeeded',
  'processing',
  'requires_action',
  'requires_payment_method',
  'canceled',
]);

/** Amount, currency and reference must be the op's, else the answer is somebody else's (payments §2). */
function isAboutOp(op: Op, payment: PaymentIntent, scale: AmountScale): boolean {
  const { opId, orderId } = payment.metadata ?? {};
  const isObject =
    op.kind === 'authorize'
      ? opId === op.opId && orderId === op.orderId
      : payment.id === op.pspRef && (orderId ?? op.orderId) === op.orderId;
  const isCurrency = payment.currency === op.amount.currency.toLowerCase();
  return isObject && isCurrency && (op.kind === 'capture' || payment.amount === scale.toProvider(op.amount));
}

function judgePayment(op: Op, payment: PaymentIntent, scale: AmountScale): Outcome {
  const { id: pspRef, status } = payment;
  if (status === 'processing') return { is: 'pending', pspRef };
  if (status === 'requires_payment_method') {
    const { code, decline_code: declineCode } = payment.last_payment_error ?? {};
    return toNo(declineCode ?? code ?? 'unspecified');
  }
  const wanted = scale.toProvider(op.amount);
  const ok = { is: 'ok', pspRef, amount: op.amount, ...captureBefore(payment) } as const;
  switch (op.kind) {
    case 'authorize':
      if (status === 'requires_action') return { is: 'action', pspRef, client: clientOf(payment) };
      if (status === 'canceled') return conflict;
      if (status === 'requires_capture')
        return (payment.amount_capturable ?? wanted) === wanted ? ok : mismatch;
      return payment.amount_received === wanted ? { ...ok, captured: true } : mismatch;
    case 'capture':
      if (status === 'canceled' || status === 'requires_action') return conflict;
      return status === 'succeeded' && payment.amount_received === wanted ? ok : mismatch;
    case 'void':
    case 'refund': // answered by an object of its own
      if (status === 'canceled') return ok;
      return status === 'succeeded' ? conflict : mismatch;
    default:
      return assertNever(op.kind);
  }
}

const clientOf = ({ next_action: nextAction = null, client_secret: clientSecret = null }: PaymentIntent) => ({
  nextAction,
  clientSecret,
});

function captureBefore({ latest_charge: charge }: PaymentIntent): { readonly captureBeforeMs?: number } {
  const seconds =
    typeof charge === 'object' && charge !== null
      ? charge.payment_method_details?.card?.capture_before
      : undefined;
  return seconds == null ? {} : { captureBeforeMs: seconds * 1_000 };
}

/** A refund's reference is the payment's: that is what the op names. */
function judgeRefund(op: Op, refund: RefundObject, scale: AmountScale): Outcome {
  const { opId, orderId } = refund.metadata ?? {};
  const isOurs = opId === op.opId && orderId === op.orderId && refund.payment_intent === op.pspRef;
  const isSum =
    refund.amount === scale.toProvider(op.amount) && refund.currency === op.amount.currency.toLowerCase();
  if (!refundWords.has(refund.status)) return unmapped;
  if (!isOurs || !isSum || op.pspRef === undefined) return mismatch;
  const { pspRef } = op;
  if (refund.status === 'succeeded') return { is: 'ok', pspRef, amount: op.amount };
  return refund.status === 'failed' || refund.status === 'canceled'
    ? toNo(refund.failure_reason ?? `refund_${refund.status}`)
    : { is: 'pending', pspRef };
}

const refundWords: ReadonlySet<string> = new Set([
  'succeeded',
  'pending',
  'requires_action',
  'failed',
  'canceled',
]);

const toNo = (code: string): Outcome => ({ is: 'no', code, next: nextAfter(code) });

function toRefusal(result: Reply): Outcome {
  const { status } = result;
  if (status === 424 || status >= 500) return { is: 'unknown', cause: 'server' };
  const error = errorReply.safeParse(toJson(result)).data?.error;
  const code = error?.code ?? '';
  if (conflictCodes.has(code)) return conflict;
  // the limiter stands before all that could speak JSON, and before the key layer
  if (status === 429) {
    return { is: 'not-executed', code: code || 'rate_limited', again: true, ...retryAfter(result.headers) };
  }
  if (!error) return unmapped;
  if (error.type === 'idempotency_error')
    return status === 400 ? { ...conflict, alarm: 'byte-rule' } : conflict;
  const isUnknownMethod = error.type === 'invalid_request_error' && error.param === 'payment_method';
  switch (status) {
    case 400:
      if (isUnknownMethod && code === 'resource_missing') return toNo('invalid_method');
      return { is: 'not-executed', code: code || error.type, again: false, alarm: 'our-bug' };
    case 401:
    case 403:
      return { is: 'not-executed', code: code || error.type, again: true, alarm: 'credentials' };
    case 402:
      return error.type === 'card_error' ? toNo(error.decline_code ?? (code || 'unspecified')) : unmapped;
    case 409:
      return conflict;
    default:
      return unmapped;
  }
}

function retryAfter(headers: IncomingHttpHeaders): { readonly afterMs?: number } {
  const seconds = headers['retry-after'] ?? '';
  return /^\d{1,5}$/.test(seconds) ? { afterMs: Number(seconds) * 1_000 } : {};
}

/** Undefined for what is not plain JSON, whatever it calls itself. */
export function toJson({ headers, bytes }: Reply): unknown {
  return /^application\/json\b/i.test(headers['content-type'] ?? '') ? parseStrictJson(bytes) : undefined;
}
