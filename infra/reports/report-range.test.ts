import { expect, test } from 'vitest';
import { rangeBefore, rangeNames } from './report-range.ts';

const before = (...[name, at, zone]: [(typeof rangeNames)[number], string, string]) => {
  const { fromMs, toMs } = rangeBefore(name, Date.parse(at), zone);
  return [new Date(fromMs).toISOString(), new Date(toMs).toISOString()].map((text) =>
    text.replace(':00.000Z', 'Z'),
  );
};

test.each([
  // a usual day of a zone behind UTC: it is still the 9th there
  ['yesterday', '2026-06-10T03:00:00Z', 'America/New_York', '2026-06-08T04:00Z', '2026-06-09T04:00Z'],
  // 23 and 25 hours
  ['yesterday', '2026-03-30T05:30:00Z', 'Europe/London', '2026-03-29T00:00Z', '2026-03-29T23:00Z'],
  ['yesterday', '2026-10-26T06:30:00Z', 'Europe/London', '2026-10-24T23:00Z', '2026-10-26T00:00Z'],
  // due at midnight: the day that has just ended
  ['yesterday', '2026-06-09T23:00:00Z', 'Europe/London', '2026-06-08T23:00Z', '2026-06-09T23:00Z'],
  ['last-7-days', '2026-03-30T05:30:00Z', 'Europe/London', '2026-03-23T00:00Z', '2026-03-29T23:00Z'],
  // Monday to Monday, asked on a Sunday and on a Monday
  ['last-week', '2026-06-07T10:00:00Z', 'UTC', '2026-05-25T00:00Z', '2026-06-01T00:00Z'],
  ['last-week', '2026-06-08T00:00:00Z', 'UTC', '2026-06-01T00:00Z', '2026-06-08T00:00Z'],
  ['last-month', '2026-04-01T05:00:00Z', 'Europe/London', '2026-03-01T00:00Z', '2026-03-31T23:00Z'],
  ['last-month', '2027-01-15T05:00:00Z', 'UTC', '2026-12-01T00:00Z', '2027-01-01T00:00Z'],
  ['last-hour', '2026-06-10T10:59:59Z', 'UTC', '2026-06-10T09:00Z', '2026-06-10T10:00Z'],
  // an hour of a zone that is half an hour off begins with its own clocks
  ['last-hour', '2026-06-10T10:40:00Z', 'Asia/Kolkata', '2026-06-10T09:30Z', '2026-06-10T10:30Z'],
] as const)('%s at %s in %s', (name, at, zone, from, to) => {
  expect(before(name, at, zone)).toEqual([from, to]);
});

test('a range has ended when it is asked for, whatever the hour', () => {
  for (const zone of ['Europe/London', 'America/New_York', 'Asia/Kolkata', 'Pacific/Apia'])
    for (let at = Date.UTC(2026, 2, 25); at < Date.UTC(2026, 3, 5); at += 12_345_678)
      for (const name of rangeNames) {
        const { fromMs, toMs } = rangeBefore(name, at, zone);
        expect(fromMs).toBeLessThan(toMs);
        expect(toMs).toBeLessThanOrEqual(at);
      }
});
