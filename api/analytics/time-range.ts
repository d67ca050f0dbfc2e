import { Problem } from '../http/problem.ts';

export const buckets = ['minute', '5m', '15m', 'hour', 'day', 'week', 'month'] as const;
export type Bucket = (typeof buckets)[number];

/** A span of time, epoch milliseconds: `from` belongs to it, `to` does not. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** Usual lengths; a day may have 23 to 25 hours, a month 28 to 31 days. */
const lengthMs: Readonly<Record<Bucket, number>> = {
  minute: minuteMs,
  '5m': 5 * minuteMs,
  '15m': 15 * minuteMs,
  hour: 60 * minuteMs,
  day: dayMs,
  week: 7 * dayMs,
  month: 28 * dayMs,
};

const bucketsMax = 10_000;
/** What a table's DateTime can hold. */
const latestMs = Date.UTC(2100, 0, 1);

const instantPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;
const localDatePattern = /^(\d{4})-(\d\d)-(\d\d)$/;

/** The instant that an RFC 3339 time, or the start of a local date in `tz`, names; null if the text is neither. */
export function parseInstant(text: string, tz: string): number | null {
  const [, year, month, day] = localDatePattern.exec(text) ?? [];
  const isDate = year !== undefined && month !== undefined && day !== undefined;
  if (!isDate && !instantPattern.test(text)) return null;
  const asUtc = Date.parse(isDate ? `${text}T00:00:00Z` : text);
  // Date.parse takes 31 February: what it made of the date must be the date.
  const dateMs = Date.parse(`${text.slice(0, 10)}T00:00:00Z`);
  const isReal = !Number.isNaN(asUtc) && new Date(dateMs).toISOString().startsWith(text.slice(0, 10));
  if (!isReal) return null;
  return isDate ? startOfLocalDate(asUtc, tz) : asUtc;
}

/** How far a zone's clocks are ahead of UTC at an instant, ms. */
export function offsetMs(atMs: number, tz: string): number {
  const name =
    partsOf(tz)
      .formatToParts(atMs)
      .find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  const [, sign, hours, minutes = '0', seconds = '0'] =
    /^GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(name) ?? [];
  if (sign === undefined) return 0;
  const total = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -total : total;
}

const formats = new Map<string, Intl.DateTimeFormat>();
function partsOf(tz: string): Intl.DateTimeFormat {
  const known =
    formats.get(tz) ?? new Intl.DateTimeFormat('en', { timeZone: tz, timeZoneName: 'longOffset' });
  formats.set(tz, known);
  return known;
}

/** The first instant of a local date (`dateMs` = its midnight as if in UTC); where midnight is skipped, the first after. */
export function startOfLocalDate(dateMs: number, tz: string): number {
  const [before, after] = [offsetMs(dateMs - dayMs, tz), offsetMs(dateMs + dayMs, tz)];
  const candidates = [dateMs - before, dateMs - after].toSorted((a, b) => a - b);
  const exact = candidates.find((at) => at + offsetMs(at, tz) === dateMs);
  return exact ?? dateMs - before;
}

/** `2026-03-29T01:00:00+01:00`: an instant as the clocks of a zone show it. */
export function toLocalText(atMs: number, tz: string): string {
  const offset = offsetMs(atMs, tz);
  const size = Math.abs(offset) / minuteMs;
  const two = (value: number): string => String(Math.trunc(value)).padStart(2, '0');
  const local = new Date(atMs + offset).toISOString().slice(0, 19);
  return `${local}${offset < 0 ? '-' : '+'}${two(size / 60)}:${two(size % 60)}`;
}

export interface RangeQuestion {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly tz: string;
  readonly bucket: Bucket;
}

/**
 * The range a report is asked for. Without `to` it ends with `latestMs` of the data, without `from` it goes as far
 * back as 10,000 buckets reach. Throws `invalid-query`, or `range-too-wide` before anything is read.
 */
export function toTimeRange({ from, to, tz, bucket }: RangeQuestion, defaultToMs: number): TimeRange {
  const toMs = to === undefined ? defaultToMs : parseTime('to', to, tz);
  const widestMs = bucketsMax * lengthMs[bucket];
  const fromMs = from === undefined ? Math.max(0, toMs - widestMs) : parseTime('from', from, tz);
  if (fromMs >= toMs) throw new Problem('invalid-query', { detail: 'from must be earlier than to.' });
  if (toMs - fromMs > widestMs) throw new Problem('range-too-wide');
  return { fromMs, toMs };
}

/** The instant that the parameter `name` says, epoch ms. Throws `invalid-query`. */
export function parseTime(name: string, text: string, tz: string): number {
  const atMs = parseInstant(text, tz);
  if (atMs !== null && atMs >= 0 && atMs <= latestMs) return atMs;
  throw new Problem('invalid-query', {
    detail: `${name} is an RFC 3339 instant or a local date (YYYY-MM-DD) from 1970 to 2099; for example 2026-03-29.`,
  });
}
