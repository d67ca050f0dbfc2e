import { outcomes } from './payment-transitions.ts';
import { type Cell, ignore, movesOf, type PathTable, rule } from './transition-cell.ts';

/** States of one refund (`domain.md` §5); Failed is an open debt. */
export const refundStates = ['Requested', 'RefundUnknown', 'Pending', 'Succeeded', 'Failed'] as const;
export type RefundState = (typeof refundStates)[number];

/** Replies, then whether a look-up lists the refund, then time. */
export const refundColumns = [...outcomes, 'listed', 'not_listed', 'time'] as const;
export type RefundColumn = (typeof refundColumns)[number];

/** The rules a cell may name; `processors/payments` has one function for each. */
export const refundRules = [
  /** An `ok` whose amount, currency or reference differs from the operation is read as unknown (mismatch). */
  'succeeded',
  /** It is owed still. */
  'failed',
  /** Same op, same key, same bytes; `again: false` calls a person. */
  'resend',
  'pending',
  'became-unknown',
  /** As the provider lists it. */
  'as-listed',
  /** Sent again while its key lives, then a person. */
  'not-listed',
  'discrepancy',
  'time',
] as const;
export type RefundRule = (typeof refundRules)[number];
export type RefundCell = Cell<RefundState, RefundRule>;

const late = ignore('late-reply');
const asKnown = ignore('as-known');

const asked = (state: RefundState, notExecuted: RefundCell): Readonly<Record<RefundColumn, RefundCell>> => ({
  ok: rule('succeeded', ['Succeeded', 'RefundUnknown']),
  no: rule('failed', ['Failed']),
  not_executed: notExecuted,
  pending: rule('pending', ['Pending']),
  action: rule('pending', ['Pending']),
  unknown: rule('became-unknown', ['RefundUnknown']),
  listed: rule('as-listed', ['Pending', 'Succeeded', 'Failed', state]),
  not_listed: rule('not-listed', [state]),
  time: rule('time', ['RefundUnknown']),
});

/** Refund state × reply, × what a look-up lists, × time. A refund may fail after it had succeeded. */
export const refundTransitions: Readonly<Record<RefundState, Readonly<Record<RefundColumn, RefundCell>>>> = {
  Requested: asked('Requested', rule('resend', ['Requested'])),
  RefundUnknown: asked('RefundUnknown', ignore('still-unknown')),
  Pending: {
    ok: rule('succeeded', ['Succeeded', 'Pending']),
    no: rule('failed', ['Failed']),
    not_executed: late,
    pending: asKnown,
    action: asKnown,
    unknown: late,
    listed: rule('as-listed', ['Pending', 'Succeeded', 'Failed']),
    not_listed: rule('discrepancy', ['Pending']),
    time: rule('time', ['Pending']),
  },
  Succeeded: {
    ok: asKnown,
    no: rule('failed', ['Failed']),
    not_executed: late,
    pending: late,
    action: late,
    unknown: late,
    listed: rule('as-listed', ['Succeeded', 'Failed']),
    not_listed: rule('discrepancy', ['Succeeded']),
    time: ignore('nothing-due'),
  },
  Failed: {
    ok: rule('discrepancy', ['Failed']),
    no: asKnown,
    not_executed: late,
    pending: late,
    action: late,
    unknown: late,
    listed: rule('as-listed', ['Failed']),
    not_listed: asKnown,
    // the debt waits for a new refundId or a person
    time: ignore('nothing-due'),
  },
};

/** The order events that move a refund. */
export const refundSteps = [
  'PaymentOpRequested:refund',
  'PaymentUnknown',
  'PaymentPending',
  'RefundRecorded:succeeded',
  'RefundRecorded:failed',
] as const;
export type RefundStep = (typeof refundSteps)[number];

const moves = (legal: Readonly<Partial<Record<RefundState, RefundState>>>) => movesOf(refundStates, legal);

/** Refund state × event → state, from the first request on. What is null must never stand in a journal. */
export const refundPath: PathTable<RefundState, RefundStep> = {
  'PaymentOpRequested:refund': moves({ Requested: 'Requested', RefundUnknown: 'RefundUnknown' }),
  PaymentUnknown: moves({ Requested: 'RefundUnknown', RefundUnknown: 'RefundUnknown', Pending: 'Pending' }),
  PaymentPending: moves({ Requested: 'Pending', RefundUnknown: 'Pending' }),
  'RefundRecorded:succeeded': moves({
    Requested: 'Succeeded',
    RefundUnknown: 'Succeeded',
    Pending: 'Succeeded',
  }),
  'RefundRecorded:failed': moves({
    Requested: 'Failed',
    RefundUnknown: 'Failed',
    Pending: 'Failed',
    Succeeded: 'Failed',
  }),
};
