import { expect, test } from 'vitest';
import { parseSchedule } from './due-times.ts';

const at = (text: string): number => Date.parse(text);
const texts = (times: readonly number[]): readonly string[] =>
  times.map((due) => new Date(due).toISOString());
const next = (cron: string, zone: string, from: string, count: number) =>
  texts(parseSchedule(cron, zone).next(at(from), count));

test('a time is due on the clocks of the zone, summer and winter', () => {
  expect(next('30 6 * * *', 'Europe/London', '2026-03-27T12:00:00Z', 3)).toEqual([
    '2026-03-28T06:30:00.000Z',
    '2026-03-29T05:30:00.000Z',
    '2026-03-30T05:30:00.000Z',
  ]);
});

test('a time that the clocks leave out is due when they have gone forward', () => {
  expect(next('30 1 * * *', 'Europe/London', '2026-03-28T12:00:00Z', 2)).toEqual([
    '2026-03-29T01:00:00.000Z',
    '2026-03-30T00:30:00.000Z',
  ]);
  expect(next('30 1,13 * * *', 'Europe/London', '2026-03-28T18:00:00Z', 2)).toEqual([
    '2026-03-29T01:00:00.000Z',
    '2026-03-29T12:30:00.000Z',
  ]);
});

test('a time that comes twice when the clocks go back is due once', () => {
  expect(next('30 1 * * *', 'Europe/London', '2026-10-24T12:00:00Z', 2)).toEqual([
    '2026-10-25T00:30:00.000Z',
    '2026-10-26T01:30:00.000Z',
  ]);
});

test('each hour is due in both hours of one name: it is another hour', () => {
  expect(next('0 * * * *', 'Europe/London', '2026-10-24T23:30:00Z', 4)).toEqual([
    '2026-10-25T00:00:00.000Z',
    '2026-10-25T01:00:00.000Z',
    '2026-10-25T02:00:00.000Z',
    '2026-10-25T03:00:00.000Z',
  ]);
});

test('the latest due times are those that come forward too, the instant itself among them', () => {
  const schedule = parseSchedule('30 1 * * *', 'Europe/London');
  for (const [from, to] of [
    ['2026-03-26T12:00:00Z', '2026-03-31T00:30:00Z'],
    ['2026-10-22T12:00:00Z', '2026-10-27T01:30:00Z'],
  ] as const) {
    const forward = schedule.next(at(from), 5);
    expect(texts(schedule.latest(at(to), 5))).toEqual(texts(forward));
    expect(schedule.latest(at(to) - 1, 4)).toEqual(forward.slice(0, 4));
  }
});

test.each(['* * * *', '0 0 6 * * *', '61 * * * *', '0 9 31 2', 'noon'])('%s is no schedule', (cron) => {
  expect(() => parseSchedule(cron, 'UTC')).toThrow();
});
