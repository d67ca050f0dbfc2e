import { assertNever } from '../../../schemas/assert-never.ts';
import { hash } from 'node:crypto';
import type { ErrorReply } from '../provider-objects.ts';
import {
  applyChange,
  authorized,
  type Change,
  type Later,
  type PaymentRecord,
  refundable,
} from './payment-record.ts';
import type { OperationRequest } from './protocol.ts';
import { behaviourOf, day, soonMs, type TokenBehaviour } from './token-behaviours.ts';

/** Nothing asked for was done. `after`: the payment, where the provider did something else instead. */
export interface Refusal {
  readonly status: number;
  readonly refused: ErrorReply;
  /** Execution began: the answer is kept under its key. A request that was not valid leaves no trace. */
  readonly isKept: boolean;
  readonly after?: PaymentRecord;
}

export const invalid = (status: number, code: string, message: string): Refusal => ({
  status,
  refused: { error: { type: 'invalid_request_error', code, message } },
  isKept: false,
});

const conflict = (code: string, message: string): Refusal => ({
  ...invalid(400, code, message),
  isKept: true,
});

const cardError = (code: string, declineCode: string | null): Refusal => ({
  status: 402,
  refused: {
    error: {
      type: 'card_error',
      code,
      ...(declineCode === null ? {} : { decline_code: declineCode }),
      message: code === 'invalid_method' ? 'No such payment method.' : 'The card was declined.',
    },
  },
  isKept: true,
});

/** Ids are made of seed and key alone: the same operations get the same references. */
export const idOf = (prefix: string, seed: number, key: string): string =>
  `${prefix}_${hash('sha256', `${seed}\0${key}`).slice(0, 24)}`;

/** A card authorization lives for a week (payments §4). */
const authorizationMs = 7 * day;

/** Judges an authorization: the payment it makes. */
export function judgeAuthorize(
  id: string,
  request: OperationRequest,
  nowMs: number,
): PaymentRecord | Refusal {
  const token = request.method ?? '';
  const { authorize = { is: 'ok' } } = behaviourOf(token);
  if (authorize.is === 'decline') return cardError(authorize.code, authorize.declineCode);
  const { amount, currency, metadata } = request;
  const created: PaymentRecord = {
    id,
    ...metadata,
    token,
    currency,
    amount,
    status: 'processing',
    captured: 0,
    captureBeforeMs: nowMs + authorizationMs,
    reason: null,
    refunds: [],
    disputes: [],
    moves: [],
    later: [],
  };
  switch (authorize.is) {
    case 'ok':
      return authorized(created);
    case 'action':
    case 'processing':
      return {
        ...created,
        status: authorize.is === 'action' ? 'requires_action' : 'processing',
        later: authorize.end ? [endOfWaiting(authorize.end, nowMs + soonMs)] : [],
      };
    case 'captured':
      return captureOf(authorized(created), amount, null, nowMs);
    case 'then': {
      const record = authorized(created);
      const change: Change =
        authorize.what === 'captured' ? { is: 'captured', amount, opId: null } : { is: 'lapsed' };
      return { ...record, later: [{ atMs: nowMs, change }, ...record.later] };
    }
    default:
      return assertNever(authorize);
  }
}

const endOfWaiting = (end: 'authorized' | 'declined', atMs: number): Later => ({
  atMs,
  change: end === 'authorized' ? { is: 'authorized' } : { is: 'declined', code: 'authentication_required' },
});

/** Judges an operation on a payment that stands in the books: the payment after it, a refund of it last in its list. */
export function judgeLater(
  record: PaymentRecord,
  key: string,
  seed: number,
  request: OperationRequest,
  nowMs: number,
): PaymentRecord | Refusal {
  if (request.currency !== record.currency)
    return invalid(400, 'currency', `The payment is in ${record.currency}.`);
  const behaviour = behaviourOf(record.token);
  switch (request.kind) {
    case 'capture':
      return judgeCapture(record, request, behaviour, nowMs);
    case 'void':
      return judgeVoid(record, behaviour, nowMs);
    case 'authorize':
      return invalid(400, 'parameter', 'An authorization makes a payment of its own.');
    case 'refund':
      return judgeRefund(record, idOf('re', seed, key), request, behaviour, nowMs);
    default:
      return assertNever(request.kind);
  }
}

