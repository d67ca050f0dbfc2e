import { offsetMs, startOfLocalDate, type TimeRange, toLocalText } from '../../api/analytics/time-range.ts';

/** What a scheduled report is of: the last whole hour, day, week or month that had ended when it was due. */
export const rangeNames = ['last-hour', 'yesterday', 'last-7-days', 'last-week', 'last-month'] as const;
export type RangeName = (typeof rangeNames)[number];

const hourMs = 3_600_000;
const dayMs = 86_400_000;

/**
 * The range before an instant (epoch ms) on the clocks of an IANA zone: its days may have 23 or 25 hours, its weeks begin on
 * Monday. Ends at or before the instant, so that it can be complete.
 */
export function rangeBefore(name: RangeName, atMs: number, timeZone: string): TimeRange {
  // midnight of the local date, as if in UTC: dates are counted there, where each has 24 hours
  const today = Date.parse(`${toLocalText(atMs, timeZone).slice(0, 10)}T00:00:00Z`);
  const ofDates = (from: number, to: number): TimeRange => ({
    fromMs: startOfLocalDate(from, timeZone),
    toMs: startOfLocalDate(to, timeZone),
  });
  const day = new Date(today);
  const hour = atMs - ((atMs + offsetMs(atMs, timeZone)) % hourMs); // some zones are half an hour off
  const monday = today - ((day.getUTCDay() + 6) % 7) * dayMs;
  const first = (monthsBack: number): number =>
    Date.UTC(day.getUTCFullYear(), day.getUTCMonth() - monthsBack, 1);
  const ranges: Readonly<Record<RangeName, TimeRange>> = {
    'last-hour': { fromMs: hour - hourMs, toMs: hour },
    yesterday: ofDates(today - dayMs, today),
    'last-7-days': ofDates(today - 7 * dayMs, today),
    'last-week': ofDates(monday - 7 * dayMs, monday),
    'last-month': ofDates(first(1), first(0)),
  };
  return ranges[name];
}
