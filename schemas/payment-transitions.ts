import type { ReportOutcome } from './generated/orders-commands.ts';
import {
  anomaly,
  type Cell,
  ignore,
  keepsState,
  movesOf,
  type PathTable,
  refuse,
  rule,
} from './transition-cell.ts';

/** States of an order's money (`domain.md` §5). */
export const paymentStates = [
  'None',
  'Authorizing',
  'AuthorizeUnknown',
  'ActionRequired',
  'Authorized',
  'Capturing',
  'CaptureUnknown',
  'Captured',
  'Voiding',
  'VoidUnknown',
  'Declined',
  'Voided',
  'Lapsed',
] as const;
export type PaymentState = (typeof paymentStates)[number];

/**
 * What the order's own table acts on beside the events of the payment machine. InDoubt: unknown or pending. GiveUp:
 * payBy or decideBy passed, so the authorization is voided and the order unwound.
 */
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

/** Replies to the operation a state waits for. */
export const outcomes = ['ok', 'no', 'not_executed', 'pending', 'action', 'unknown'] as const;
export type OutcomeIs = ReportOutcome['is'];
/** Code of an `ok` to an authorization that the provider captured too, unasked. */
export const capturedToo = 'captured';
/** What a look-up shows of the payment. */
const sights = ['authorized', 'captured', 'ended', 'not_found'] as const;
export type Sight = (typeof sights)[number];
export const paymentColumns = [...outcomes, ...sights, 'time'] as const;
export type PaymentColumn = (typeof paymentColumns)[number];

/** The rules a cell may name; `processors/payments` has one function for each. */
export const paymentRules = [
  /** An `ok` whose amount, currency or reference differs from the operation is read as unknown (mismatch). */
  'authorized',
  'captured',
  'voided',
  'declined',
  'became-unknown',
  'pending',
  'action',
  /** What was refused is believed after a look-up alone: the refusal is kept, the provider is asked. */
  'keep-refusal',
  /** Same op, same key, same bytes; `again: false` ends an authorization and calls a person for the rest. */
  'resend',
  /** Equal to the determinate answer on record: a known repeat, without event; another one is a discrepancy. */
  'same-answer',
  'ask',
  /** Two sources disagree: recorded and looked at again; the second time a person is called. */
  'discrepancy',
  /** A late `ok`, read as what a look-up would show. */
  'late-ok',
  'see-authorized',
  'see-captured',
  'see-ended',
  /** Refused: the capture failed. Otherwise sent again while its key lives, then a person. */
  'capture-not-seen',
  'void-not-seen',
  'not-found-authorize',
  'not-found-capture',
  'not-found-void',
  /** Time that passes without a report, to the next look-up, to payBy, decideBy and captureBefore. */
  'time',
] as const;
export type PaymentRule = (typeof paymentRules)[number];
export type PaymentCell = Cell<PaymentState, PaymentRule>;
/** A cell that asks no function. */
export type PlainPaymentCell = Exclude<PaymentCell, { is: 'rule' }>;
type Replies = Readonly<Record<OutcomeIs, PaymentCell>>;
type Row = Readonly<Record<PaymentColumn, PaymentCell>>;

const stillUnknown = ignore('still-unknown');
const late = ignore('late-reply');
const nothingDue = ignore('nothing-due');
const asKnown = ignore('as-known');
const ended: readonly PaymentState[] = ['Voided', 'Lapsed', 'Declined'];

/** A reply to an operation that was never asked, or to another attempt of it. */
export const neverAskedReplies: Readonly<Record<OutcomeIs, PlainPaymentCell>> = {
  ok: anomaly('money-without-intent', 'stale-intent'),
  no: refuse('stale-intent'),
  not_executed: refuse('stale-intent'),
  pending: refuse('stale-intent'),
  action: refuse('stale-intent'),
  unknown: refuse('stale-intent'),
};

/** A reply to an operation that is answered, or not the latest one: the first determinate answer has won. */
export const earlierReplies: Replies = {
  ok: rule('late-ok', []),
  no: rule('same-answer', []),
  not_executed: late,
  pending: late,
  action: late,
  unknown: late,
};

const authorizing = (
  state: PaymentState,
  notExecuted: PaymentCell,
  time: readonly PaymentState[],
): Omit<Row, 'pending'> => ({
  // captured too, by a provider that does not ask
  ok: rule('authorized', ['Authorized', 'AuthorizeUnknown', 'Captured']),
  no: rule('declined', ['Declined']),
  not_executed: notExecuted,
  action: rule('action', ['ActionRequired']),
  unknown: rule('became-unknown', ['AuthorizeUnknown']),
  authorized: rule('see-authorized', ['Authorized', state]),
  captured: rule('see-captured', ['Captured', state]),
  ended: rule('see-ended', ended),
  not_found: rule('not-found-authorize', ['Lapsed', state]),
  time: rule('time', time),
});

