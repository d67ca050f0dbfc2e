import { offsetMs, startOfLocalDate, type Bucket, type TimeRange } from './time-range.ts';

export const compares = ['previousPeriod', 'previousWeek', 'previousYear'] as const;
export type Compare = (typeof compares)[number];

/**
 * How far a comparison goes back on the clocks of a zone. Days and months are those of its calendar, so a day of 23 or 25
 * hours compares with a whole day; `ms` is for a range that begins within a day.
 */
export type Shift =
  | { readonly unit: 'days'; readonly count: number }
  | { readonly unit: 'months'; readonly count: number }
  | { readonly unit: 'ms'; readonly count: number };

const dayMs = 86_400_000;
const daysAWeek = 7;
/** 52 weeks: the weeks of a year compare Monday to Sunday. */
const daysAYear = 364;
const monthsAYear = 12;

interface Cut {
  readonly tz: string;
  readonly bucket: Bucket;
}

const isClock = (bucket: Bucket): boolean => !['day', 'week', 'month'].includes(bucket);

/**
 * How far back `compare` goes from a range, or why it cannot be said of these buckets.
 * - previousPeriod: as many months where buckets are months, else as many local days (whole weeks where buckets are weeks)
 *   as the range has; a range that begins within a day goes back by its length.
 * - previousWeek: 7 local days. - previousYear: the same date of the year before; 364 days where buckets are weeks.
 */
export function shiftOf(compare: Compare, range: TimeRange, { tz, bucket }: Cut): Shift | string {
  if (compare === 'previousWeek') {
    if (bucket === 'month') return 'compare=previousWeek needs bucket=week or a narrower one.';
    return { unit: 'days', count: daysAWeek };
  }
  if (compare === 'previousYear') {
    return bucket === 'week' ? { unit: 'days', count: daysAYear } : { unit: 'months', count: monthsAYear };
  }
  const [from, last] = [localOf(range.fromMs, tz), localOf(range.toMs - 1, tz)];
  if (bucket === 'month') return { unit: 'months', count: monthOf(last) - monthOf(from) + 1 };
  const days = dayOf(last) - dayOf(from) + 1;
  if (bucket === 'week') return { unit: 'days', count: Math.ceil(days / daysAWeek) * daysAWeek };
  if (bucket === 'day' || range.fromMs === startOfLocalDate(dayOf(from) * dayMs, tz)) {
    return { unit: 'days', count: days };
  }
  const minutes = lengthOf(bucket);
  return { unit: 'ms', count: Math.ceil((range.toMs - range.fromMs) / minutes) * minutes };
}

const lengths: Readonly<Partial<Record<Bucket, number>>> = {
  minute: 60_000,
  '5m': 300_000,
  '15m': 900_000,
  hour: 3_600_000,
};
const lengthOf = (bucket: Bucket): number => lengths[bucket] ?? dayMs;

/** The range so far back: at the same local times. It may be empty: 29 February had no day a year before. */
export function rangeBack(range: TimeRange, shift: Shift, tz: string): TimeRange {
  return { fromMs: instantBack(range.fromMs, shift, tz), toMs: instantBack(range.toMs, shift, tz) };
}

/** A limit of a range: where a date or an hour is not there, the first instant after it. */
function instantBack(atMs: number, shift: Shift, tz: string): number {
  if (shift.unit === 'ms') return atMs - shift.count;
  const local = localOf(atMs, tz);
  const startMs = startOfLocalDate(dayOf(local) * dayMs, tz);
  const backDay = dateBack(dayOf(local), shift) ?? firstDayAfter(dayOf(local), shift);
  if (atMs === startMs || dateBack(dayOf(local), shift) === null)
    return startOfLocalDate(backDay * dayMs, tz);
  const wall = backDay * dayMs + (local - dayOf(local) * dayMs);
  return instantsOf(wall, tz)[occurrenceOf(atMs, tz)] ?? instantsOf(wall, tz)[0] ?? wall - offsetMs(wall, tz);
}

/**
 * The bucket start that a bucket start compares with; null where there is none: 29 February a year before, the 31st a
 * month of 30 days before, an hour that the clocks left out, the second of two hours of one name.
 */
export function bucketBack(startMs: number, shift: Shift, { tz, bucket }: Cut): number | null {
  if (shift.unit === 'ms') return startMs - shift.count;
  const local = localOf(startMs, tz);
  const day = dateBack(dayOf(local), shift);
  if (day === null) return null;
  if (!isClock(bucket)) return startOfLocalDate(day * dayMs, tz);
  const wall = day * dayMs + (local - dayOf(local) * dayMs);
  return instantsOf(wall, tz)[occurrenceOf(startMs, tz)] ?? null;
}

/** The same the other way: the later bucket that compares with an earlier one. */
export const bucketForth = (startMs: number, shift: Shift, cut: Cut): number | null =>
  bucketBack(startMs, { ...shift, count: -shift.count }, cut);

/** What the clocks of a zone show, as if it were UTC. */
const localOf = (atMs: number, tz: string): number => atMs + offsetMs(atMs, tz);
const dayOf = (localMs: number): number => Math.floor(localMs / dayMs);
function monthOf(localMs: number): number {
  const date = new Date(localMs);
  return date.getUTCFullYear() * monthsAYear + date.getUTCMonth();
}

/** A date, in days since 1970, moved back; null where the month it falls into has no such day. */
function dateBack(day: number, { unit, count }: Shift): number | null {
  if (unit === 'days') return day - count;
  const date = new Date(day * dayMs);
  const moved = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - count, date.getUTCDate()));
  return moved.getUTCDate() === date.getUTCDate() ? moved.getTime() / dayMs : null;
}

/** The first of the month behind the one that lacks the day. */
function firstDayAfter(day: number, { count }: Shift): number {
  const date = new Date(day * dayMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - count + 1, 1) / dayMs;
}

/** The instants at which the clocks show a time: none, one or, when they go back, two. */
function instantsOf(wallMs: number, tz: string): readonly number[] {
  const offsets = new Set([offsetMs(wallMs - dayMs, tz), offsetMs(wallMs + dayMs, tz)]);
  return [...offsets]
    .map((offset) => wallMs - offset)
    .filter((at) => localOf(at, tz) === wallMs)
    .toSorted((a, b) => a - b);
}

/** 1 for the second of two instants at which the clocks show the same. */
const occurrenceOf = (atMs: number, tz: string): number =>
  Math.max(0, instantsOf(localOf(atMs, tz), tz).indexOf(atMs));
