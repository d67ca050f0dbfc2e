import { seededRandom } from '../../../clients/seeded-random.ts';

/** Choices that are the same for the same seed. */
export interface Pick {
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  chance(share: number): boolean;
  /** One of a list that is not empty. */
  one<T>(list: readonly T[]): T;
  /** One of a list; undefined if it is empty. */
  of<T>(list: readonly T[]): T | undefined;
}

/** The choices of a seed. */
export function pickBySeed(seed: number): Pick {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const of = <T>(list: readonly T[]): T | undefined => list[below(list.length)];
  return {
    below,
    chance: (share) => random() < share,
    of,
    one: <T>(list: readonly T[]): T => {
      if (list.length === 0) throw new RangeError('one of nothing');
      return of(list) as T;
    },
  };
}
