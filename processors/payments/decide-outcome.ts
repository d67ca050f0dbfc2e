import { assertNever } from '../../schemas/assert-never.ts';
import type { ReportOutcome } from '../../schemas/generated/orders-commands.ts';
import {
  capturedToo,
  earlierReplies,
  neverAskedReplies,
  type PaymentRule,
  type PaymentState,
  paymentTransitions,
} from '../../schemas/payment-transitions.ts';
import { decideRefundOutcome } from './decide-refund.ts';
import { causeOfKept, causeOfRefusal, refusalOf } from './doubt.ts';
import type { Answer, PaymentOp } from './payment.ts';
import {
  askProvider,
  becameUnknown,
  decided,
  disagree,
  discrepancyOf,
  latestOp,
  type Money,
  needPerson,
  noted,
  type PaymentDecision,
  placeOf,
} from './payment-decision.ts';
import { isKeyTooOld } from './payment-schedule.ts';
import { seeAuthorized, seeCaptured } from './see-money.ts';
import { refundOf } from './refund.ts';
import { requestAgain } from './request-payment.ts';

/** Decides what the worker reports of one try. Never throws for an outcome. */
export function decideOutcome(money: Money, outcome: ReportOutcome): PaymentDecision {
  const { payment } = money;
  if (outcome.kind === 'refund') {
    const refund = refundOf(payment, outcome.opId);
    return refund && refund.attempt >= outcome.attempt
      ? decideRefundOutcome(money, refund, outcome)
      : noted(neverAskedReplies[outcome.is]);
  }
  const op = payment.ops.find(
    ({ opId, attempt, kind }) =>
      opId === outcome.opId && attempt === outcome.attempt && kind === outcome.kind,
  );
  if (!op) return noted(neverAskedReplies[outcome.is]);
  const cell =
    op === payment.ops.at(-1) ? paymentTransitions[payment.state][outcome.is] : earlierReplies[outcome.is];
  return cell.is === 'rule' ? decideRule(cell.rule, money, op, outcome) : noted(cell);
}

function decideRule(rule: PaymentRule, money: Money, op: PaymentOp, outcome: ReportOutcome): PaymentDecision {
  const { order, payment } = money;
  switch (rule) {
    case 'authorized':
    case 'captured':
    case 'voided':
      return takeOk(money, op, outcome);
    case 'declined':
      return decided(
        [
          {
            type: 'PaymentDeclined',
            ...placeOf(order, op),
            code: outcome.code ?? 'unspecified',
            next: outcome.next ?? 'other-method',
          },
        ],
        'Declined',
      );
    case 'became-unknown':
      return unknown(money, op, outcome);
    case 'keep-refusal':
      return keepRefusal(money, op, outcome);
    case 'pending':
      return decided(
        [{ type: 'PaymentPending', ...placeOf(order, op), kind: op.kind, pspRef: outcome.pspRef }],
        'InDoubt',
      );
    case 'action':
      return decided(
        [
          {
            type: 'PaymentActionRequired',
            ...placeOf(order, op),
            pspRef: outcome.pspRef,
            client: outcome.client,
          },
        ],
        'ActionRequired',
      );
    case 'ask':
      return decided([askProvider(money, latestOp(money), outcome.cause ?? 'unmapped')]);
    case 'resend':
      return notExecuted(money, op, outcome);
    case 'same-answer':
      return sameAnswer(money, op, outcome);
    case 'late-ok':
      return lateOk(money, op, outcome);
    case 'discrepancy':
    case 'see-authorized':
    case 'see-captured':
    case 'see-ended':
    case 'capture-not-seen':
    case 'void-not-seen':
    case 'not-found-authorize':
    case 'not-found-capture':
    case 'not-found-void':
    case 'time':
      throw new Error(`${rule} decides no outcome (${payment.state} × ${outcome.is})`);
    default:
      return assertNever(rule);
  }
}

/** An `ok` counts only if amount, currency and reference are those of the operation, whatever the adapter let through. */
function takeOk(money: Money, op: PaymentOp, outcome: ReportOutcome): PaymentDecision {
  const { order } = money;
  const { amountMinor, currency, pspRef } = outcome;
  if (!pspRef || !fits(money, op, outcome)) return mismatch(money, op, outcome);
  const taken = { ...placeOf(order, op), amountMinor: op.amountMinor, currency: op.currency, pspRef };
  switch (op.kind) {
    case 'authorize':
      if (outcome.code === capturedToo) return seeCaptured(money, op, { pspRef, captureBeforeMs: null });
      return decided(
        [{ type: 'PaymentAuthorized', ...taken, captureBeforeMs: outcome.captureBeforeMs }],
        'Authorized',
      );
    case 'capture':
      return decided([{ type: 'PaymentCaptured', ...taken }], 'Captured');
    case 'void':
      return decided([{ type: 'PaymentVoided', ...taken }], 'Voided');
    case 'refund':
      throw new Error(`${op.opId}: a refund has a table of its own (${amountMinor} ${currency})`);
    default:
      return assertNever(op.kind);
  }
}

function fits(
  { payment }: Money,
  op: PaymentOp,
  { amountMinor, currency, pspRef }: Pick<ReportOutcome, 'amountMinor' | 'currency' | 'pspRef'>,
): boolean {
  const reference = op.pspRef ?? payment.pspRef;
  return (
    amountMinor === op.amountMinor && currency === op.currency && (reference === null || pspRef === reference)
  );
}

