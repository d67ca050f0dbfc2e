import type { PaymentOpRequested, PaymentUnknown } from '../../schemas/generated/orders-events.ts';
import { checkAtMs, pendingDecideByMs, personCheckMs } from './payment-schedule.ts';

/**
 * Money that waits: unknown, pending, for the customer or for a person. The janitor looks at it at `nextCheckAtMs`;
 * the amount at risk is the operation's. Epoch ms of the log's clock. Changed in place by the folds alone.
 */
export interface Doubt {
  readonly sinceMs: number;
  readonly cause: string;
  checks: number;
  nextCheckAtMs: number;
  /** When the undo, or a person, takes over; null where payBy does. */
  readonly decideByMs: number | null;
  /** A person has been called. */
  readonly person: boolean;
  /** Of the newest reply; `not-found` counts only long after it. */
  readonly repliedAtMs: number;
}

const refusedCause = 'refused:';
const keptCause = 'kept:';

/** Cause of an unknown that holds back a refusal until a look-up has shown that nothing happened. */
export const causeOfRefusal = (code: string): string => `${refusedCause}${code}`;
/** The provider repeats what it keeps under the key: the same key will never do anything else. */
export const causeOfKept = (cause: string): string => `${keptCause}${cause}`;
export const isKept = ({ cause }: Doubt): boolean => cause.startsWith(keptCause);

/** The next attempt has a key of its own: what the provider keeps under the old one says nothing of it. */
export const underNewKey = (doubt: Doubt): Doubt => ({ ...doubt, cause: doubt.cause.replace(keptCause, '') });

/** The code of the refusal that is held back, or null. */
export function refusalOf(doubt: Doubt | null): string | null {
  const cause = doubt?.cause.replace(keptCause, '') ?? '';
  return cause.startsWith(refusedCause) ? cause.slice(refusedCause.length) : null;
}

/** True while it is not known what the provider did; not for pending money or a customer's action. */
export const isUnknown = (doubt: Doubt | null): doubt is Doubt =>
  doubt !== null && doubt.cause !== 'pending' && doubt.cause !== 'action';

export function doubtByUnknown(before: Doubt | null, event: PaymentUnknown, atMs: number): Doubt {
  const known = isUnknown(before) ? before : null;
  return {
    sinceMs: known?.sinceMs ?? atMs,
    cause: event.cause,
    checks: known?.checks ?? 0,
    // journals of the first versions carry no plan
    nextCheckAtMs: event.nextCheckAtMs ?? checkAtMs(atMs, 0, false, atMs),
    decideByMs: event.decideByMs,
    person: known?.person ?? false,
    repliedAtMs: atMs,
  };
}

/** What was unknown stays so, and keeps its deadline, though the provider says that it is at it. */
export function doubtByPending(
  before: Doubt | null,
  cause: 'pending' | 'action',
  kind: PaymentOpRequested['kind'],
  captureBeforeMs: number | null,
  atMs: number,
): Doubt {
  if (before) return { ...before, repliedAtMs: atMs };
  return {
    sinceMs: atMs,
    cause,
    checks: 1,
    nextCheckAtMs: checkAtMs(atMs, 1, false, atMs),
    decideByMs: pendingDecideByMs(kind, captureBeforeMs, atMs),
    person: false,
    repliedAtMs: atMs,
  };
}

/** The same with a person called for it: looked at daily from now on. */
export const withPerson = (before: Doubt | null, cause: string, atMs: number): Doubt => ({
  sinceMs: before?.sinceMs ?? atMs,
  cause: before?.cause ?? cause,
  checks: before?.checks ?? 0,
  nextCheckAtMs: atMs + personCheckMs,
  decideByMs: before?.decideByMs ?? null,
  person: true,
  repliedAtMs: before?.repliedAtMs ?? atMs,
});

/** A look-up was asked for: if it was due, the next one is planned. */
export function planNextCheck(doubt: Doubt, atMs: number): void {
  if (doubt.nextCheckAtMs > atMs) return;
  doubt.checks += 1;
  doubt.nextCheckAtMs = checkAtMs(doubt.sinceMs, doubt.checks, doubt.person, atMs);
}
