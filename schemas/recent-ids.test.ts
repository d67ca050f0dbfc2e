import { expect, test } from 'vitest';
import { createRecentIds, recallId, rememberId, rememberedMs } from './recent-ids.ts';

test('recalls an id for 24 hours and not a millisecond longer', () => {
  const recent = createRecentIds<string>();
  rememberId(recent, 'a', 'first', 1_000);
  expect(recallId(recent, 'a', 1_000 + rememberedMs - 1)).toBe('first');
  expect(recallId(recent, 'a', 1_000 + rememberedMs)).toBeUndefined();
});

test('keeps the first value of an id while it is remembered, and takes a new one afterwards', () => {
  const recent = createRecentIds<string>();
  rememberId(recent, 'a', 'first', 0);
  rememberId(recent, 'a', 'second', 5);
  expect(recallId(recent, 'a', 5)).toBe('first');
  rememberId(recent, 'a', 'third', rememberedMs);
  expect(recallId(recent, 'a', rememberedMs)).toBe('third');
  rememberId(recent, 'b', 'other', 2 * rememberedMs - 1);
  expect(recallId(recent, 'a', 2 * rememberedMs - 1)).toBe('third');
});

test('holds no more than what 24 hours brought', () => {
  const recent = createRecentIds<number>();
  const every = rememberedMs / 1_000;
  for (let i = 0; i < 20_000; i += 1) rememberId(recent, `id-${i}`, i, i * every);
  expect(recent.byId.size).toBe(1_000);
  expect(recent.queue.length).toBeLessThan(4_000);
  expect(recallId(recent, 'id-19001', 19_999 * every)).toBe(19_001);
  expect(recallId(recent, 'id-18999', 19_999 * every)).toBeUndefined();
});
