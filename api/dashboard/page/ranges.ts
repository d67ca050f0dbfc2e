import type { Report, Row } from './api.ts';

const minuteS = 60;
const dayS = 86_400;

/** `stepS` is null where steps differ in length. */
export interface Range {
  readonly name: string;
  readonly label: string;
  readonly option: string;
  readonly bucket: string;
  readonly stepS: number | null;
  readonly lengthS: number;
}

/** What the page can show at once: how far back, and in which buckets. */
export const ranges: readonly Range[] = [
  {
    name: 'hour',
    label: 'the last hour',
    option: 'Last hour',
    bucket: 'minute',
    stepS: minuteS,
    lengthS: 3600,
  },
  {
    name: 'day',
    label: 'the last 24 hours',
    option: 'Last 24 hours',
    bucket: '15m',
    stepS: 15 * minuteS,
    lengthS: dayS,
  },
  {
    name: 'week',
    label: 'the last 7 days',
    option: 'Last 7 days',
    bucket: 'hour',
    stepS: 3600,
    lengthS: 7 * dayS,
  },
  {
    name: 'month',
    label: 'the last 30 days',
    option: 'Last 30 days',
    bucket: 'day',
    stepS: null,
    lengthS: 30 * dayS,
  },
];

/** The range that an address names; the last hour where it names none of ours. */
export function rangeOf(query: URLSearchParams): Range {
  const found = ranges.find(({ name }) => name === query.get('range')) ?? ranges[0];
  if (!found) throw new RangeError('there is no range');
  return found;
}

/** Where the range begins: a whole step before now, or a date of the store's. */
export function fromOf({ stepS, lengthS }: Range, nowMs: number, timeZone: string): string {
  const atS = Math.floor(nowMs / 1000) - lengthS;
  if (stepS !== null) return new Date((Math.floor(atS / stepS) + 1) * stepS * 1000).toISOString();
  return new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(new Date(atS * 1000));
}

/** The place of a row on the time axis, epoch seconds; days stand at their own date, whatever their length. */
const placeOf = (row: Row, { stepS }: Range): number =>
  stepS === null
    ? Date.parse(`${String(row['bucket_local']).slice(0, 10)}T00:00:00Z`) / 1000
    : Date.parse(String(row['bucket'])) / 1000;

export interface Cell {
  /** Epoch seconds. */
  readonly at: number;
  /** Null: nothing happened, or nobody knows yet. */
  readonly row: Row | null;
}

/**
 * Every bucket of the range with its row or null. A bucket without a row is an empty one where it is complete; after
 * `complete_until` nobody knows yet: those end the axis.
 */
export function gridOf(rows: readonly Row[], range: Range, meta: Report['meta']): readonly Cell[] {
  const step = range.stepS ?? dayS;
  const placed = new Map(rows.map((row) => [placeOf(row, range), row]));
  const anyPlace = placed.keys().next().value ?? 0;
  const first = alignUp(
    range.stepS === null ? localPlace(meta.from, meta.tz) : Date.parse(meta.from) / 1000,
    step,
    anyPlace,
  );
  const known = meta.complete_until === null ? 0 : placeOfInstant(meta.complete_until, range, meta.tz);
  const last = Math.max(known, ...placed.keys());
  const grid: Cell[] = [];
  for (let at = first; at <= last && grid.length < 2_000; at += step) {
    grid.push({ at, row: placed.get(at) ?? null });
  }
  return grid;
}

/** Index of the first bucket that is not complete, for it ends after `complete_until`; the grid's length where all are. */
export function openFromOf(
  grid: readonly Cell[],
  { stepS }: Range,
  { complete_until: until, tz }: Report['meta'],
): number {
  const knownS = until === null ? 0 : stepS === null ? localPlace(until, tz) : Date.parse(until) / 1000;
  const isOpen = ({ row, at }: Cell): boolean =>
    row ? row['partial'] === true : at + (stepS ?? dayS) > knownS;
  const found = grid.findIndex(isOpen);
  return found < 0 ? grid.length : found;
}

const alignUp = (at: number, step: number, anyPlace: number): number =>
  at + ((((anyPlace - at) % step) + step) % step);
const placeOfInstant = (text: string, { stepS }: Range, tz: string): number =>
  stepS === null ? localPlace(text, tz) : Math.floor(Date.parse(text) / 1000 / stepS) * stepS;
const localPlace = (text: string, timeZone: string): number =>
  Date.parse(
    `${new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(new Date(text))}T00:00:00Z`,
  ) / 1000;
