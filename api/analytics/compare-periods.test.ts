import { expect, test } from 'vitest';
import { bucketBack, bucketForth, type Compare, rangeBack, shiftOf } from './compare-periods.ts';
import { type Bucket, parseInstant } from './time-range.ts';

const at = (text: string, tz: string): number => parseInstant(text, tz) ?? Number.NaN;
const iso = (atMs: number | null) =>
  atMs === null ? null : new Date(atMs).toISOString().replace('.000Z', 'Z');

function compared(compare: Compare, bucket: Bucket, tz: string, from: string, to: string) {
  const range = { fromMs: at(from, tz), toMs: at(to, tz) };
  const shift = shiftOf(compare, range, { tz, bucket });
  if (typeof shift === 'string') return shift;
  const { fromMs, toMs } = rangeBack(range, shift, tz);
  return [iso(fromMs), iso(toMs)];
}

test.each<[Compare, Bucket, string, string, string, string, string]>([
  // as many local days before, however long they are
  [
    'previousPeriod',
    'day',
    'Europe/London',
    '2026-03-30',
    '2026-03-31',
    '2026-03-29T00:00:00Z',
    '2026-03-29T23:00:00Z',
  ],
  [
    'previousPeriod',
    'day',
    'UTC',
    '2026-03-01',
    '2026-04-01',
    '2026-01-29T00:00:00Z',
    '2026-03-01T00:00:00Z',
  ],
  // whole months where buckets are months
  [
    'previousPeriod',
    'month',
    'UTC',
    '2026-03-01',
    '2026-04-01',
    '2026-02-01T00:00:00Z',
    '2026-03-01T00:00:00Z',
  ],
  [
    'previousPeriod',
    'month',
    'UTC',
    '2026-01-01',
    '2026-04-01',
    '2025-10-01T00:00:00Z',
    '2026-01-01T00:00:00Z',
  ],
  // whole weeks where buckets are weeks
  [
    'previousPeriod',
    'week',
    'UTC',
    '2026-03-02',
    '2026-03-12',
    '2026-02-16T00:00:00Z',
    '2026-02-26T00:00:00Z',
  ],
  // today until now with yesterday until the same time
  [
    'previousPeriod',
    'hour',
    'Europe/London',
    '2026-03-30',
    '2026-03-30T12:30:00Z',
    '2026-03-29T00:00:00Z',
    '2026-03-29T12:30:00Z',
  ],
  // within a day: by its length, in whole buckets
  [
    'previousPeriod',
    'hour',
    'UTC',
    '2026-03-30T10:00:00Z',
    '2026-03-30T12:30:00Z',
    '2026-03-30T07:00:00Z',
    '2026-03-30T09:30:00Z',
  ],
  [
    'previousWeek',
    'day',
    'Europe/London',
    '2026-03-30',
    '2026-04-06',
    '2026-03-23T00:00:00Z',
    '2026-03-29T23:00:00Z',
  ],
  [
    'previousYear',
    'day',
    'Pacific/Chatham',
    '2026-03-30',
    '2026-03-31',
    '2025-03-29T10:15:00Z',
    '2025-03-30T10:15:00Z',
  ],
  ['previousYear', 'week', 'UTC', '2026-03-02', '2026-03-09', '2025-03-03T00:00:00Z', '2025-03-10T00:00:00Z'],
  // 29 February has no day a year before: the range is empty
  ['previousYear', 'day', 'UTC', '2024-02-29', '2024-03-01', '2023-03-01T00:00:00Z', '2023-03-01T00:00:00Z'],
  ['previousYear', 'day', 'UTC', '2025-02-01', '2025-03-01', '2024-02-01T00:00:00Z', '2024-03-01T00:00:00Z'],
])('%s by %s in %s of %s to %s is %s to %s', (compare, bucket, tz, from, to, wantedFrom, wantedTo) => {
  expect(compared(compare, bucket, tz, from, to)).toEqual([wantedFrom, wantedTo]);
});

test('months have no week before', () => {
  expect(compared('previousWeek', 'month', 'UTC', '2026-03-01', '2026-04-01')).toMatch(/needs bucket=week/);
});

const back = (start: string, shift: Parameters<typeof bucketBack>[1], tz: string, bucket: Bucket) =>
  iso(bucketBack(at(start, tz), shift, { tz, bucket }));
const year = { unit: 'months', count: 12 } as const;
const month = { unit: 'months', count: 1 } as const;
const day = { unit: 'days', count: 1 } as const;

test.each([
  ['2024-02-29', year, 'UTC', 'day', null],
  ['2025-02-28', year, 'UTC', 'day', '2024-02-28T00:00:00Z'],
  ['2026-03-31', month, 'UTC', 'day', null],
  ['2026-03-28', month, 'UTC', 'day', '2026-02-28T00:00:00Z'],
  ['2026-03-01', month, 'UTC', 'month', '2026-02-01T00:00:00Z'],
  // the day after 23 hours; the day after midnight was skipped
  ['2026-03-30', day, 'Europe/London', 'day', '2026-03-29T00:00:00Z'],
  ['2026-09-07', day, 'America/Santiago', 'day', '2026-09-06T04:00:00Z'],
  // 01:30 was left out on the day before; of the two 01:00 the first has one, the second none
  ['2026-03-30T00:30:00Z', day, 'Europe/London', '15m', null],
  ['2026-10-25T00:00:00Z', day, 'Europe/London', 'hour', '2026-10-24T00:00:00Z'],
  ['2026-10-25T01:00:00Z', day, 'Europe/London', 'hour', null],
  ['2026-10-26T01:00:00Z', day, 'Europe/London', 'hour', '2026-10-25T00:00:00Z'],
] as const)('%s goes back %j in %s by %s to %s', (start, shift, tz, bucket, wanted) => {
  expect(back(start, shift, tz, bucket)).toBe(wanted);
});

test('there and back is the same bucket, wherever there is one', () => {
  for (const tz of ['Europe/London', 'America/New_York', 'Pacific/Chatham', 'Asia/Kathmandu']) {
    for (let i = 0; i < 400; i += 1) {
      const start = at(iso(Date.UTC(2025, 0, 1) + i * 86_400_000)?.slice(0, 10) ?? '', tz);
      const cut = { tz, bucket: 'day' } as const;
      const before = bucketBack(start, year, cut);
      expect(before === null ? null : bucketForth(before, year, cut)).toBe(before === null ? null : start);
    }
  }
});
