import { expect, test } from 'vitest';
import { compareRows, compareTotals } from './compare-rows.ts';

const s = (text: string): number => Date.parse(text) / 1000;
const comparison = {
  shift: { unit: 'months', count: 12 },
  tz: 'UTC',
  bucket: 'day',
  dimensions: ['currency'],
  balances: ['open_minor'],
} as const;
const row = (day: string, currency: string, gross: number, open = 0) => ({
  bucket_s: s(`${day}T00:00:00Z`),
  currency,
  gross_minor: gross,
  open_minor: open,
});

test('each row stands beside the same day of the year before, and a day of that year alone gets a row of zeros', () => {
  const rows = compareRows(
    [row('2024-02-28', 'GBP', 5, 1), row('2024-02-29', 'GBP', 6, 2), row('2024-03-02', 'GBP', 7, 3)],
    [row('2023-02-28', 'GBP', 50, 10), row('2023-02-28', 'JPY', 60, 11), row('2023-03-01', 'GBP', 70, 12)],
    comparison,
  );
  expect(rows).toEqual([
    { ...row('2024-02-28', 'GBP', 5, 1), ...previous('2023-02-28', 50, 10) },
    { ...row('2024-02-28', 'JPY', 0), open_minor: null, ...previous('2023-02-28', 60, 11) },
    { ...row('2024-02-29', 'GBP', 6, 2), ...previous(null, null, null) },
    { ...row('2024-03-01', 'GBP', 0), open_minor: null, ...previous('2023-03-01', 70, 12) },
    { ...row('2024-03-02', 'GBP', 7, 3), ...previous('2023-03-02', 0, null) },
  ]);
});

const previous = (day: string | null, gross: number | null, open: number | null) => ({
  previous_bucket_s: day === null ? null : s(`${day}T00:00:00Z`),
  previous_gross_minor: gross,
  previous_open_minor: open,
});

test('a leap day of the earlier year has no row, its money is in the earlier total', () => {
  const leap = [row('2024-02-29', 'GBP', 9)];
  expect(compareRows([], leap, comparison)).toEqual([]);
  expect(compareTotals([], [{ currency: 'GBP', gross_minor: 9 }])).toEqual([
    { currency: 'GBP', gross_minor: 0, previous_gross_minor: 9 },
  ]);
});

test('rows that are no buckets compare by their dimensions', () => {
  const rows = compareRows(
    [{ bucket_s: 0, currency: 'GBP', hour: 9, n: 2 }],
    [{ bucket_s: 0, currency: 'GBP', hour: 9, n: 1 }],
    {
      ...comparison,
      bucket: null,
      dimensions: ['currency', 'hour'],
    },
  );
  expect(rows).toEqual([{ bucket_s: 0, currency: 'GBP', hour: 9, n: 2, previous_n: 1 }]);
});