function mismatch(money: Money, op: PaymentOp, outcome: ReportOutcome): PaymentDecision {
  const { order, payment } = money;
  const disagreement = {
    opId: op.opId,
    class: outcome.currency === op.currency ? 'amount' : 'currency',
    ours: `${op.amountMinor} ${op.currency}`,
    theirs: `${outcome.amountMinor} ${outcome.currency} of ${outcome.pspRef}`,
    amountMinor: op.amountMinor,
  } as const;
  return decided(
    [becameUnknown(money, op, payment.doubt, 'mismatch'), discrepancyOf(order, disagreement)],
    'InDoubt',
  );
}

/** A conflict is looked at at once: our own earlier call may have done it. The rest by the janitor's plan. */
function unknown(money: Money, op: PaymentOp, outcome: ReportOutcome): PaymentDecision {
  const { payment } = money;
  const refusal = refusalOf(payment.doubt);
  const cause = refusal === null ? (outcome.cause ?? 'unmapped') : causeOfRefusal(refusal);
  const event = becameUnknown(money, op, payment.doubt, outcome.replayed ? causeOfKept(cause) : cause);
  const { pspRef } = outcome;
  if (pspRef !== null && payment.pspRef === null) {
    // the reference stands in the journal with the question that uses it
    const ask = askProvider({ ...money, payment: { ...payment, pspRef } }, latestOp(money), cause);
    return decided([event, ask], 'InDoubt');
  }
  const atOnce = cause === 'conflict' && payment.doubt === null;
  return decided([event, ...(atOnce ? [askProvider(money, latestOp(money), cause)] : [])], 'InDoubt');
}

/** A refused capture or void is no end: what is reserved must still be dropped, so the provider is asked first. */
function keepRefusal(money: Money, op: PaymentOp, outcome: ReportOutcome): PaymentDecision {
  const { payment } = money;
  const cause = causeOfRefusal(outcome.code ?? 'unspecified');
  const event = becameUnknown(money, op, payment.doubt, outcome.replayed ? causeOfKept(cause) : cause);
  const first = payment.doubt === null;
  return decided([event, ...(first ? [askProvider(money, latestOp(money), 'refused')] : [])], 'InDoubt');
}

/** Nothing happened in this try, and none before it is in doubt. */
function notExecuted(money: Money, op: PaymentOp, outcome: ReportOutcome): PaymentDecision {
  const { order, payment, atMs, rules } = money;
  const isAuthorize = op.kind === 'authorize';
  const inVain = outcome.again === false || (isAuthorize && atMs >= order.holdUntilMs);
  if (payment.doubt !== null) return noted({ is: 'ignore', reason: 'still-waiting' });
  if (isKeyTooOld(op.askedAtMs, atMs, rules)) return noted({ is: 'ignore', reason: 'key-too-old' });
  if (!inVain) return decided([requestAgain(order, op.kind, op, op.pspRef)]);
  if (!isAuthorize) return decided([needPerson(money, op, 'not-executable')]);
  const reason = outcome.code ?? 'not-executed';
  return decided([{ type: 'PaymentLapsed', ...placeOf(order, op), reason }], 'Lapsed');
}

/** Two refusals are one answer whatever their code; two moves of money must agree in every part. */
function sameAnswer(money: Money, op: PaymentOp, outcome: ReportOutcome): PaymentDecision {
  if (op.answer === null) return noted({ is: 'ignore', reason: 'late-reply' });
  return isSameAnswer(op.answer, outcome) ? noted({ is: 'repeat' }) : contradiction(money, op, outcome);
}

function isSameAnswer(answer: Answer, outcome: ReportOutcome): boolean {
  if (answer.is !== outcome.is) return false;
  if (answer.is === 'no') return true;
  return (
    answer.amountMinor === outcome.amountMinor &&
    answer.currency === outcome.currency &&
    answer.pspRef === outcome.pspRef
  );
}

const contradiction = (money: Money, op: PaymentOp, outcome: ReportOutcome): PaymentDecision =>
  disagree(money, {
    opId: op.opId,
    class: 'contradiction',
    ours: op.answer === null ? money.payment.state : wordsOf(op.answer),
    theirs: wordsOf(outcome),
    amountMinor: op.amountMinor,
  });

const wordsOf = (
  answer: Answer | Pick<ReportOutcome, 'is' | 'code' | 'amountMinor' | 'currency' | 'pspRef'>,
): string =>
  answer.is === 'ok' && 'amountMinor' in answer
    ? `ok ${answer.amountMinor} ${answer.currency} of ${answer.pspRef}`
    : `${answer.is}${'code' in answer && answer.code !== null ? ` ${answer.code}` : ''}`;

const lateStates: ReadonlySet<PaymentState> = new Set([
  'Voiding',
  'VoidUnknown',
  'Declined',
  'Voided',
  'Lapsed',
]);

/** Late money of an operation that was given up counts where nothing else waits for it; elsewhere it is known. */
function lateOk(money: Money, op: PaymentOp, outcome: ReportOutcome): PaymentDecision {
  const { payment } = money;
  if (op.answer?.is === 'ok') return sameAnswer(money, op, outcome);
  const isMoney = op.kind === 'authorize' || op.kind === 'capture';
  if (!isMoney || !lateStates.has(payment.state)) {
    return op.answer === null
      ? noted({ is: 'ignore', reason: 'late-reply' })
      : contradiction(money, op, outcome);
  }
  if (!outcome.pspRef || !fits(money, op, outcome)) return contradiction(money, op, outcome);
  const seen = { pspRef: outcome.pspRef, captureBeforeMs: outcome.captureBeforeMs };
  return op.kind === 'authorize' ? seeAuthorized(money, op, seen) : seeCaptured(money, op, seen);
}
