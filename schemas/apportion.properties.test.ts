import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { apportion } from './apportion.ts';

const sum = (numbers: readonly number[]): bigint => numbers.reduce((all, one) => all + BigInt(one), 0n);
const weights = fc.array(fc.nat(2 ** 46), { minLength: 1, maxLength: 100 });
const amountOf = (of: readonly number[]) => fc.bigInt({ min: 0n, max: sum(of) }).map(Number);

test('shares add up to the amount, and none is above its weight or a whole unit from its exact part', () => {
  fc.assert(
    fc.property(
      weights.chain((of) => fc.tuple(fc.constant(of), amountOf(of))),
      ([of, amountMinor]) => {
        const shares = apportion(amountMinor, of);
        expect(sum(shares)).toBe(BigInt(amountMinor));
        shares.forEach((share, i) => {
          const weight = of[i] ?? 0;
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(weight);
          const error = BigInt(share) * sum(of) - BigInt(amountMinor) * BigInt(weight);
          expect(error < 0n ? -error : error).toBeLessThan(sum(of) || 1n);
        });
      },
    ),
  );
});

test('the largest remainder gets what is left over, the lower number where two are equal', () => {
  expect(apportion(100, [333, 333, 334])).toEqual([33, 33, 34]);
  expect(apportion(2, [1, 1, 1])).toEqual([1, 1, 0]);
  expect(apportion(1, [1, 2, 2])).toEqual([0, 1, 0]);
  expect(apportion(0, [0, 0])).toEqual([0, 0]);
  expect(apportion(Number.MAX_SAFE_INTEGER, [Number.MAX_SAFE_INTEGER])).toEqual([Number.MAX_SAFE_INTEGER]);
});

test.each([
  [-1, [5]],
  [6, [5]],
  [1, []],
  [1, [-1, 5]],
])('refuses to share %i among %j', (amountMinor, of) => {
  expect(() => apportion(amountMinor, of)).toThrow(RangeError);
});
