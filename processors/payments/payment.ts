import { assertNever } from '../../schemas/assert-never.ts';
import type { ReportOutcome } from '../../schemas/generated/orders-commands.ts';
import type {
  PaymentAuthorized,
  PaymentCaptured,
  PaymentDeclined,
  PaymentOpRequested,
  PaymentUnknown,
} from '../../schemas/generated/orders-events.ts';
import { opIdOf, paymentKeyOf } from '../../schemas/ids.ts';
import {
  earlierReplies,
  neverAskedReplies,
  paymentPath,
  type PaymentState,
  type PaymentStep,
  paymentTransitions,
  type PlainPaymentCell,
} from '../../schemas/payment-transitions.ts';

/** The determinate answer that closed an operation's attempt; the first one wins (payments §1). */
export type Answer =
  | { readonly is: 'ok'; readonly amountMinor: number; readonly currency: string; readonly pspRef: string }
  | { readonly is: 'no'; readonly code: string };

/** One intended money move and what is known of it. Only a determinate answer closes (opId, attempt). */
export interface PaymentOp {
  readonly opId: string;
  readonly attempt: number;
  readonly kind: PaymentOpRequested['kind'];
  readonly amountMinor: number;
  readonly currency: string;
  readonly pspRef: string | null;
  answer: Answer | null;
}

/** An order's money, folded from its events; changed in place by `evolvePayment` alone. Minor units. */
export interface Payment {
  state: PaymentState;
  /** In the order they were asked for; the last one is what the state waits for. */
  readonly ops: PaymentOp[];
  authorizedMinor: number;
  capturedMinor: number;
  /** The provider's reference of the authorization. */
  pspRef: string | null;
  captureBeforeMs: number | null;
  /** Since when the latest operation is unknown, on the log's clock; null while it is not. */
  unknownSinceMs: number | null;
}

export const createPayment = (): Payment => ({
  state: 'None',
  ops: [],
  authorizedMinor: 0,
  capturedMinor: 0,
  pspRef: null,
  captureBeforeMs: null,
  unknownSinceMs: null,
});

/** The order whose money it is. */
export interface PaidOrder {
  readonly store: string;
  readonly orderId: string;
  readonly customerId: string;
  readonly currency: string;
  readonly totalMinor: number;
}

/** The intent to reserve the order's total. The key is in the journal before the socket opens (payments §4). */
export const requestAuthorize = (order: PaidOrder, methodRef: string): PaymentOpRequested => ({
  ...request(order, 'authorize'),
  methodRef,
});

/** The intent to take what is authorized. */
export const requestCapture = (order: PaidOrder, payment: Payment): PaymentOpRequested => ({
  ...request(order, 'capture'),
  pspRef: payment.pspRef,
});

function request(order: PaidOrder, kind: PaymentOpRequested['kind']): PaymentOpRequested {
  const opId = opIdOf(order.orderId, kind, 1);
  return {
    type: 'PaymentOpRequested',
    store: order.store,
    orderId: order.orderId,
    customerId: order.customerId,
    opId,
    attempt: 1,
    kind,
    key: paymentKeyOf(order.store, opId, 1),
    amountMinor: order.totalMinor,
    currency: order.currency,
    methodRef: null,
    pspRef: null,
  };
}

export type PaymentResultEvent = PaymentAuthorized | PaymentDeclined | PaymentCaptured | PaymentUnknown;
export type PaymentEvent = PaymentOpRequested | PaymentResultEvent;

/** What the machine makes of one outcome; `alarm` is an anomaly to record beside the event. */
export type PaymentDecision =
  | { readonly is: 'event'; readonly event: PaymentResultEvent; readonly alarm: string | null }
  | { readonly is: 'repeat' }
  | PlainPaymentCell;

/** Decides one outcome the worker reports (`reference/domain.md` §5). Never throws for an outcome. */
export function decidePayment(order: PaidOrder, payment: Payment, outcome: ReportOutcome): PaymentDecision {
  const asked = payment.ops.find(
    ({ opId, attempt, kind }) =>
      opId === outcome.opId && attempt === outcome.attempt && kind === outcome.kind,
  );
  if (!asked) return neverAskedReplies[outcome.is];
  const isLatest = asked === payment.ops.at(-1);
  const cell = isLatest ? paymentTransitions[payment.state][outcome.is] : earlierReplies[outcome.is];
  if (cell.is !== 'rule') return cell;
  switch (cell.rule) {
    case 'authorized':
    case 'captured':
      return takeOk(order, payment, asked, outcome);
    case 'declined':
      return decided({
        type: 'PaymentDeclined',
        ...placeOf(order, asked),
        code: outcome.code ?? 'unspecified',
        next: outcome.next ?? 'other-method',
      });
    case 'became-unknown':
      return decided(unknownOf(order, asked, outcome.cause ?? 'unmapped'));
    case 'same-answer':
      return isSameAnswer(asked.answer, outcome)
        ? { is: 'repeat' }
        : { is: 'anomaly', reason: 'discrepancy', refuse: null };
    default:
      return assertNever(cell.rule);
  }
}

