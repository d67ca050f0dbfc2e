import { fromOf, ranges } from '../../../api/dashboard/page/ranges.ts';
import type { ReportName } from '../../../api/analytics/report-catalogue.ts';

/** A report as a page of the dashboard asks for it. */
export interface DashboardQuery {
  readonly name: string;
  readonly report: ReportName;
  readonly query: Readonly<Record<string, string>>;
  /**
   * One pass over every raw row, with nothing but its columns to go by: no sums, and a time that the sorting key does not
   * know. Null where the report itself has nothing else to read.
   */
  readonly rawScan: { readonly sql: string; readonly of: RawFigures } | null;
}

/** What of a report its raw scan reckons. `sold lines of the range`: neither money that went back, nor balances, nor another range. */
export type RawFigures = 'the same figures' | 'sold lines of the range';

const inRange = `toUnixTimestamp64Milli(at) BETWEEN {from_ms:Int64} AND {to_ms:Int64}`;
const sold = (bucket: string): DashboardQuery['rawScan'] => ({
  of: 'sold lines of the range',
  sql: `SELECT ${bucket} AS bucket, currency, uniqExact(order_id) AS orders,
  sum(l.units) AS units, sum(l.gross_minor) AS gross_minor, sum(l.tax_minor) AS tax_minor
FROM order_lines AS l WHERE entry = 'sold' AND ${inRange} GROUP BY bucket, currency`,
});

/** Six reports of the last 30 days, the widest range of the pages, at `nowMs` in a store's zone. */
export function dashboardQueries(nowMs: number, tz: string): readonly DashboardQuery[] {
  const month = ranges.find(({ name }) => name === 'month');
  if (month === undefined) throw new RangeError('the pages have no range of a month');
  const from = fromOf(month, nowMs, tz);
  const { bucket } = month;
  const compare = 'previousPeriod';
  return [
    {
      name: 'sales by day, compared',
      report: 'sales',
      query: { from, bucket, compare },
      rawScan: sold(`toStartOfDay(at, {tz:String})`),
    },
    {
      name: 'hour by weekday',
      report: 'sales',
      query: { from, bucket: 'hour' },
      rawScan: sold(`toStartOfHour(at, {tz:String})`),
    },
    {
      name: 'top SKUs',
      report: 'top-skus',
      query: { from, limit: '10' },
      rawScan: {
        of: 'the same figures',
        sql: `SELECT sku, currency, uniqExact(order_id) AS orders, sum(l.units) AS units, sum(l.gross_minor) AS gross_minor
FROM order_lines AS l WHERE entry = 'sold' AND ${inRange} GROUP BY sku, currency`,
      },
    },
    { name: 'funnel', report: 'funnel', query: { from, bucket }, rawScan: null },
    { name: 'payments', report: 'payments', query: { from, bucket }, rawScan: null },
    { name: 'refunds', report: 'refunds', query: { from, bucket }, rawScan: null },
  ];
}
