import type { TopSkusQuery } from './report-query.ts';
import { inCurrency, inRange, rangeParameters, type ReportStatement } from './report.ts';
import type { TimeRange } from './time-range.ts';

/** The best sold SKUs of a range, `limit` for each currency: money of two currencies has no common order. */
export function topSkusStatement(store: string, query: TopSkusQuery, range: TimeRange): ReportStatement {
  const rank = query.sort === 'units' ? 'units DESC, gross_minor DESC' : 'gross_minor DESC, units DESC';
  return {
    sql: `SELECT sku, currency, sum(l.units) AS units, uniqExact(order_id) AS orders, sum(l.gross_minor) AS gross_minor
FROM order_lines AS l
WHERE store = {store:String} AND entry = 'sold' AND ${inRange('at')}
  ${inCurrency(query)}
GROUP BY sku, currency
ORDER BY currency, ${rank}, sku
LIMIT {limit:UInt16} BY currency`,
    parameters: { store, limit: query.limit, ...rangeParameters(range, query) },
  };
}
