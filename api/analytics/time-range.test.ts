import { expect, test } from 'vitest';
import { type Bucket, offsetMs, parseInstant, toLocalText, toTimeRange } from './time-range.ts';

const iso = (atMs: number | null) => (atMs === null ? null : new Date(atMs).toISOString());

test.each([
  ['2026-03-29T01:00:00Z', 'UTC', '2026-03-29T01:00:00.000Z'],
  ['2026-03-29T01:00:00.5+13:45', 'UTC', '2026-03-28T11:15:00.500Z'],
  ['2026-01-15', 'Europe/London', '2026-01-15T00:00:00.000Z'],
  ['2026-03-29', 'Europe/London', '2026-03-29T00:00:00.000Z'], // 23 hours follow
  ['2026-03-30', 'Europe/London', '2026-03-29T23:00:00.000Z'],
  ['2026-10-25', 'Europe/London', '2026-10-24T23:00:00.000Z'], // 25 hours follow
  ['2026-10-26', 'Europe/London', '2026-10-26T00:00:00.000Z'],
  ['2026-01-15', 'Pacific/Chatham', '2026-01-14T10:15:00.000Z'],
  ['2026-01-15', 'America/St_Johns', '2026-01-15T03:30:00.000Z'],
  ['2026-09-06', 'America/Santiago', '2026-09-06T04:00:00.000Z'], // midnight is skipped: the day begins at one
  ['2026-11-01', 'America/Havana', '2026-11-01T04:00:00.000Z'], // midnight comes twice: the first
])('%s in %s is the instant %s', (text, tz, wanted) => {
  expect(iso(parseInstant(text, tz))).toBe(wanted);
});

test.each([
  '',
  'yesterday',
  '2026-02-31',
  '2026-13-01',
  '2026-02-31T00:00:00Z',
  '2026-01-01T25:00:00Z',
  '2026-01-01T00:00:00',
  '2026-1-1',
])('%j is no instant', (text) => {
  expect(parseInstant(text, 'UTC')).toBeNull();
});

test('an instant is shown as the clocks of a zone show it', () => {
  expect(toLocalText(Date.UTC(2026, 0, 14, 10, 15), 'Pacific/Chatham')).toBe('2026-01-15T00:00:00+13:45');
  expect(toLocalText(Date.UTC(2026, 6, 1), 'America/St_Johns')).toBe('2026-06-30T21:30:00-02:30');
  expect(toLocalText(0, 'UTC')).toBe('1970-01-01T00:00:00+00:00');
  expect(offsetMs(0, 'Africa/Monrovia')).toBe(-2_670_000); // 44 min 30 s
});

const width = (bucket: Bucket, from: string, to: string) => () =>
  toTimeRange({ from, to, tz: 'UTC', bucket }, 0);

test('ten thousand buckets are answered, one more is refused before anything is read', () => {
  const end = new Date(10_000 * 60_000);
  expect(width('minute', '1970-01-01', end.toISOString())().toMs).toBe(end.getTime());
  expect(width('minute', '1970-01-01', new Date(end.getTime() + 1).toISOString())).toThrow(/range-too-wide/);
  expect(width('hour', '2020-01-01', '2021-03-01')).toThrow(/range-too-wide/);
  expect(width('day', '1990-01-01', '2020-01-01')).toThrow(/range-too-wide/);
  expect(width('month', '1970-01-01', '2099-12-31')().fromMs).toBe(0);
});

test('without limits it ends where the caller says and goes back as far as the limit lets it', () => {
  const now = Date.UTC(2026, 0, 1);
  expect(toTimeRange({ tz: 'UTC', bucket: 'minute' }, now)).toEqual({
    fromMs: now - 10_000 * 60_000,
    toMs: now,
  });
  expect(toTimeRange({ tz: 'UTC', bucket: 'month' }, now).fromMs).toBe(0);
});

test.each([
  ['2026-01-02', '2026-01-02'],
  ['2026-01-02', '2026-01-01'],
  ['soon', '2026-01-02'],
  ['2026-01-01', '2101-01-01'],
  ['1969-12-31', '1970-01-02'],
])('from %s to %s is an unusable query', (from, to) => {
  expect(width('day', from, to)).toThrow(/invalid-query/);
});
