import type {
  DiscrepancyRecorded,
  DisputeRecorded,
  EventBody,
  LookUpRequested,
  PaymentAuthorized,
  PaymentCaptured,
  PaymentOpRequested,
  PaymentVoided,
} from '../../schemas/generated/orders-events.ts';
import {
  paymentPath,
  type PaymentState,
  type PaymentStep,
  paymentSteps,
} from '../../schemas/payment-transitions.ts';
import {
  type Doubt,
  doubtByPending,
  doubtByUnknown,
  planNextCheck,
  underNewKey,
  withPerson,
} from './doubt.ts';
import { evolveRefund, type Refund, refundOf } from './refund.ts';

/** The determinate answer that closed an operation's attempt; the first one wins (payments §1). */
export type Answer =
  | { readonly is: 'ok'; readonly amountMinor: number; readonly currency: string; readonly pspRef: string }
  | { readonly is: 'no'; readonly code: string };

/** One intended move of the authorized money. Only a determinate answer closes (opId, attempt). */
export interface PaymentOp {
  readonly opId: string;
  readonly attempt: number;
  readonly kind: PaymentOpRequested['kind'];
  readonly amountMinor: number;
  readonly currency: string;
  readonly pspRef: string | null;
  /** When the attempt was asked for first: its key lives from then on. */
  readonly askedAtMs: number;
  /** When it was asked for last. */
  sentAtMs: number;
  /** How often it was asked for. */
  sends: number;
  answer: Answer | null;
}

/** The latest look-up. */
export interface LookUp {
  readonly n: number;
  readonly askedAtMs: number;
  /** A provider's hint or a settlement line gave the reason: its news must not get lost. */
  readonly hinted: boolean;
  /** A reply is newer than the question: its answer is void. */
  stale: boolean;
}

export interface Dispute {
  readonly disputeId: string;
  amountMinor: number;
  as: DisputeRecorded['as'];
}

/** An order's money, folded from its events; changed in place by `evolvePayment` alone. Minor units, epoch ms. */
export interface Payment {
  state: PaymentState;
  /** Authorize, capture and void in the order they were asked for; the last one is what the state waits for. */
  readonly ops: PaymentOp[];
  authorizedMinor: number;
  capturedMinor: number;
  /** The provider's reference of the authorization. */
  pspRef: string | null;
  captureBeforeMs: number | null;
  /** What the state waits for beside the reply of its operation; null while nothing is in doubt. */
  doubt: Doubt | null;
  lookUp: LookUp | null;
  /** Null until there is one. */
  refunds: Refund[] | null;
  disputes: Dispute[] | null;
  /** Ids of the newest hints that caused a look-up, oldest first. */
  hintIds: string[] | null;
  /** The newest discrepancy, and whether a person was called for it. */
  discrepancy: { readonly text: string; person: boolean } | null;
}

export const createPayment = (): Payment => ({
  state: 'None',
  ops: [],
  authorizedMinor: 0,
  capturedMinor: 0,
  pspRef: null,
  captureBeforeMs: null,
  doubt: null,
  lookUp: null,
  refunds: null,
  disputes: null,
  hintIds: null,
  discrepancy: null,
});

/** The order whose money it is. */
export interface PaidOrder {
  readonly store: string;
  readonly orderId: string;
  readonly customerId: string;
  readonly currency: string;
  readonly totalMinor: number;
  /** The sealed payment method, sent again with an authorization. */
  readonly paymentToken: string;
  /** Also payBy (domain §3): until then a customer or a provider may take his time to authorize. */
  readonly holdUntilMs: number;
}

/** The events of an order that its money folds. */
export type PaymentEvent = Extract<EventBody, { type: PaymentStep | 'PaymentOpRequested' }>;

const paymentEventTypes: ReadonlySet<string> = new Set(paymentSteps.map((step) => step.replace(/:.*/, '')));

