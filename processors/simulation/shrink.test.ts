import { expect, test } from 'vitest';
import { fromIntegers, shrink, toIntegers, type Tried } from './shrink.ts';
import type { Forced } from './run-seed.ts';

/** A run of 40 choices a stream that are not calm; it fails while choices 7 and 31 of the faults are not. */
const attempt = async (forced: Forced): Promise<Tried> => {
  const left = (stream: keyof Forced): number[] =>
    Array.from({ length: 40 }, (_, at) => at).filter((at) => !forced[stream].has(at));
  const faults = left('faults');
  return {
    fails: faults.includes(7) && faults.includes(31),
    noted: { faults, workload: left('workload'), network: left('network') },
  };
};

test('leaves out every choice that the failure does not need', async () => {
  const { forced } = await shrink(attempt, () => false);
  expect(forced.faults.size).toBe(38);
  expect(forced.faults.has(7) || forced.faults.has(31)).toBe(false);
  expect([forced.workload.size, forced.network.size]).toEqual([40, 40]);
});

test('ends when its time is over, with a run that still fails', async () => {
  let looks = 0;
  const { forced, runs } = await shrink(attempt, () => (looks += 1) > 4);
  expect(runs).toBeLessThan(10);
  expect((await attempt(forced)).fails).toBe(true);
});

test('the choices are a list of integers that reads back', async () => {
  const { forced } = await shrink(attempt, () => false);
  const list = toIntegers(forced);
  expect(list.every(Number.isSafeInteger)).toBe(true);
  expect(fromIntegers(list)).toEqual(forced);
  expect(() => fromIntegers([9, 1, 2])).toThrow(RangeError);
  expect(() => fromIntegers([0, 5, 2])).toThrow(RangeError);
});
