import { NotAtRest } from './not-at-rest.ts';

/** Time and patience of a look at the sources. */
export interface Patience {
  /** Null: the first failure counts. */
  readonly withinMs: number | null;
  /** Told each failure that is waited out. */
  readonly onWait: (reasons: readonly string[]) => void;
  readonly nowMs: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

const againAfterMs = 1_000;

/**
 * Reads again, within the same patience as for rest, while a source (broker, registry, Redis, ClickHouse) is away: one
 * that restarts is no reason to give up. `read` gets the time left. Throws the last failure when the time is over, and
 * at once what no waiting mends: not at rest in time, a bug.
 */
export async function untilSourcesAnswer<T>(
  { withinMs, onWait, nowMs, pause }: Patience,
  read: (leftMs: number | null) => Promise<T>,
): Promise<T> {
  const deadlineMs = nowMs() + (withinMs ?? 0);
  for (;;) {
    const leftMs = withinMs === null ? null : Math.max(1, deadlineMs - nowMs());
    try {
      return await read(leftMs);
    } catch (error) {
      if (!isSourceAway(error) || nowMs() + againAfterMs > deadlineMs) throw error;
      onWait([error.message]);
      await pause(againAfterMs);
    }
  }
}

const isSourceAway = (error: unknown): error is Error =>
  error instanceof Error &&
  !(error instanceof NotAtRest || error instanceof TypeError || error instanceof RangeError);