export const isPaymentEvent = (event: EventBody): event is PaymentEvent => paymentEventTypes.has(event.type);

/** True when authorize, capture and void have determinate answers: then stock may be undone (domain §3). */
export const isMoneySettled = ({ state }: Payment): boolean => settledStates.has(state);

const settledStates: ReadonlySet<PaymentState> = new Set([
  'None',
  'Authorized',
  'Captured',
  'Declined',
  'Voided',
  'Lapsed',
]);

/** Money asked back and not failed: requested, pending, unknown and succeeded. */
export const refundsAskedMinor = ({ refunds }: Payment): number =>
  (refunds ?? []).reduce((sum, { state, amountMinor }) => (state === 'Failed' ? sum : sum + amountMinor), 0);

/** While the bank has not decided, nothing is refunded: the money would go back twice. */
export const hasOpenDispute = ({ disputes }: Payment): boolean =>
  disputes !== null && disputes.some(({ as }) => as === 'open');

/** Folds one event into `payment`, in place. Throws if the event cannot stand in this state: the journal is wrong. */
export function evolvePayment(payment: Payment, event: PaymentEvent, atMs: number): void {
  payment.state = nextPaymentState(payment.state, event);
  if (payment.lookUp && isReply(event)) payment.lookUp.stale = true;
  switch (event.type) {
    case 'PaymentOpRequested':
      return event.kind === 'refund' ? evolveRefund(payment, event, atMs) : ask(payment, event, atMs);
    case 'PaymentAuthorized':
      payment.authorizedMinor = event.amountMinor;
      payment.pspRef = event.pspRef;
      payment.captureBeforeMs = event.captureBeforeMs;
      answer(payment, event, answerOfOk(event));
      // the void that is under way waits for its own answer
      if (payment.state === 'Authorized') payment.doubt = null;
      return;
    case 'PaymentCaptured':
      payment.capturedMinor = event.amountMinor;
      payment.authorizedMinor = Math.max(payment.authorizedMinor, event.amountMinor);
      payment.pspRef = event.pspRef;
      payment.doubt = null;
      return answer(payment, event, answerOfOk(event));
    case 'PaymentDeclined':
    case 'PaymentCaptureFailed':
      payment.doubt = null;
      return answer(payment, event, { is: 'no', code: event.code });
    case 'PaymentVoided':
      payment.doubt = null;
      return answer(payment, event, answerOfVoid(payment, event));
    case 'PaymentLapsed':
      payment.doubt = null;
      return answer(payment, event, { is: 'no', code: event.reason });
    case 'PaymentUnknown':
      if (event.kind === 'refund') return evolveRefund(payment, event, atMs);
      payment.doubt = doubtByUnknown(payment.doubt, event, atMs);
      return;
    case 'PaymentPending':
      if (event.kind === 'refund') return evolveRefund(payment, event, atMs);
      payment.pspRef ??= event.pspRef;
      payment.doubt = doubtByPending(payment.doubt, 'pending', event.kind, payment.captureBeforeMs, atMs);
      return;
    case 'PaymentActionRequired':
      payment.pspRef ??= event.pspRef;
      payment.doubt = doubtByPending(null, 'action', 'authorize', null, atMs);
      return;
    case 'LookUpRequested':
      return lookUp(payment, event, atMs);
    case 'RefundRecorded':
      return evolveRefund(payment, event, atMs);
    case 'DisputeRecorded':
      return dispute(payment, event);
    case 'DiscrepancyRecorded':
      payment.discrepancy = { text: discrepancyText(event), person: false };
      return;
    case 'PersonNeeded':
      return callPerson(payment, event.opId, event.reason, atMs);
    case 'RefundDue':
    case 'PaymentResolved':
      return;
  }
}

/** What two discrepancies have in common if they are one. */
export const discrepancyText = (event: Pick<DiscrepancyRecorded, 'class' | 'opId' | 'theirs'>): string =>
  `${event.class} ${event.opId ?? ''} ${event.theirs}`;

