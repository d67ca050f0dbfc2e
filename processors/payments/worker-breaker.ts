import type { Outcome } from '../../infra/psp/psp.ts';

/** Failures in a row after which nothing is sent any more for a while. */
const failuresMax = 5;
const openMs = 2_000;
const openMsMax = 30_000;

/**
 * A breaker for each store (payments §4): a provider that does not answer is left alone for a while, then asked by one
 * op. While it is open an op is answered not-executed without being sent, so nothing fails. In memory alone.
 */
export interface WorkerBreaker {
  /** Null: send. Otherwise what the op comes to instead, with the time to wait. */
  refusal(store: string): Outcome | null;
  /** What came of an op that was sent. */
  note(store: string, outcome: Outcome): void;
}

interface Circuit {
  failures: number;
  /** Null while ops go through. */
  untilMs: number | null;
  /** How long it was left alone last. */
  openedMs: number;
  /** One op asks whether the provider is back. */
  asking: boolean;
}

export function createWorkerBreaker(nowMs: () => number): WorkerBreaker {
  const circuits = new Map<string, Circuit>();
  return {
    refusal(store) {
      const circuit = circuits.get(store);
      if (!circuit || circuit.untilMs === null) return null;
      const leftMs = circuit.untilMs - nowMs();
      if (leftMs <= 0) {
        // this one asks; the others wait for what it finds
        circuit.untilMs = nowMs() + openMs;
        circuit.asking = true;
        return null;
      }
      return { is: 'not-executed', code: 'breaker-open', again: true, afterMs: leftMs };
    },
    note(store, outcome) {
      const circuit = circuits.get(store);
      if (!isFailure(outcome)) {
        if (circuit) circuits.delete(store);
        return;
      }
      const failed = circuit ?? { failures: 0, untilMs: null, openedMs: 0, asking: false };
      circuits.set(store, failed);
      failed.failures += 1;
      // what was under way when it opened says nothing new
      const isNews = failed.untilMs === null ? failed.failures >= failuresMax : failed.asking;
      if (!isNews) return;
      failed.asking = false;
      failed.openedMs = Math.min(Math.max(failed.openedMs * 2, openMs), openMsMax);
      failed.untilMs = nowMs() + failed.openedMs;
    },
  };
}

/** The provider is not there, or not well. What it judged, or refuses for what the op itself is, is no failure. */
function isFailure(outcome: Outcome): boolean {
  if (outcome.is === 'not-executed') return outcome.again;
  return outcome.is === 'unknown' && ['timeout', 'reset', 'server'].includes(outcome.cause);
}
