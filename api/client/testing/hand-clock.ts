import { vi } from 'vitest';
import type { Surroundings } from '../surroundings.ts';

/** A clock that the test moves. `pauses` are those that ended because the clock came so far, in order, ms. */
export interface HandClock extends Pick<Surroundings, 'wait' | 'random' | 'nowMs'> {
  readonly pauses: readonly number[];
  /** Resolves when somebody waits for so long (at least); returns how long. */
  awaited(ms: number): Promise<number>;
  advance(ms: number): void;
}

/** `random` is 0.5 for ever: half of each bound. */
export function createHandClock(): HandClock {
  const waits = new Set<{ readonly ms: number; readonly atMs: number; readonly end: () => void }>();
  const pauses: number[] = [];
  let nowMs = 0;
  return {
    pauses,
    random: () => 0.5,
    nowMs: () => nowMs,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        const end = (): void => {
          waits.delete(one);
          resolve();
        };
        const one = { ms, atMs: nowMs + ms, end };
        waits.add(one);
        signal.addEventListener('abort', end);
        if (signal.aborted) end();
      }),
    awaited: (ms) =>
      vi.waitFor(() => {
        const longest = Math.max(0, ...[...waits].map((one) => one.atMs - nowMs));
        if (longest < ms) throw new Error(`nobody waits for ${ms} ms; the longest wait is ${longest}`);
        return longest;
      }, 10_000),
    advance(ms) {
      nowMs += ms;
      for (const one of [...waits].filter(({ atMs }) => atMs <= nowMs)) {
        pauses.push(one.ms);
        one.end();
      }
    },
  };
}

/** Surroundings in which every pause between tries is over at once and recorded, and no limit of time is ever reached. */
export function createHurry(limitMs: number): Pick<Surroundings, 'wait' | 'random' | 'nowMs'> & {
  readonly pauses: readonly number[];
} {
  const pauses: number[] = [];
  let nowMs = 0;
  return {
    pauses,
    random: () => 0.5,
    nowMs: () => nowMs,
    wait: (ms, signal) => {
      if (ms < limitMs) {
        pauses.push(ms);
        nowMs += ms;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve());
      });
    },
  };
}
