import { expect, test } from 'vitest';
import { seededRandom } from '../clients/seeded-random.ts';
import { pairedRatio } from './paired-ratio.ts';

test('pairs are compared one by one: what both blocks of a pair suffer cancels out', () => {
  const { ratio, interval95 } = pairedRatio([11, 22, 110], [10, 20, 100], seededRandom(1));
  expect(ratio).toBeCloseTo(1.1);
  expect(interval95[0]).toBeCloseTo(1.1);
  expect(interval95[1]).toBeCloseTo(1.1);
});

test('twice as much and half as much are none at all on average, within an interval of both', () => {
  const { ratio, interval95 } = pairedRatio([2, 1, 2, 1], [1, 2, 1, 2], seededRandom(1));
  expect(ratio).toBeCloseTo(1);
  expect(interval95[0]).toBeCloseTo(0.5);
  expect(interval95[1]).toBeCloseTo(2);
});

test('a block without its pair is an error', () => {
  expect(() => pairedRatio([1, 2], [1], seededRandom(1))).toThrow(RangeError);
  expect(() => pairedRatio([], [], seededRandom(1))).toThrow(RangeError);
});
