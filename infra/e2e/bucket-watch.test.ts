import { expect, test } from 'vitest';
import type { Report, ReportRow } from '../../api/analytics/report.ts';
import { BucketWatch, type Watched } from './bucket-watch.ts';

const minuteMs = 60_000;
const byMinute: Watched = { key: 'sales', bucketMs: minuteMs, names: ['currency'] };
const asOf: Watched = { key: 'sales as of then', bucketMs: null, names: ['currency'] };

/** A row of minute `n` of 1970. */
const row = (n: number, gross: number, partial: boolean): ReportRow => ({
  bucket: new Date(n * minuteMs).toISOString(),
  currency: 'GBP',
  gross_minor: gross,
  partial,
});

/** An answer complete until so many minutes. */
const answer = (minutes: number, ...data: readonly ReportRow[]): Report => ({
  data,
  totals: [],
  meta: { complete_until: new Date(minutes * minuteMs).toISOString() } as Report['meta'],
});

function changesOf(watched: Watched, ...answers: readonly Report[]): readonly string[] {
  const watch = new BucketWatch();
  for (const each of answers) watch.take(watched, each);
  return watch.changes;
}

test('what grows until its bucket is over, and stays from then on, is no change', () => {
  const watch = new BucketWatch();
  watch.take(byMinute, answer(1.5, row(0, 5, false), row(1, 1, true)));
  watch.take(byMinute, answer(1.9, row(0, 5, false), row(1, 7, true)));
  watch.take(byMinute, answer(2, row(0, 5, false), row(1, 9, false)));
  watch.take(byMinute, answer(2.5, row(0, 5, false), row(1, 9, false), row(2, 3, true)));
  expect(watch.changes).toEqual([]);
  expect(watch.buckets).toBe(2);
  expect(watch.completeUntilMs('sales')).toBe(2.5 * minuteMs);
});

test('a figure of a bucket that was complete changes, or goes, or comes', () => {
  const before = answer(2, row(0, 5, false), row(1, 9, false));
  expect(changesOf(byMinute, before, answer(3, row(0, 5, false), row(1, 10, false)))).toHaveLength(1);
  expect(changesOf(byMinute, before, answer(3, row(0, 5, false)))).toHaveLength(1);
  expect(changesOf(byMinute, answer(2, row(1, 9, false)), before)).toHaveLength(1);
});

test('a bucket that was complete is so for ever, though a later answer is complete up to less', () => {
  const [before, after] = [answer(2, row(1, 9, false)), answer(1, row(1, 8, true))];
  expect(changesOf(byMinute, before, after)).toHaveLength(1);
});

test('a mark that does not say what complete_until says is told', () => {
  expect(changesOf(byMinute, answer(2, row(1, 9, true)))).toHaveLength(1);
  expect(changesOf(byMinute, answer(1.9, row(1, 9, false)))).toHaveLength(1);
});

test('as of an instant the whole answer stays: no row changes, goes or comes', () => {
  const before = answer(2, row(0, 5, false), row(2, 1, true));
  expect(changesOf(asOf, before, before)).toEqual([]);
  expect(changesOf(asOf, before, answer(2, row(0, 5, false), row(2, 2, true)))).toHaveLength(1);
  expect(changesOf(asOf, before, answer(2, row(0, 5, false)))).toHaveLength(1);
  expect(changesOf(asOf, answer(2, row(0, 5, false)), before)).toHaveLength(1);
});
