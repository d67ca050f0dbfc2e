import { bucketBack, bucketForth, type Shift } from './compare-periods.ts';
import type { Cell, ReportRow } from './report.ts';
import type { Bucket } from './time-range.ts';

export interface Comparison {
  readonly shift: Shift;
  readonly tz: string;
  /** Null: the rows are no buckets and compare by their dimensions alone. */
  readonly bucket: Bucket | null;
  readonly dimensions: readonly string[];
  /** Columns that are not 0 where nothing happened, but not known: null. */
  readonly balances?: readonly string[];
}

/**
 * Each row of the engine beside its counterpart: `previous_bucket_s` and `previous_…` of every figure. A row that only the
 * earlier range has gets one with zeros; figures without an earlier bucket (29 February) have null. In the order of the rows.
 */
export function compareRows(
  now: readonly ReportRow[],
  before: readonly ReportRow[],
  comparison: Comparison,
): readonly ReportRow[] {
  const { bucket, dimensions } = comparison;
  const known = new Set(['bucket_s', ...dimensions]);
  const figures = [...new Set([...now, ...before].flatMap(Object.keys))].filter((name) => !known.has(name));
  const forth = (row: ReportRow): number | null =>
    bucket === null
      ? 0
      : secondsOf(bucketForth(Number(row['bucket_s']) * 1000, comparison.shift, { ...comparison, bucket }));
  const back = (row: ReportRow): number | null =>
    bucket === null
      ? 0
      : secondsOf(bucketBack(Number(row['bucket_s']) * 1000, comparison.shift, { ...comparison, bucket }));
  const keyOf = (row: ReportRow, bucketS: Cell): string =>
    JSON.stringify([bucketS, ...dimensions.map((name) => row[name])]);

  const earlier = new Map(before.map((row) => [keyOf(row, forth(row)), row]));
  const own = new Set(now.map((row) => keyOf(row, row['bucket_s'] ?? 0)));
  const absent = (name: string): Cell => (comparison.balances?.includes(name) ? null : 0);
  const withEarlier = (row: ReportRow, of: ReportRow | undefined, backS: number | null): ReportRow => ({
    ...row,
    ...(bucket === null ? {} : { previous_bucket_s: backS }),
    ...Object.fromEntries(
      figures.map((name) => [
        `previous_${name}`,
        of === undefined ? (backS === null ? null : absent(name)) : (of[name] ?? null),
      ]),
    ),
  });

  const rows = now.map((row) => {
    const of = earlier.get(keyOf(row, row['bucket_s'] ?? 0));
    return withEarlier(row, of, of === undefined ? back(row) : Number(of['bucket_s'] ?? 0));
  });
  const missing = before.flatMap((row) => {
    const bucketS = forth(row);
    if (bucketS === null || own.has(keyOf(row, bucketS))) return [];
    const empty = {
      ...(bucket === null && row['bucket_s'] === undefined ? {} : { bucket_s: bucketS }),
      ...Object.fromEntries(dimensions.map((name) => [name, row[name] ?? null])),
      ...Object.fromEntries(figures.map((name) => [name, absent(name)])),
    };
    return [withEarlier(empty, row, Number(row['bucket_s'] ?? 0))];
  });
  if (missing.length === 0) return rows;
  const order = ['bucket_s', ...dimensions];
  return [...rows, ...missing].toSorted((a, b) => {
    const name = order.find((column) => a[column] !== b[column]);
    return name === undefined ? 0 : lessThan(a[name] ?? null, b[name] ?? null) ? -1 : 1;
  });
}

const secondsOf = (atMs: number | null): number | null => (atMs === null ? null : atMs / 1000);

const lessThan = (a: Cell, b: Cell): boolean =>
  typeof a === 'number' && typeof b === 'number' ? a < b : String(a) < String(b);

/** Totals of both ranges side by side, by currency. Sums alone: `previous_…` is 0 where the earlier range had none. */
export function compareTotals(now: readonly ReportRow[], before: readonly ReportRow[]): readonly ReportRow[] {
  const of = (rows: readonly ReportRow[], currency: Cell): ReportRow | undefined =>
    rows.find((row) => (row['currency'] ?? null) === currency);
  const currencies = [...new Set([...now, ...before].map((row) => row['currency'] ?? null))];
  const names = [...new Set([...now, ...before].flatMap(Object.keys))].filter((name) => name !== 'currency');
  const figure = (row: ReportRow | undefined, name: string): Cell =>
    row === undefined ? (name.startsWith('average') ? null : 0) : (row[name] ?? null);
  return currencies.map((currency) => ({
    ...(currency === null ? {} : { currency }),
    ...Object.fromEntries(names.map((name) => [name, figure(of(now, currency), name)])),
    ...Object.fromEntries(names.map((name) => [`previous_${name}`, figure(of(before, currency), name)])),
  }));
}
