import { expect, test } from 'vitest';
import type { Report, Row } from './api.ts';
import { gridOf, openFromOf, type Range, rangeOf } from './ranges.ts';

const rangeCalled = (name: string): Range => rangeOf(new URLSearchParams({ range: name }));
const metaOf = (from: string, completeUntil: string | null, tz = 'Europe/London'): Report['meta'] =>
  ({ from, tz, complete_until: completeUntil }) as Report['meta'];
const rowAt = (bucket: string, partial = false): Row => ({ bucket, bucket_local: bucket, partial });

test('a minute that has begun and has no row yet is not complete: the last complete one is before it', () => {
  const hour = rangeCalled('hour');
  const meta = metaOf('2026-06-01T10:00:00Z', '2026-06-01T10:03:05Z');
  const rows = [rowAt('2026-06-01T10:00:00Z'), rowAt('2026-06-01T10:02:00Z')];
  const grid = gridOf(rows, hour, meta);
  expect(grid.map(({ row }) => row !== null)).toEqual([true, false, true, false]);
  const openFrom = openFromOf(grid, hour, meta);
  expect(openFrom).toBe(3);
  expect(grid[openFrom - 1]?.row).toBe(rows[1]);
});

test('a minute without a row is complete, and 0, from its end on', () => {
  const hour = rangeCalled('hour');
  const meta = metaOf('2026-06-01T10:00:00Z', '2026-06-01T10:04:00Z');
  const grid = gridOf([rowAt('2026-06-01T10:00:00Z')], hour, meta);
  expect(grid).toHaveLength(5);
  expect(openFromOf(grid, hour, meta)).toBe(4);
});

test('a day ends at midnight of the store, not of UTC', () => {
  const month = rangeCalled('month');
  const of = (completeUntil: string): number => {
    const meta = metaOf('2026-06-01T15:00:00Z', completeUntil, 'Asia/Tokyo');
    return openFromOf(gridOf([rowAt('2026-06-02T00:00:00+09:00')], month, meta), month, meta);
  };
  expect(of('2026-06-03T14:59:59Z')).toBe(1); // 3 June is not over there
  expect(of('2026-06-03T15:00:00Z')).toBe(2);
});

test('a row says itself whether it is complete; where nothing is known, nothing is', () => {
  const hour = rangeCalled('hour');
  const meta = metaOf('2026-06-01T10:00:00Z', '2026-06-01T10:01:30Z');
  const rows = [rowAt('2026-06-01T10:00:00Z'), rowAt('2026-06-01T10:01:00Z', true)];
  expect(openFromOf(gridOf(rows, hour, meta), hour, meta)).toBe(1);
  const unknown = metaOf('2026-06-01T10:00:00Z', null);
  expect(openFromOf(gridOf([rowAt('2026-06-01T10:00:00Z', true)], hour, unknown), hour, unknown)).toBe(0);
});
