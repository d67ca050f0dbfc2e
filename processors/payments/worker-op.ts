import type { Op, Outcome } from '../../infra/psp/psp.ts';
import { assertNever } from '../../schemas/assert-never.ts';
import { capturedToo } from '../../schemas/payment-transitions.ts';
import type { Command, ReportOutcome } from '../../schemas/generated/orders-commands.ts';
import type { PaymentOpRequested } from '../../schemas/generated/orders-events.ts';

/** Outcomes close an attempt, not an operation: `opId` and attempt together name what is waited for. */
export const attemptOf = ({ opId, attempt }: { readonly opId: string; readonly attempt: number }): string =>
  `${opId}#${attempt}`;

/** The operation for the adapter; the same whenever it is made. `methodRef` is opened already. */
export function toOp(requested: PaymentOpRequested, atMs: number, methodRef: string | null): Op {
  const { opId, orderId, store, kind, attempt, key, amountMinor, currency, pspRef } = requested;
  return {
    opId,
    orderId,
    store,
    kind,
    attempt,
    key,
    amount: { minor: amountMinor, currency },
    ...(methodRef === null ? {} : { methodRef }),
    ...(pspRef === null ? {} : { pspRef }),
    atMs,
  };
}

/** True when the provider has spoken for good, or another send would say the same: the operation is done here. */
export const isFinal = (outcome: Outcome): boolean =>
  outcome.is === 'ok' || outcome.is === 'no' || (outcome.is === 'not-executed' && !outcome.again);

/** The command that tells the order. `tryNumber` counts the sends of the attempt by this process, from 1. */
export function toReport(
  { store, orderId, opId, attempt, kind }: PaymentOpRequested,
  outcome: Outcome,
  tryNumber: number,
): Command<ReportOutcome> {
  const nothing = {
    amountMinor: null,
    currency: null,
    pspRef: null,
    captureBeforeMs: null,
    code: null,
    next: null,
    cause: null,
    client: null,
    again: null,
    replayed: outcome.replayed === true,
  } as const;
  const of = { type: 'ReportOutcome', orderId, opId, attempt, try: tryNumber, kind } as const;
  return {
    store,
    commandId: null,
    fingerprint: null,
    requestId: null,
    body: { ...of, ...nothing, ...outcomeFields(outcome) },
  };
}

type OutcomeFields = Pick<ReportOutcome, 'is'> & Partial<ReportOutcome>;

function outcomeFields(outcome: Outcome): OutcomeFields {
  switch (outcome.is) {
    case 'ok': {
      const { pspRef, amount, captureBeforeMs = null } = outcome;
      const ok = { pspRef, amountMinor: amount.minor, currency: amount.currency, captureBeforeMs };
      return { is: 'ok', ...ok, code: outcome.captured ? capturedToo : null };
    }
    case 'no':
      return { is: 'no', code: outcome.code, next: outcome.next };
    case 'not-executed':
      return { is: 'not_executed', code: outcome.code, again: outcome.again };
    case 'action':
      return { is: 'action', pspRef: outcome.pspRef, client: JSON.stringify(outcome.client) };
    case 'pending':
      return { is: 'pending', pspRef: outcome.pspRef };
    case 'unknown':
      return { is: 'unknown', cause: outcome.cause, pspRef: outcome.pspRef ?? null };
    default:
      return assertNever(outcome);
  }
}

const second = 1_000;
const minute = 60 * second;
/** After an unknown (payments §5): the provider may be at it still, and asking in vain helps nobody. */
const unknownDelaysMs = [2 * second, 10 * second, 30 * second, 2 * minute, 10 * minute, 60 * minute];
/** Where provably nothing happened: soon again, since the money waits for nothing but us. */
const notExecutedDelaysMs = [500, second, 2 * second, 5 * second, 10 * second];

/**
 * How long to wait before the same op is sent again, after `inRow` outcomes of this kind in a row (from 1).
 * `jitter` in [0, 1) spreads what failed together by up to a fifth.
 */
export function retryDelayMs(outcome: Outcome, inRow: number, jitter: number): number {
  const isNotExecuted = outcome.is === 'not-executed';
  if (isNotExecuted && outcome.afterMs !== undefined) return outcome.afterMs * (1 + jitter / 5);
  const delays = isNotExecuted ? notExecutedDelaysMs : unknownDelaysMs;
  return (delays[Math.min(inRow, delays.length) - 1] ?? minute) * (1 + jitter / 5);
}
