import type { ReportOutcome } from './generated/orders-commands.ts';
import { anomaly, type Cell, ignore, movesOf, type PathTable, refuse, rule } from './transition-cell.ts';

/** States of an order's money (`reference/domain.md` §5). */
export const paymentStates = [
  'None',
  'Authorizing',
  'AuthorizeUnknown',
  'Authorized',
  'Capturing',
  'CaptureUnknown',
  'Captured',
  'Declined',
] as const;
export type PaymentState = (typeof paymentStates)[number];

export const outcomes = ['ok', 'no', 'not_executed', 'pending', 'action', 'unknown'] as const;
export type OutcomeIs = ReportOutcome['is'];

/** What the machine made of an input; the order acts on these by its own rows. */
export const paymentResults = [
  'Authorized',
  'Declined',
  'Captured',
  'CaptureFailed',
  'Voided',
  'Lapsed',
  'RefundResult',
  'InDoubt',
  'ActionRequired',
  'GiveUp',
  'Disputed',
] as const;
export type PaymentResult = (typeof paymentResults)[number];

/** The rules a cell may name; `processors/payments/payment.ts` has one function for each. */
export const paymentRules = [
  /** An `ok` whose amount, currency or reference differs from the operation is read as unknown (mismatch). */
  'authorized',
  'captured',
  'declined',
  'became-unknown',
  /** Equal to the determinate answer on record: a known repeat, without event; another one is a discrepancy. */
  'same-answer',
] as const;
export type PaymentRule = (typeof paymentRules)[number];
export type PaymentCell = Cell<PaymentState, PaymentRule>;
type Row = Readonly<Record<OutcomeIs, PaymentCell>>;
/** A cell that asks no function. */
export type PlainPaymentCell = Exclude<PaymentCell, { is: 'rule' }>;

/** Cells whose rule comes with resend, look-up, void or a customer's action: state kept, the alarm calls a person. */
const later = (need: 'resend' | 'pending' | 'action' | 'look-up') => anomaly(`needs-${need}`);
const stillUnknown = ignore('still-unknown');
const late = ignore('late-reply');

/** A reply to an operation that was never asked, or to another attempt of it. */
export const neverAskedReplies: Readonly<Record<OutcomeIs, PlainPaymentCell>> = {
  ok: anomaly('money-without-intent', 'stale-intent'),
  no: refuse('stale-intent'),
  not_executed: refuse('stale-intent'),
  pending: refuse('stale-intent'),
  action: refuse('stale-intent'),
  unknown: refuse('stale-intent'),
};

/** A reply to an operation that is answered and not the latest one: the first determinate answer has won. */
export const earlierReplies: Row = {
  ok: rule('same-answer', []),
  no: rule('same-answer', []),
  not_executed: late,
  pending: late,
  action: late,
  unknown: late,
};

/** Payment state × reply to its latest operation. None has no operation: every reply was never asked for. */
export const paymentTransitions: Readonly<Record<PaymentState, Row>> = {
  None: neverAskedReplies,
  Authorizing: {
    ok: rule('authorized', ['Authorized', 'AuthorizeUnknown']),
    no: rule('declined', ['Declined']),
    not_executed: later('resend'),
    pending: later('pending'),
    action: later('action'),
    unknown: rule('became-unknown', ['AuthorizeUnknown']),
  },
  AuthorizeUnknown: {
    ok: rule('authorized', ['Authorized', 'AuthorizeUnknown']),
    no: rule('declined', ['Declined']),
    // it speaks of one try alone: another try of the same operation may have run
    not_executed: stillUnknown,
    pending: stillUnknown,
    action: later('action'),
    unknown: stillUnknown,
  },
  Authorized: {
    ok: rule('same-answer', ['Authorized']),
    no: rule('same-answer', ['Authorized']),
    not_executed: late,
    pending: late,
    action: late,
    unknown: late,
  },
  Capturing: {
    ok: rule('captured', ['Captured', 'CaptureUnknown']),
    no: later('look-up'),
    not_executed: later('resend'),
    pending: later('pending'),
    action: later('action'),
    unknown: rule('became-unknown', ['CaptureUnknown']),
  },
  CaptureUnknown: {
    ok: rule('captured', ['Captured', 'CaptureUnknown']),
    no: later('look-up'),
    not_executed: stillUnknown,
    pending: stillUnknown,
    action: stillUnknown,
    unknown: stillUnknown,
  },
  Captured: {
    ok: rule('same-answer', ['Captured']),
    no: rule('same-answer', ['Captured']),
    not_executed: late,
    pending: late,
    action: late,
    unknown: late,
  },
  Declined: {
    ok: rule('same-answer', ['Declined']),
    no: rule('same-answer', ['Declined']),
    not_executed: late,
    pending: late,
    action: late,
    unknown: late,
  },
};

/** The order events that move money. */
export const paymentSteps = [
  'PaymentOpRequested:authorize',
  'PaymentOpRequested:capture',
  'PaymentAuthorized',
  'PaymentDeclined',
  'PaymentCaptured',
  'PaymentUnknown',
] as const;
export type PaymentStep = (typeof paymentSteps)[number];

const moves = (legal: Readonly<Partial<Record<PaymentState, PaymentState>>>) => movesOf(paymentStates, legal);

/** Payment state × event → state. What is null must never stand in a journal. */
export const paymentPath: PathTable<PaymentState, PaymentStep> = {
  'PaymentOpRequested:authorize': moves({ None: 'Authorizing' }),
  'PaymentOpRequested:capture': moves({ Authorized: 'Capturing' }),
  PaymentAuthorized: moves({ Authorizing: 'Authorized', AuthorizeUnknown: 'Authorized' }),
  PaymentDeclined: moves({ Authorizing: 'Declined', AuthorizeUnknown: 'Declined' }),
  PaymentCaptured: moves({ Capturing: 'Captured', CaptureUnknown: 'Captured' }),
  PaymentUnknown: moves({ Authorizing: 'AuthorizeUnknown', Capturing: 'CaptureUnknown' }),
};