const capturing = (state: PaymentState, notExecuted: PaymentCell, notSeen: readonly PaymentState[]): Row => ({
  ok: rule('captured', ['Captured', 'CaptureUnknown']),
  no: rule('keep-refusal', ['CaptureUnknown']),
  not_executed: notExecuted,
  pending: rule('pending', [state]),
  action: rule('pending', [state]),
  unknown: rule('became-unknown', ['CaptureUnknown']),
  authorized: rule('capture-not-seen', notSeen),
  captured: rule('see-captured', ['Captured', state]),
  ended: rule('see-ended', ended),
  not_found: rule('not-found-capture', [state]),
  time: rule('time', [state, 'CaptureUnknown']),
});

const voiding = (state: PaymentState, notExecuted: PaymentCell): Row => ({
  ok: rule('voided', ['Voided', 'VoidUnknown']),
  no: rule('keep-refusal', ['VoidUnknown']),
  not_executed: notExecuted,
  pending: rule('pending', [state]),
  action: rule('pending', [state]),
  unknown: rule('became-unknown', ['VoidUnknown']),
  authorized: rule('void-not-seen', [state]),
  captured: rule('see-captured', ['Captured', state]),
  ended: rule('see-ended', ended),
  not_found: rule('not-found-void', ['Voided', state]),
  time: rule('time', [state, 'VoidUnknown']),
});

/** Nothing is reserved and nothing taken, as far as we know: what shows up now is given back by the order. */
const over = (state: PaymentState): Row => ({
  ok: rule('late-ok', [state, 'Authorized', 'Captured']),
  no: late,
  not_executed: late,
  pending: late,
  action: late,
  unknown: late,
  // the order voids it: Voiding
  authorized: rule('see-authorized', [state, 'Authorized']),
  captured: rule('see-captured', [state, 'Captured']),
  ended: asKnown,
  not_found: asKnown,
  time: nothingDue,
});

/** Payment state × reply to its latest operation, × what a look-up shows, × time. */
export const paymentTransitions: Readonly<Record<PaymentState, Row>> = {
  // None has no operation: every reply was never asked for
  None: {
    ...neverAskedReplies,
    authorized: rule('discrepancy', []),
    captured: rule('discrepancy', []),
    ended: asKnown,
    not_found: asKnown,
    time: nothingDue,
  },
  Authorizing: {
    ...authorizing('Authorizing', rule('resend', ['Authorizing', 'Lapsed']), [
      'Authorizing',
      'AuthorizeUnknown',
    ]),
    pending: rule('pending', ['Authorizing']),
  },
  AuthorizeUnknown: {
    // it speaks of one try alone: another try of the same operation may have run
    ...authorizing('AuthorizeUnknown', stillUnknown, ['AuthorizeUnknown']),
    pending: rule('pending', ['AuthorizeUnknown']),
  },
  ActionRequired: {
    ...authorizing('ActionRequired', asKnown, ['ActionRequired']),
    pending: asKnown,
    action: asKnown,
    unknown: rule('ask', ['ActionRequired']),
    not_found: rule('discrepancy', ['ActionRequired']),
  },
  Authorized: {
    ok: rule('same-answer', ['Authorized']),
    no: rule('same-answer', ['Authorized']),
    not_executed: late,
    pending: late,
    action: late,
    unknown: late,
    authorized: asKnown,
    captured: rule('see-captured', ['Captured', 'Authorized']),
    ended: rule('see-ended', ended),
    not_found: rule('discrepancy', ['Authorized']),
    time: rule('time', ['Authorized']),
  },
  Capturing: capturing('Capturing', rule('resend', ['Capturing']), ['Capturing']),
  CaptureUnknown: capturing('CaptureUnknown', stillUnknown, ['CaptureUnknown', 'Authorized']),
  Captured: {
    ok: rule('same-answer', ['Captured']),
    no: rule('same-answer', ['Captured']),
    not_executed: late,
    pending: late,
    action: late,
    unknown: late,
    authorized: rule('discrepancy', ['Captured']),
    captured: rule('see-captured', ['Captured']),
    ended: rule('discrepancy', ['Captured']),
    not_found: rule('discrepancy', ['Captured']),
    time: nothingDue,
  },
  Voiding: voiding('Voiding', rule('resend', ['Voiding'])),
  VoidUnknown: voiding('VoidUnknown', stillUnknown),
  Declined: over('Declined'),
  Voided: over('Voided'),
  Lapsed: over('Lapsed'),
};

