import { assertNever } from '../../schemas/assert-never.ts';
import type { RefundFact, ReportOutcome } from '../../schemas/generated/orders-commands.ts';
import type { RefundRecorded } from '../../schemas/generated/orders-events.ts';
import { type RefundRule, refundTransitions } from '../../schemas/refund-transitions.ts';
import { causeOfKept, isKept } from './doubt.ts';
import {
  askProvider,
  becameUnknown,
  decided,
  disagree,
  discrepancyOf,
  type Money,
  needPerson,
  noted,
  type PaymentDecision,
  placeOf,
} from './payment-decision.ts';
import { isKeyTooOld, notExecutedSilentMs, silentMs } from './payment-schedule.ts';
import { type Refund, refundIdOf } from './refund.ts';
import { requestAgain } from './request-payment.ts';

/** Decides what the worker reports of one try of a refund. */
export function decideRefundOutcome(money: Money, refund: Refund, outcome: ReportOutcome): PaymentDecision {
  const cell = refundTransitions[refund.state][outcome.is];
  if (cell.is !== 'rule') return noted(cell);
  switch (cell.rule) {
    case 'succeeded':
      return takeOk(money, refund, outcome);
    case 'failed':
      return refundFailed(money, refund, outcome.code ?? 'unspecified');
    case 'pending':
      return refundPending(money, refund, outcome.pspRef);
    case 'became-unknown':
      return becameUnknownRefund(money, refund, outcome);
    case 'resend':
      if (refund.doubt !== null) return noted({ is: 'ignore', reason: 'still-waiting' });
      if (isKeyTooOld(refund.askedAtMs, money.atMs, money.rules)) {
        return noted({ is: 'ignore', reason: 'key-too-old' });
      }
      return outcome.again === false
        ? decided([needPerson(money, refund, 'not-executable')])
        : decided([again(money, refund, refund.attempt)]);
    case 'discrepancy':
      return contradiction(money, refund, outcome.is);
    case 'as-listed':
    case 'not-listed':
    case 'time':
      return impossible(cell.rule, refund);
    default:
      return assertNever(cell.rule);
  }
}

/** Decides what a look-up lists of one refund; `fact` is null where it is not listed. Null: nothing to say. */
export function decideRefundFact(
  money: Money,
  refund: Refund,
  fact: RefundFact | null,
  askedAtMs: number,
): PaymentDecision | null {
  const cell = refundTransitions[refund.state][fact ? 'listed' : 'not_listed'];
  if (cell.is !== 'rule') return null;
  switch (cell.rule) {
    case 'as-listed':
      return fact && asListed(money, refund, fact);
    case 'not-listed':
      return notListed(money, refund, askedAtMs);
    case 'discrepancy':
      return contradiction(money, refund, 'not listed');
    case 'succeeded':
    case 'failed':
    case 'pending':
    case 'became-unknown':
    case 'resend':
    case 'time':
      return impossible(cell.rule, refund);
    default:
      return assertNever(cell.rule);
  }
}

/** What time alone does to a refund: silence is unknown, and too long a doubt is a person's. Null: nothing is due. */
export function decideRefundTime(money: Money, refund: Refund): PaymentDecision | null {
  const { atMs } = money;
  const { state, doubt } = refund;
  if (refundTransitions[state].time.is !== 'rule') return null;
  if (doubt === null) {
    if (atMs < refundSilentAtMs(refund)) return null;
    return decided([becameUnknown(money, { ...refund, kind: 'refund' }, null, 'silent')], 'InDoubt');
  }
  const undecided = doubt.decideByMs !== null && !doubt.person && atMs >= doubt.decideByMs;
  if (undecided) return decided([needPerson(money, refund, 'undecided')]);
  return atMs >= doubt.nextCheckAtMs ? decided([askProvider(money, refund, doubt.cause)]) : null;
}

/** When time next matters to the refund; Infinity if it does not. */
export function refundDueAtMs(refund: Refund): number {
  const { state, doubt } = refund;
  if (refundTransitions[state].time.is !== 'rule') return Number.POSITIVE_INFINITY;
  if (doubt === null) return refundSilentAtMs(refund);
  const decideAtMs = doubt.person ? null : doubt.decideByMs;
  return Math.min(doubt.nextCheckAtMs, decideAtMs ?? Number.POSITIVE_INFINITY);
}

const refundSilentAtMs = ({ sentAtMs, sends }: Refund): number =>
  sentAtMs + (sends > 1 ? notExecutedSilentMs : silentMs);

const impossible = (rule: RefundRule, refund: Refund): never => {
  throw new Error(`${rule} decides nothing of this kind for ${refund.opId} in ${refund.state}`);
};

