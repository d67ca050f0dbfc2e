import type { Facts, Op, Outcome } from '../psp.ts';
import { type CallFaultName, callFaults } from '../simulator/call-faults.ts';

/** What an adapter must make of each fault around a call, and how the op comes out of it. */
export interface CallFaultRow {
  readonly fault: CallFaultName;
  /** Of the first try. */
  readonly first: Partial<Outcome>;
  /** `ok`: the same op again. Otherwise a look-up tells whether it was executed; `again`: the same key says no more. */
  readonly then: 'ok' | { readonly executed: boolean; readonly again?: Partial<Outcome> };
}

const unknown = (cause: Extract<Outcome, { readonly is: 'unknown' }>['cause']): Partial<Outcome> => ({
  is: 'unknown',
  cause,
});
const kept: Partial<Outcome> = { is: 'unknown', cause: 'server', replayed: true };

const rows: { readonly [Fault in CallFaultName]: Omit<CallFaultRow, 'fault'> } = {
  slow: { first: { is: 'ok' }, then: 'ok' },
  timeout: { first: unknown('timeout'), then: 'ok' },
  'lost-reply': { first: unknown('reset'), then: 'ok' },
  'reset-before': { first: unknown('reset'), then: 'ok' },
  'half-reply': { first: unknown('reset'), then: 'ok' },
  '500-before': { first: unknown('server'), then: 'ok' },
  '500-after': { first: unknown('server'), then: 'ok' },
  '500-before-kept': { first: unknown('server'), then: { executed: false, again: kept } },
  '500-after-kept': { first: unknown('server'), then: { executed: true, again: kept } },
  '429': { first: { is: 'not-executed', again: true, afterMs: 1_000 }, then: 'ok' },
  '401': { first: { is: 'not-executed', again: true, alarm: 'credentials' }, then: 'ok' },
  '409': { first: unknown('conflict'), then: 'ok' },
  '424': { first: unknown('server'), then: 'ok' },
  html: { first: unknown('unmapped'), then: 'ok' },
  redirect: { first: unknown('unmapped'), then: 'ok' },
  'too-large': { first: unknown('unmapped'), then: 'ok' },
  'key-twice': { first: unknown('unmapped'), then: 'ok' },
  'new-status': { first: unknown('unmapped'), then: 'ok' },
  'wrong-amount': { first: unknown('mismatch'), then: 'ok' },
  'wrong-currency': { first: unknown('mismatch'), then: 'ok' },
  'wrong-reference': { first: unknown('mismatch'), then: 'ok' },
  'key-forgotten': { first: unknown('reset'), then: { executed: true } },
};

export const callFaultRows: readonly CallFaultRow[] = (Object.keys(callFaults) as CallFaultName[]).map(
  (fault) => ({ fault, ...rows[fault] }),
);

/** Whether a look-up shows that the op was executed. Throws where it was no answer. */
export function settledByLookUp(op: Op, seen: Facts | 'not-found' | 'unavailable'): boolean {
  if (seen === 'unavailable') throw new Error('no answer');
  if (seen === 'not-found') return false;
  switch (op.kind) {
    case 'authorize':
      return seen.authorized.minor === op.amount.minor;
    case 'capture':
      return seen.captured.minor === op.amount.minor;
    case 'void':
      return seen.ended === 'voided';
    case 'refund':
      return seen.refunds.some(({ opId, status }) => opId === op.opId && status === 'done');
  }
}
