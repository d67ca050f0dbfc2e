import type { TimeRange } from './time-range.ts';

export type Cell = string | number | boolean | null;
export type ReportRow = Readonly<Record<string, Cell>>;

/** One statement of a report: text with `{name:Type}` places, values apart. */
export interface ReportStatement {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, string | number>>;
}

/** What an answer says of itself (interface.md §3). Times are RFC 3339 UTC. */
export interface ReportMeta {
  readonly report: string;
  /** Every event older than this is counted; null: it is not known, or this basis has no such time. */
  readonly complete_until: string | null;
  readonly as_of: string;
  readonly lag_seconds: number | null;
  readonly from: string;
  readonly to: string;
  readonly tz: string;
  readonly bucket: string | null;
  readonly definition_version: number;
  readonly rows_read: number;
  readonly elapsed_ms: number;
  readonly sql: string;
  readonly sql_parameters: ReportStatement['parameters'];
}

export interface Report {
  readonly data: readonly ReportRow[];
  /** Sums over `data`, a row for each currency. */
  readonly totals: readonly ReportRow[];
  readonly meta: ReportMeta;
}

/** `column` lies in the range of the parameters `from_ms` and `to_ms`. */
export const inRange = (column: string): string =>
  `${column} >= fromUnixTimestamp64Milli({from_ms:Int64}) AND ${column} < fromUnixTimestamp64Milli({to_ms:Int64})`;

interface OneCurrency {
  readonly currency?: string | undefined;
}

/** The rows of the currency that was asked for; of all without one. */
export const inCurrency = ({ currency }: OneCurrency): string =>
  currency === undefined ? '' : 'AND currency = {currency:String}';

/** The values of `inRange` and `inCurrency`. */
export const rangeParameters = (
  { fromMs, toMs }: TimeRange,
  { currency }: OneCurrency,
): ReportStatement['parameters'] => ({
  from_ms: fromMs,
  to_ms: toMs,
  ...(currency === undefined ? {} : { currency }),
});
