import { expect, test } from 'vitest';
import { TooSlow, within } from './soft-deadline.ts';

const later = <T>(ms: number, value: T): Promise<T> =>
  new Promise((resolve) => setTimeout(resolve, ms, value));

test('gives what comes in time, and a rejection as it is', async () => {
  expect(await within(1_000, Promise.resolve(7))).toBe(7);
  await expect(within(1_000, Promise.reject(new RangeError('x')))).rejects.toThrow(RangeError);
});

test('gives up on what does not come', async () => {
  await expect(within(30, new Promise(() => undefined))).rejects.toThrow(TooSlow);
});

test('of those who wait at the same time each has its own deadline', async () => {
  const patient = within(2_000, later(100, 'here'));
  const ended: string[] = [];
  await Promise.all([
    expect(within(80, new Promise(() => undefined)).finally(() => ended.push('late'))).rejects.toThrow(
      TooSlow,
    ),
    expect(within(10, new Promise(() => undefined)).finally(() => ended.push('early'))).rejects.toThrow(
      TooSlow,
    ),
  ]);
  expect(ended).toEqual(['early', 'late']);
  expect(await patient).toBe('here');
});

test('a loop that was held up still takes the answer that came meanwhile', async () => {
  const answer = within(50, later(20, 'here'));
  const endMs = performance.now() + 200;
  while (performance.now() < endMs);
  expect(await answer).toBe('here');
});
