import type { Pacing } from '../log.ts';

/** What our patch of kafkajs's consumer group asks and tells. */
export interface FetchHooks {
  /** How the next fetch shall wait; or there is nothing to fetch, and the wait for something is over. */
  beforeFetch(): Promise<Pacing | 'nothing-to-fetch'>;
  onRebalancing(): void;
}

export interface FetchPacer {
  beforeFetch(): Promise<Pacing | 'nothing-to-fetch'>;
  /** Records arrived. */
  sawRecords(): void;
  /** The assignment, or which partitions are paused, has changed. */
  changed(active: number): void;
  /** Ends a wait for something to fetch, for ever: the consumer stops. */
  release(): void;
}

/** After this long without records a consumer is idle, at the earliest. */
const idleAfterMs = 200;
/** So long after a pause or resume another one is likely: no long poll may stand in its way. */
const settledAfterMs = 5_000;

/**
 * Paces the fetches of one consumer (performance.md §2). While records flow it gathers as configured; when it is idle
 * one long poll a heartbeat replaces fifty short ones, and minBytes 1 lets the first record through at once.
 * A long poll cannot be woken, so none starts just after a pause, resume or assignment. With nothing to fetch it
 * waits here, where `changed` wakes it: kafkajs would sleep a whole maxWaitTimeInMs.
 */
export function createFetchPacer(
  configured: Pacing,
  idleWaitMs: number,
  now: () => number = Date.now,
): FetchPacer {
  const idle: Pacing = { minBytes: 1, maxWaitMs: idleWaitMs };
  let active = 0;
  let released = false;
  let recordsAtMs = now();
  let changedAtMs = now();
  const waiting = new Set<() => void>();

  /** One fetcher for each broker may wait here. */
  const waitForChange = (): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, idleWaitMs);
      waiting.add(end);
    });

  const wake = (): void => {
    for (const end of waiting) end();
  };

  return {
    async beforeFetch() {
      if (active === 0) {
        if (!released) await waitForChange();
        if (active === 0) return 'nothing-to-fetch';
      }
      const at = now();
      const settled = at - changedAtMs >= settledAfterMs;
      return settled && at - recordsAtMs >= idleAfterMs ? idle : configured;
    },
    sawRecords() {
      recordsAtMs = now();
    },
    changed(partitions) {
      active = partitions;
      changedAtMs = now();
      wake();
    },
    release() {
      released = true;
      active = 0;
      wake();
    },
  };
}
