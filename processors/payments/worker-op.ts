import type { Op, Outcome } from '../../infra/psp/psp.ts';
import { assertNever } from '../../schemas/assert-never.ts';
import { capturedToo } from '../../schemas/payment-transitions.ts';
import type { Command, ReportOutcome } from '../../schemas/generated/orders-commands.ts';
import type { PaymentOpRequested } from '../../schemas/generated/orders-events.ts';

/** Outcomes close an attempt, not an operation: `opId` and attempt together name what is waited for. */
export const attemptOf = ({ opId, attempt }: { readonly opId: string; readonly attempt: number }): string =>
  `${opId}#${attempt}`;

/** The operation for the adapter; the same whenever it is made. `methodRef` is opened, `pspRef` looked for already. */
export function toOp(
  requested: PaymentOpRequested,
  atMs: number,
  methodRef: string | null,
  pspRef: string | null = requested.pspRef,
): Op {
  const { opId, orderId, store, kind, attempt, key, amountMinor, currency } = requested;
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

/**
 * True when the order must hear of it and decide what comes next: all but what provably did not happen and may be sent
 * again, which is the worker's own affair for a while.
 */
export const isReport = (outcome: Outcome): boolean => outcome.is !== 'not-executed' || !outcome.again;

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
/** Where provably nothing happened: soon again, since the money waits for nothing but us. */
const notExecutedDelaysMs: readonly number[] = [500, second, 2 * second, 5 * second, 10 * second];
/** An unavailable look-up: later and later, for it is asked for by the janitor too. */
const lookUpDelaysMs: readonly number[] = [2 * second, 10 * second, 30 * second, 2 * minute, 10 * minute];

/**
 * How long to wait before the same op is sent again, after `inRow` outcomes of this kind in a row (from 1).
 * `jitter` in [0, 1) spreads what failed together by up to a fifth.
 */
export function retryDelayMs(outcome: Outcome, inRow: number, jitter: number): number {
  const afterMs = outcome.is === 'not-executed' ? outcome.afterMs : undefined;
  return (afterMs ?? stepOf(notExecutedDelaysMs, inRow)) * (1 + jitter / 5);
}

/** How long to wait before an unavailable look-up is asked again, after `tries` of them. */
export const lookUpDelayMs = (tries: number, jitter: number): number =>
  stepOf(lookUpDelaysMs, tries) * (1 + jitter / 5);

const stepOf = (delays: readonly number[], count: number): number =>
  delays[Math.min(count, delays.length) - 1] ?? minute;