/** Why nobody but a person can decide (`PersonNeeded`). */
const personReasons = [
  /** The provider will not take our request, however often it is sent. */
  'not-executable',
  /** It may not be sent again: its key may be forgotten. */
  'key-too-old',
  'not-found',
  /** Unknown, or pending, for longer than we wait. */
  'undecided',
  /** The authorization ends soon and is not captured. */
  'capture-before-near',
  /** Two sources disagree, and did so again when asked again. */
  'discrepancy',
] as const;
export type PersonReason = (typeof personReasons)[number];

/** The order events that move or doubt money, told apart where the path depends on more than the type. */
export const paymentSteps = [
  'PaymentOpRequested:authorize',
  'PaymentOpRequested:capture',
  'PaymentOpRequested:void',
  'PaymentOpRequested:refund',
  'PaymentAuthorized',
  'PaymentDeclined',
  'PaymentCaptured',
  'PaymentUnknown',
  'PaymentVoided',
  'PaymentLapsed',
  'PaymentCaptureFailed',
  'PaymentPending',
  'PaymentActionRequired',
  'PaymentResolved',
  'LookUpRequested',
  'RefundRecorded',
  'RefundDue',
  'DisputeRecorded',
  'DiscrepancyRecorded',
  'PersonNeeded',
] as const;
export type PaymentStep = (typeof paymentSteps)[number];

const moves = (legal: Readonly<Partial<Record<PaymentState, PaymentState>>>) => movesOf(paymentStates, legal);
const stay = (...states: readonly PaymentState[]) =>
  Object.fromEntries(states.map((state) => [state, state])) as Partial<Record<PaymentState, PaymentState>>;
const to = (state: PaymentState, ...from: readonly PaymentState[]) =>
  Object.fromEntries(from.map((each) => [each, state])) as Partial<Record<PaymentState, PaymentState>>;
const beforeAuthorized = ['Authorizing', 'AuthorizeUnknown', 'ActionRequired'] as const;
const takingOrVoiding = ['Capturing', 'CaptureUnknown', 'Voiding', 'VoidUnknown'] as const;
const settled = ['Declined', 'Voided', 'Lapsed'] as const;
const always = keepsState(paymentStates);

/**
 * Payment state × event → state. What is null must never stand in a journal. An operation asked for again, with the
 * same attempt or the next one, changes no state; nor does anything about a refund, which has its own states.
 */
export const paymentPath: PathTable<PaymentState, PaymentStep> = {
  'PaymentOpRequested:authorize': moves({
    None: 'Authorizing',
    ...stay('Authorizing', 'AuthorizeUnknown'),
  }),
  'PaymentOpRequested:capture': moves({ Authorized: 'Capturing', ...stay('Capturing', 'CaptureUnknown') }),
  'PaymentOpRequested:void': moves({
    ...to('Voiding', ...beforeAuthorized, 'Authorized'),
    ...stay('Voiding', 'VoidUnknown'),
  }),
  'PaymentOpRequested:refund': moves(stay('Captured')),
  // in Voiding it is the late answer of what is being voided
  PaymentAuthorized: moves({
    ...to('Authorized', ...beforeAuthorized, ...settled),
    ...stay('Voiding', 'VoidUnknown'),
  }),
  PaymentDeclined: moves(to('Declined', ...beforeAuthorized, 'Authorized', ...takingOrVoiding)),
  PaymentCaptured: moves(to('Captured', ...beforeAuthorized, 'Authorized', ...takingOrVoiding, ...settled)),
  PaymentUnknown: moves({
    ...to('AuthorizeUnknown', 'Authorizing', 'AuthorizeUnknown', 'ActionRequired'),
    ...to('CaptureUnknown', 'Capturing', 'CaptureUnknown'),
    ...to('VoidUnknown', 'Voiding', 'VoidUnknown'),
    ...stay('Captured'),
  }),
  PaymentVoided: moves(to('Voided', ...beforeAuthorized, 'Authorized', ...takingOrVoiding)),
  PaymentLapsed: moves(to('Lapsed', ...beforeAuthorized, 'Authorized', ...takingOrVoiding)),
  PaymentCaptureFailed: moves(to('Authorized', 'Capturing', 'CaptureUnknown')),
  PaymentPending: moves(stay('Authorizing', 'AuthorizeUnknown', ...takingOrVoiding, 'Captured')),
  PaymentActionRequired: moves(to('ActionRequired', 'Authorizing', 'AuthorizeUnknown')),
  PaymentResolved: always,
  LookUpRequested: always,
  RefundRecorded: moves(stay('Captured')),
  RefundDue: moves(stay('Captured')),
  DisputeRecorded: always,
  DiscrepancyRecorded: always,
  PersonNeeded: always,
};