/** One capture; what is not captured is released. */
function judgeCapture(
  record: PaymentRecord,
  { amount, metadata: { opId } }: OperationRequest,
  { capture }: TokenBehaviour,
  nowMs: number,
): PaymentRecord | Refusal {
  if (record.status === 'canceled' && record.reason === 'expired')
    return conflict('charge_expired_for_capture', 'The authorization has lapsed.');
  if (record.status !== 'requires_capture')
    return conflict('payment_intent_unexpected_state', `The payment is ${record.status}: one capture each.`);
  if (amount > record.amount)
    return invalid(400, 'amount_too_large', `At most ${record.amount} ${record.currency} can be captured.`);
  if (capture === 'refuse') return cardError('card_declined', 'try_again_later');
  if (capture === undefined) return captureOf(record, amount, opId, nowMs);
  const done: Later = { atMs: nowMs + capture.pendingMs, change: { is: 'captured', amount, opId } };
  const later = record.later.filter(({ change }) => change.is !== 'lapsed');
  return { ...record, status: 'processing', later: [...later, done] };
}

function captureOf(record: PaymentRecord, amount: number, opId: string | null, nowMs: number): PaymentRecord {
  return withDispute(applyChange(record, { is: 'captured', amount, opId }, nowMs), 'on-capture', nowMs);
}

/** The dispute this token's bank opens at such an occasion, and its end after 10 days. */
function withDispute(record: PaymentRecord, on: 'on-capture' | 'on-refund', nowMs: number): PaymentRecord {
  const { dispute } = behaviourOf(record.token);
  if (dispute?.opens !== on || record.disputes.length > 0) return record;
  const opened = { id: `dp_${record.id}`, amount: record.captured, status: 'open' } as const;
  const end: Later = {
    atMs: nowMs + 10 * day,
    change: { is: 'dispute', dispute: { ...opened, status: dispute.ends } },
  };
  const disputed = applyChange(record, { is: 'dispute', dispute: opened }, nowMs);
  return { ...disputed, later: [...disputed.later, end] };
}

function judgeVoid(record: PaymentRecord, behaviour: TokenBehaviour, nowMs: number): PaymentRecord | Refusal {
  const unexpected = (status: string) =>
    conflict('payment_intent_unexpected_state', `The payment is ${status}.`);
  if (record.status === 'succeeded' || record.status === 'canceled') return unexpected(record.status);
  if (behaviour.capturesOnVoid) {
    return { ...unexpected('succeeded'), after: captureOf(record, record.amount, null, nowMs) };
  }
  return applyChange(record, { is: 'voided' }, nowMs);
}

function judgeRefund(
  record: PaymentRecord,
  id: string,
  { amount, metadata: { opId } }: OperationRequest,
  { refunds }: TokenBehaviour,
  nowMs: number,
): PaymentRecord | Refusal {
  if (record.status !== 'succeeded')
    return conflict('payment_intent_unexpected_state', `The payment is ${record.status}.`);
  const disputed = withDispute(record, 'on-refund', nowMs);
  if (disputed.disputes.some(({ status }) => status !== 'won'))
    return { ...conflict('charge_disputed', 'The bank has taken the money back.'), after: disputed };
  const left = refundable(record);
  if (left === 0) return conflict('charge_already_refunded', 'Nothing is left to be refunded.');
  if (amount > left) return invalid(400, 'amount_too_large', `At most ${left} ${record.currency} is left.`);
  const judgement = refunds?.[record.refunds.length] ?? 'ok';
  const refund = { id, opId, amount } as const;
  const now = { ...refund, status: refundWords[judgement] };
  const refunded = applyChange(record, { is: 'refund', refund: now }, nowMs);
  const end = refundEnds[judgement];
  const later: readonly Later[] = end
    ? [{ atMs: nowMs + end.afterMs, change: { is: 'refund', refund: { ...refund, status: end.status } } }]
    : [];
  return { ...refunded, later: [...refunded.later, ...later] };
}

const refundWords = {
  ok: 'succeeded',
  pending: 'pending',
  fail: 'failed',
  'fail-later': 'pending',
  'fail-after-success': 'succeeded',
} as const;

const refundEnds = {
  ok: null,
  fail: null,
  pending: { afterMs: 3 * day, status: 'succeeded' },
  'fail-later': { afterMs: 3 * day, status: 'failed' },
  'fail-after-success': { afterMs: day, status: 'failed' },
} as const;
