import { expect, test } from 'vitest';
import { TurnBatch } from './turn-batch.ts';

/** Doubles numbers; `calls` are the questions of each call. */
function doubling() {
  const calls: (readonly number[])[] = [];
  const batch = new TurnBatch(async (numbers: readonly number[]) => {
    calls.push(numbers);
    if (numbers.includes(0)) throw new RangeError('0');
    return numbers.map((n) => 2 * n);
  });
  return { batch, calls };
}

test('what is asked in one turn goes in one call, and each has its own answer', async () => {
  const { batch, calls } = doubling();
  const late = Promise.resolve().then(() => batch.ask(3));
  expect(await Promise.all([batch.ask(1), batch.ask(2), late])).toEqual([2, 4, 6]);
  expect(await batch.ask(4)).toBe(8);
  expect(calls).toEqual([[1, 2, 3], [4]]);
});

test('a call has at most 500', async () => {
  const { batch, calls } = doubling();
  const numbers = Array.from({ length: 1_001 }, (_, i) => i + 1);
  expect(await Promise.all(numbers.map((n) => batch.ask(n)))).toEqual(numbers.map((n) => 2 * n));
  expect(calls.map(({ length }) => length)).toEqual([500, 500, 1]);
});

test('all of a call that fails fail, those of the next do not', async () => {
  const { batch } = doubling();
  const failed = await Promise.allSettled([batch.ask(1), batch.ask(0)]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await batch.ask(1)).toBe(2);
});
