import { assertNever } from '../../schemas/assert-never.ts';
import { paymentTransitions } from '../../schemas/payment-transitions.ts';
import { decideRefundTime, refundDueAtMs } from './decide-refund.ts';
import type { PaidOrder, Payment, PaymentOp } from './payment.ts';
import {
  askProvider,
  becameUnknown,
  decided,
  latestOp,
  type Money,
  needPerson,
  type PaymentDecision,
} from './payment-decision.ts';
import {
  beforeCaptureEndsMs,
  notExecutedSilentMs,
  paymentDefaults,
  type PaymentRules,
  silentMs,
} from './payment-schedule.ts';

const nothing = decided([]);

/**
 * What time alone brings, asked at a Tick: silence becomes unknown, the janitor's next look-up, the end of payBy or
 * decideBy, the near end of an authorization. At most one step of the payment and of each refund: what else is due
 * comes at the next Tick. No events and no result where nothing is due.
 */
export function decidePaymentTime(
  order: PaidOrder,
  payment: Payment,
  atMs: number,
  rules: PaymentRules = paymentDefaults,
): PaymentDecision {
  const money = { order, payment, atMs, rules };
  const steps = [
    mainTime(money),
    ...(payment.refunds ?? []).map((refund) => decideRefundTime(money, refund)),
  ];
  const made = steps.filter((step) => step !== null);
  if (made.length === 0) return nothing;
  const result = made.find((step) => step.result !== null)?.result ?? null;
  const events = made.flatMap((step) => step.events);
  // one look-up answers for all that is in doubt, and the last word is the question
  const asked = events.find(({ type }) => type === 'LookUpRequested');
  const facts = events.filter(({ type }) => type !== 'LookUpRequested');
  return decided(asked && result !== 'GiveUp' ? [...facts, asked] : facts, result);
}

/** When `decidePaymentTime` has something to do next; Infinity if never. */
export function paymentDueAtMs(order: PaidOrder, payment: Payment): number {
  let dueAtMs = mainDueAtMs(order, payment);
  for (const refund of payment.refunds ?? []) dueAtMs = Math.min(dueAtMs, refundDueAtMs(refund));
  return dueAtMs;
}

function mainTime(money: Money): PaymentDecision | null {
  const { order, payment, atMs } = money;
  const op = payment.ops.at(-1);
  if (!op || atMs < mainDueAtMs(order, payment)) return null;
  if (givesUpAtMs(order, payment) <= atMs) return decided([], 'GiveUp');
  if (silentAtMs(payment, op) <= atMs) {
    return decided([becameUnknown(money, op, null, 'silent')], 'InDoubt');
  }
  if (personAtMs(payment) <= atMs) {
    return decided([
      needPerson(money, op, payment.state === 'Authorized' ? 'capture-before-near' : 'undecided'),
    ]);
  }
  return decided([askProvider(money, latestOp(money), payment.doubt?.cause ?? 'check')]);
}

function mainDueAtMs(order: PaidOrder, payment: Payment): number {
  const op = payment.ops.at(-1);
  if (!op || paymentTransitions[payment.state].time.is !== 'rule') return Number.POSITIVE_INFINITY;
  return Math.min(
    givesUpAtMs(order, payment),
    silentAtMs(payment, op),
    personAtMs(payment),
    payment.doubt?.nextCheckAtMs ?? Number.POSITIVE_INFINITY,
  );
}

/** An authorization is given up at payBy while the customer or the provider is at it, at decideBy while unknown. */
function givesUpAtMs(order: PaidOrder, { state, doubt }: Payment): number {
  switch (state) {
    case 'ActionRequired':
      return order.holdUntilMs;
    case 'Authorizing':
      return doubt === null ? Number.POSITIVE_INFINITY : order.holdUntilMs;
    case 'AuthorizeUnknown':
      return doubt?.decideByMs ?? Number.POSITIVE_INFINITY;
    case 'None':
    case 'Authorized':
    case 'Capturing':
    case 'CaptureUnknown':
    case 'Captured':
    case 'Voiding':
    case 'VoidUnknown':
    case 'Declined':
    case 'Voided':
    case 'Lapsed':
      return Number.POSITIVE_INFINITY;
    default:
      return assertNever(state);
  }
}

/** Nobody said anything of the operation: it may have happened. */
function silentAtMs({ state, doubt }: Payment, { sentAtMs, sends }: PaymentOp): number {
  const waits = state === 'Authorizing' || state === 'Capturing' || state === 'Voiding';
  if (!waits || doubt !== null) return Number.POSITIVE_INFINITY;
  return sentAtMs + (sends > 1 ? notExecutedSilentMs : silentMs);
}

/** When a person must know; Infinity if he does, or need not. */
function personAtMs({ state, doubt, captureBeforeMs }: Payment): number {
  if (doubt?.person) return Number.POSITIVE_INFINITY;
  if (state === 'Authorized') {
    return captureBeforeMs === null ? Number.POSITIVE_INFINITY : captureBeforeMs - beforeCaptureEndsMs;
  }
  if (state === 'AuthorizeUnknown') return Number.POSITIVE_INFINITY;
  return doubt?.decideByMs ?? Number.POSITIVE_INFINITY;
}
