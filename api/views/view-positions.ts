import type { Coordinate } from '../http/coordinate.ts';
import { Problem } from '../http/problem.ts';

/** How far a view of one partition has folded. */
export interface ViewPosition {
  /** Highest inbox offset it includes, −1 = none. */
  readonly cause: number;
  /** Its watermark, epoch ms of the log's clock; null = the view has not begun. */
  readonly atMs: number | null;
}

/** A watermark older than this proves nothing about what is absent (DESIGN §4). */
const watermarkAgeMaxMs = 20_000;

const pollMs = 20;

export const parseViewPosition = (
  cause: string | null | undefined,
  atMs: string | null | undefined,
): ViewPosition => ({
  cause: cause === null || cause === undefined ? -1 : Number(cause),
  atMs: atMs === null || atMs === undefined ? null : Number(atMs),
});

interface Waiter {
  readonly offset: number;
  readonly resolve: (reached: boolean) => void;
  readonly deadlineMs: number;
}

/** Waits until a view includes a coordinate: one poll of Redis a partition, however many wait. */
export class ViewPositions {
  readonly #read: (partition: number) => Promise<readonly (string | null)[]>;
  readonly #leaving: AbortSignal | undefined;
  readonly #waiters = new Map<number, Waiter[]>();

  /** `read` asks for `cause` and `atMs` of a partition's live position. Once `leaving` is aborted nobody waits any longer. */
  constructor(read: (partition: number) => Promise<readonly (string | null)[]>, leaving?: AbortSignal) {
    this.#read = read;
    this.#leaving = leaving;
  }

  async positionOf(partition: number): Promise<ViewPosition> {
    return orUnavailable(async () => {
      const [cause, atMs] = await this.#read(partition);
      return parseViewPosition(cause, atMs);
    });
  }

  /** Resolves when the view includes the coordinate. Throws `view-behind` after `waitMs`, `view-unavailable` without Redis. */
  async reach({ partition, offset }: Coordinate, waitMs: number): Promise<void> {
    const { cause } = await this.positionOf(partition);
    if (cause >= offset) return;
    const reached = await new Promise<boolean>((resolve) => {
      const waiter = { offset, resolve, deadlineMs: performance.now() + waitMs };
      const others = this.#waiters.get(partition);
      if (others) others.push(waiter);
      else {
        this.#waiters.set(partition, [waiter]);
        this.#pollLater(partition);
      }
    });
    if (!reached) throw new Problem('view-behind');
  }

  #pollLater(partition: number): void {
    setTimeout(() => void this.#poll(partition), pollMs);
  }

  async #poll(partition: number): Promise<void> {
    // A view that cannot be asked has not come further: those who wait learn it at their deadline.
    const cause = await this.positionOf(partition).then(
      (position) => position.cause,
      () => -1,
    );
    const nowMs = performance.now();
    const still: Waiter[] = [];
    for (const waiter of this.#waiters.get(partition) ?? []) {
      if (cause >= waiter.offset) waiter.resolve(true);
      else if (nowMs >= waiter.deadlineMs || this.#leaving?.aborted) waiter.resolve(false);
      else still.push(waiter);
    }
    if (still.length > 0) {
      this.#waiters.set(partition, still);
      this.#pollLater(partition);
    } else this.#waiters.delete(partition);
  }
}

/** What Redis answers; any error of its client is `view-unavailable`. */
export async function orUnavailable<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem('view-unavailable', { cause: error });
  }
}

/** Throws what to say of an object that is not in the view: `not-found` if the view is fresh enough to know. */
export function absent(position: ViewPosition, nowMs: number): Problem {
  return new Problem(isFresh(position, nowMs) ? 'not-found' : 'view-unavailable');
}

export const isFresh = ({ atMs }: ViewPosition, nowMs: number): boolean =>
  atMs !== null && nowMs - atMs < watermarkAgeMaxMs;
