import type { ReportSpan } from './report-span.ts';

export type Cell = string | number | boolean | null;
export type ReportRow = Readonly<Record<string, Cell>>;

/** One statement of a report: text with `{name:Type}` places, values apart. */
export interface ReportStatement {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, string | number | readonly string[]>>;
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
  /** The earlier range that the columns `previous_…` are of. */
  readonly compare?: {
    readonly with: string;
    readonly from: string;
    readonly to: string;
    readonly sql: string;
    readonly sql_parameters: ReportStatement['parameters'];
  };
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

/** Rows of events that the log had by `asOf`. Needed beside a range by the caller's clock alone. */
export const isKnown = ({ asOfMs }: ReportSpan): string =>
  asOfMs === null ? '' : 'AND at < fromUnixTimestamp64Milli({as_of_ms:Int64})';

/** `AND column = value` for each filter that was asked for; the value is the parameter of the filter's name. */
export const matching = (
  query: Readonly<Record<string, unknown>>,
  filters: Readonly<Record<string, string>>,
): string =>
  Object.entries(filters)
    .filter(([name]) => query[name] !== undefined)
    .map(([name, column]) => `AND ${column} = {${name}:String}`)
    .join(' ');

const filterNames = ['currency', 'sku', 'customer', 'outcome', 'reason', 'why', 'code'] as const;

/** The values of a statement about one store: its range, its zone and the filters that were asked for. */
export const parametersOf = (
  store: string,
  query: Readonly<Record<string, unknown>>,
  tz: string,
  { fromMs, toMs, asOfMs }: ReportSpan,
): ReportStatement['parameters'] => ({
  store,
  tz,
  from_ms: fromMs,
  to_ms: toMs,
  ...(asOfMs === null ? {} : { as_of_ms: asOfMs }),
  ...Object.fromEntries(
    filterNames.flatMap((name) => {
      const value = query[name];
      return typeof value === 'string' ? [[name, value] as const] : [];
    }),
  ),
});
