import type { TopSkusQuery } from './report-query.ts';
import { inRange, matching, parametersOf, type ReportRow, type ReportStatement } from './report.ts';
import type { ReportSpan } from './report-span.ts';

export const topSkusSums = ['units', 'gross_minor'] as const;

/**
 * The best sold SKUs of a span, `limit` for each currency: money of two currencies has no common order. With `shown`: of
 * these rows' SKUs, each in its row's currency alone, whatever their place, for a comparison.
 */
export function topSkusStatement(
  store: string,
  query: TopSkusQuery,
  tz: string,
  span: ReportSpan,
  shown?: readonly ReportRow[],
): ReportStatement {
  const rank = query.sort === 'units' ? 'units DESC, gross_minor DESC' : 'gross_minor DESC, units DESC';
  return {
    sql: `SELECT sku, currency, sum(r.units) AS units, uniqExact(order_id) AS orders, sum(r.gross_minor) AS gross_minor
FROM order_lines AS r
WHERE store = {store:String} AND entry = 'sold' AND ${inRange('at')}
  ${matching(query, { currency: 'r.currency' })} ${shown ? `AND has({shown:Array(String)}, concat(r.currency, ' ', r.sku))` : ''}
GROUP BY sku, currency
ORDER BY currency, ${rank}, sku${shown ? '' : '\nLIMIT {limit:UInt16} BY currency'}`,
    parameters: {
      ...parametersOf(store, query, tz, span),
      ...(shown
        ? { shown: shown.map((row) => `${String(row['currency'])} ${String(row['sku'])}`) }
        : { limit: query.limit }),
    },
  };
}