const isReply = ({ type }: PaymentEvent): boolean => type.startsWith('Payment') || type === 'RefundRecorded';

/** A new operation, or a known one once more. */
function ask(payment: Payment, event: PaymentOpRequested, atMs: number): void {
  const { opId, attempt, kind, amountMinor, currency, pspRef } = event;
  const latest = payment.ops.at(-1);
  if (latest?.opId === opId && latest.attempt === attempt) {
    latest.sentAtMs = atMs;
    latest.sends += 1;
    return;
  }
  if (latest?.opId !== opId) payment.doubt = null;
  else if (payment.doubt) payment.doubt = underNewKey(payment.doubt);
  const op = { opId, attempt, kind, amountMinor, currency, pspRef, askedAtMs: atMs, sentAtMs: atMs };
  payment.ops.push({ ...op, sends: 1, answer: null });
}

const answerOfOk = ({ amountMinor, currency, pspRef }: PaymentAuthorized | PaymentCaptured): Answer => ({
  is: 'ok',
  amountMinor,
  currency,
  pspRef,
});

/** What a look-up shows to be voided answers a void with yes, and what else is under way with no. */
function answerOfVoid(payment: Payment, event: PaymentVoided): Answer {
  const op = payment.ops.find(({ opId }) => opId === event.opId);
  if (op?.kind !== 'void') return { is: 'no', code: 'voided' };
  const { amountMinor, currency } = event;
  return { is: 'ok', amountMinor, currency, pspRef: event.pspRef ?? '' };
}

function answer(
  payment: Payment,
  event: { readonly type: string; readonly opId: string; readonly attempt: number },
  given: Answer,
): void {
  const op = payment.ops.find(({ opId, attempt }) => opId === event.opId && attempt === event.attempt);
  if (!op) throw new Error(`${event.type} answers ${event.opId}/${event.attempt}, which was never asked`);
  op.answer = given;
}

const hintsMax = 100;

function lookUp(payment: Payment, event: LookUpRequested, atMs: number): void {
  payment.pspRef ??= event.pspRef;
  payment.lookUp = { n: event.n, askedAtMs: atMs, hinted: event.hintId !== null, stale: false };
  if (event.hintId !== null) {
    payment.hintIds ??= [];
    payment.hintIds.push(event.hintId);
    if (payment.hintIds.length > hintsMax) payment.hintIds.shift();
  }
  // one look-up answers for all that is in doubt
  if (payment.doubt) planNextCheck(payment.doubt, atMs);
  for (const { doubt } of payment.refunds ?? []) if (doubt) planNextCheck(doubt, atMs);
}

function dispute(payment: Payment, event: DisputeRecorded): void {
  const known = payment.disputes?.find(({ disputeId }) => disputeId === event.disputeId);
  if (!known) {
    payment.disputes ??= [];
    payment.disputes.push({
      disputeId: event.disputeId,
      amountMinor: event.amountMinor,
      as: event.as,
    });
    return;
  }
  known.as = event.as;
  known.amountMinor = event.amountMinor;
}

function callPerson(payment: Payment, opId: string | null, reason: string, atMs: number): void {
  if (reason === 'discrepancy') {
    if (payment.discrepancy) payment.discrepancy.person = true;
    return;
  }
  const refund = refundOf(payment, opId);
  if (refund) refund.doubt = withPerson(refund.doubt, reason, atMs);
  else payment.doubt = withPerson(payment.doubt, reason, atMs);
}

function nextPaymentState(state: PaymentState, event: PaymentEvent): PaymentState {
  const step = event.type === 'PaymentOpRequested' ? (`${event.type}:${event.kind}` as const) : event.type;
  const next = paymentPath[step][state];
  if (next === null) throw new Error(`${step} of ${event.orderId} cannot stand in payment state ${state}`);
  return next;
}
