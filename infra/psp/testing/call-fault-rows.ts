import { assertNever } from '../../../schemas/assert-never.ts';
import type { Facts, Op, Outcome } from '../psp.ts';
import { type CallFaultName, callFaults } from '../simulator/call-faults.ts';

/** What an adapter must make of each fault around a call, and how the op comes out of it. */
export interface CallFaultRow {
  readonly fault: CallFaultName;
  /** Of the first try. */
  readonly first: Partial<Outcome>;
  /** `ok`: the same op again. Otherwise a look-up tells whether it was executed; `again`: the same key says no more. */
  readonly after: 'ok' | { readonly executed: boolean; readonly again?: Partial<Outcome> };
}

const unknown = (cause: Extract<Outcome, { readonly is: 'unknown' }>['cause']): Partial<Outcome> => ({
  is: 'unknown',
  cause,
});
const kept: Partial<Outcome> = { is: 'unknown', cause: 'server', replayed: true };

const rows: { readonly [Fault in CallFaultName]: Omit<CallFaultRow, 'fault'> } = {
  slow: { first: { is: 'ok' }, after: 'ok' },
  timeout: { first: unknown('timeout'), after: 'ok' },
  'lost-reply': { first: unknown('reset'), after: 'ok' },
  'reset-before': { first: unknown('reset'), after: 'ok' },
  'half-reply': { first: unknown('reset'), after: 'ok' },
  '500-before': { first: unknown('server'), after: 'ok' },
  '500-after': { first: unknown('server'), after: 'ok' },
  '500-before-kept': { first: unknown('server'), after: { executed: false, again: kept } },
  '500-after-kept': { first: unknown('server'), after: { executed: true, again: kept } },
  '429': { first: { is: 'not-executed', again: true, afterMs: 1_000 }, after: 'ok' },
  '401': { first: { is: 'not-executed', again: true, alarm: 'credentials' }, after: 'ok' },
  '409': { first: unknown('conflict'), after: 'ok' },
  '424': { first: unknown('server'), after: 'ok' },
  html: { first: unknown('unmapped'), after: 'ok' },
  redirect: { first: unknown('unmapped'), after: 'ok' },
  'too-large': { first: unknown('unmapped'), after: 'ok' },
  'key-twice': { first: unknown('unmapped'), after: 'ok' },
  'new-status': { first: unknown('unmapped'), after: 'ok' },
  'wrong-amount': { first: unknown('mismatch'), after: 'ok' },
  'wrong-currency': { first: unknown('mismatch'), after: 'ok' },
  'wrong-reference': { first: unknown('mismatch'), after: 'ok' },
  'key-forgotten': { first: unknown('reset'), after: { executed: true } },
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
    default:
      return assertNever(op.kind);
  }
}