/** An `ok` counts only if amount, currency and reference are those of the operation, whatever the adapter let through. */
function takeOk(order: PaidOrder, payment: Payment, op: PaymentOp, outcome: ReportOutcome): PaymentDecision {
  const { amountMinor, currency, pspRef } = outcome;
  const fits =
    amountMinor === op.amountMinor &&
    currency === op.currency &&
    (op.pspRef === null || pspRef === op.pspRef);
  if (!fits || !pspRef) {
    return payment.unknownSinceMs === null
      ? decided(unknownOf(order, op, 'mismatch'), 'mismatch')
      : { is: 'anomaly', reason: 'mismatch', refuse: null };
  }
  const taken = { ...placeOf(order, op), amountMinor, currency, pspRef };
  return op.kind === 'authorize'
    ? decided({ type: 'PaymentAuthorized', ...taken, captureBeforeMs: outcome.captureBeforeMs })
    : decided({ type: 'PaymentCaptured', ...taken });
}

const decided = (event: PaymentResultEvent, alarm: string | null = null): PaymentDecision => ({
  is: 'event',
  event,
  alarm,
});

const placeOf = (order: PaidOrder, op: PaymentOp) => ({
  store: order.store,
  orderId: order.orderId,
  opId: op.opId,
  attempt: op.attempt,
});

const unknownOf = (order: PaidOrder, op: PaymentOp, cause: string): PaymentUnknown => ({
  type: 'PaymentUnknown',
  ...placeOf(order, op),
  kind: op.kind,
  amountMinor: op.amountMinor,
  currency: op.currency,
  cause,
});

/** Two refusals are one answer whatever their code; two moves of money must agree in every part. */
function isSameAnswer(answer: Answer | null, outcome: ReportOutcome): boolean {
  if (answer === null || answer.is !== outcome.is) return false;
  if (answer.is === 'no') return true;
  return (
    answer.amountMinor === outcome.amountMinor &&
    answer.currency === outcome.currency &&
    answer.pspRef === outcome.pspRef
  );
}

/** Folds one event into `payment`, in place. Throws if the event cannot stand in this state: the journal is wrong. */
export function evolvePayment(payment: Payment, event: PaymentEvent, atMs: number): void {
  payment.state = nextPaymentState(payment.state, event);
  switch (event.type) {
    case 'PaymentOpRequested':
      payment.ops.push({
        opId: event.opId,
        attempt: event.attempt,
        kind: event.kind,
        amountMinor: event.amountMinor,
        currency: event.currency,
        pspRef: event.pspRef,
        answer: null,
      });
      return;
    case 'PaymentAuthorized':
      payment.authorizedMinor = event.amountMinor;
      payment.pspRef = event.pspRef;
      payment.captureBeforeMs = event.captureBeforeMs;
      return close(payment, event, answerOfOk(event));
    case 'PaymentCaptured':
      payment.capturedMinor = event.amountMinor;
      return close(payment, event, answerOfOk(event));
    case 'PaymentDeclined':
      return close(payment, event, { is: 'no', code: event.code });
    case 'PaymentUnknown':
      payment.unknownSinceMs = atMs;
      return;
  }
}

const answerOfOk = ({ amountMinor, currency, pspRef }: PaymentAuthorized | PaymentCaptured): Answer => ({
  is: 'ok',
  amountMinor,
  currency,
  pspRef,
});

function close(payment: Payment, event: PaymentResultEvent, answer: Answer): void {
  const op = payment.ops.find(({ opId, attempt }) => opId === event.opId && attempt === event.attempt);
  if (!op) throw new Error(`${event.type} answers ${event.opId}/${event.attempt}, which was never asked`);
  op.answer = answer;
  payment.unknownSinceMs = null;
}

function nextPaymentState(state: PaymentState, event: PaymentEvent): PaymentState {
  const step = event.type === 'PaymentOpRequested' ? (`${event.type}:${event.kind}` as const) : event.type;
  const next = isPaymentStep(step) ? paymentPath[step][state] : null;
  if (next === null) throw new Error(`${step} of ${event.orderId} cannot stand in payment state ${state}`);
  return next;
}

const isPaymentStep = (step: string): step is PaymentStep => step in paymentPath;