/** An `ok` counts only for its own amount and currency, whatever the adapter let through. */
function takeOk(money: Money, refund: Refund, outcome: ReportOutcome): PaymentDecision {
  const { order } = money;
  if (outcome.amountMinor === refund.amountMinor && outcome.currency === order.currency) {
    return decided([recorded(money, refund, 'succeeded', outcome.pspRef, null)], 'RefundResult');
  }
  const disagreement = {
    opId: refund.opId,
    class: outcome.currency === order.currency ? 'amount' : 'currency',
    ours: `${refund.amountMinor} ${order.currency}`,
    theirs: `${outcome.amountMinor} ${outcome.currency}`,
    amountMinor: refund.amountMinor,
  } as const;
  const unknown = becameUnknown(money, { ...refund, kind: 'refund' }, refund.doubt, 'mismatch');
  return decided([unknown, discrepancyOf(order, disagreement)], 'InDoubt');
}

/** The money is still the customer's: it stays a debt until a new refund or a person pays it. */
export function refundFailed(money: Money, refund: Refund, code: string): PaymentDecision {
  const { store, orderId, currency } = money.order;
  const { amountMinor } = refund;
  const due = { store, orderId, refundId: refundIdOf(refund), amountMinor, currency, code };
  return decided(
    [recorded(money, refund, 'failed', null, code), { type: 'RefundDue', ...due }],
    'RefundResult',
  );
}

export const refundSucceeded = (money: Money, refund: Refund, pspRef: string | null): PaymentDecision =>
  decided([recorded(money, refund, 'succeeded', pspRef, null)], 'RefundResult');

const refundPending = (money: Money, refund: Refund, pspRef: string | null): PaymentDecision =>
  decided([{ type: 'PaymentPending', ...placeOf(money.order, refund), kind: 'refund', pspRef }], 'InDoubt');

function becameUnknownRefund(money: Money, refund: Refund, outcome: ReportOutcome): PaymentDecision {
  const cause = outcome.cause ?? 'unmapped';
  const event = becameUnknown(
    money,
    { ...refund, kind: 'refund' },
    refund.doubt,
    outcome.replayed ? causeOfKept(cause) : cause,
  );
  const atOnce = cause === 'conflict' && refund.doubt === null;
  return decided([event, ...(atOnce ? [askProvider(money, refund, cause)] : [])], 'InDoubt');
}

const again = (money: Money, refund: Refund, attempt: number) =>
  requestAgain(money.order, 'refund', { ...refund, attempt }, money.payment.pspRef);

const contradiction = (money: Money, refund: Refund, theirs: string): PaymentDecision =>
  disagree(money, {
    opId: refund.opId,
    class: 'contradiction',
    ours: refund.state,
    theirs,
    amountMinor: refund.amountMinor,
  });

function asListed(money: Money, refund: Refund, fact: RefundFact): PaymentDecision | null {
  if (fact.amountMinor !== refund.amountMinor) {
    return disagree(money, {
      opId: refund.opId,
      class: 'amount',
      ours: String(refund.amountMinor),
      theirs: String(fact.amountMinor),
      amountMinor: refund.amountMinor,
    });
  }
  const { state } = refund;
  switch (fact.status) {
    case 'done':
      if (state === 'Failed') return contradiction(money, refund, 'done');
      return state === 'Succeeded' ? null : refundSucceeded(money, refund, null);
    case 'failed':
      return state === 'Failed' ? null : refundFailed(money, refund, 'listed-failed');
    case 'pending':
      if (state === 'Requested' || state === 'RefundUnknown') return refundPending(money, refund, null);
      return state === 'Pending' ? null : contradiction(money, refund, 'pending');
    default:
      return assertNever(fact.status);
  }
}

/** It did not happen, if long enough nothing was sent: then once more, while its key is known. */
function notListed(money: Money, refund: Refund, askedAtMs: number): PaymentDecision | null {
  const { atMs, rules } = money;
  const { doubt } = refund;
  // in flight: its own reply is on its way
  if (doubt === null) return null;
  if (askedAtMs - Math.max(refund.sentAtMs, doubt.repliedAtMs) < rules.quietMs) return null;
  if (isKept(doubt)) return decided([again(money, refund, refund.attempt + 1)]);
  if (!isKeyTooOld(refund.askedAtMs, atMs, rules)) return decided([again(money, refund, refund.attempt)]);
  return doubt.person ? null : decided([needPerson(money, refund, 'key-too-old')]);
}

const recorded = (
  { order }: Money,
  refund: Refund,
  as: RefundRecorded['as'],
  pspRef: string | null,
  code: string | null,
): RefundRecorded => ({
  type: 'RefundRecorded',
  ...placeOf(order, refund),
  refundId: refundIdOf(refund),
  as,
  amountMinor: refund.amountMinor,
  currency: order.currency,
  pspRef: pspRef ?? refund.pspRef,
  code,
});
