import { bucketSeconds } from './bucket-sql.ts';
import { balanceOf, openingBucket } from './money-back-sql.ts';
import { inCurrency, inRange, rangeParameters, type ReportStatement } from './report.ts';
import type { MoneyQuery } from './report-query.ts';
import type { TimeRange } from './time-range.ts';
import { unknownPart } from './unknown-money-sql.ts';

const counted = {
  authorized: 'PaymentAuthorized',
  declined: 'PaymentDeclined',
  captured: 'PaymentCaptured',
  capture_failed: 'PaymentCaptureFailed',
  voided: 'PaymentVoided',
  lapsed: 'PaymentLapsed',
  became_unknown: 'PaymentUnknown',
} as const;

export const paymentsSums = [...Object.keys(counted), 'captured_minor'] as readonly string[];

/**
 * What providers said, each word in the bucket of its own event. `unknown_minor` is the balance at the bucket's end of
 * money of which nothing is known, refunds included: neither captured nor failed. A word without a currency has that of
 * its order.
 */
export function paymentsStatement(
  store: string,
  query: MoneyQuery,
  tz: string,
  range: TimeRange,
): ReportStatement {
  const events = Object.values(counted)
    .map((event) => `'${event}'`)
    .join(', ');
  const rows = `store = {store:String} AND event IN (${events}) AND ${inRange('at')}`;
  const zeros = paymentsSums.map((name) => `toInt64(0) AS ${name}`).join(', ');
  return {
    sql: `SELECT bucket_s, currency, ${paymentsSums.join(', ')}, unknown_minor
FROM (
  SELECT bucket_s, currency, ${paymentsSums.map((name) => `sum(p.${name}) AS ${name}`).join(', ')},
    ${balanceOf('p.unknown_delta_minor')} AS unknown_minor
  FROM (
  SELECT toInt64(${bucketSeconds('at', query.bucket)}) AS bucket_s,
    assumeNotNull(coalesce(r.currency, o.currency)) AS currency,
    ${Object.entries(counted)
      .map(([name, event]) => `toInt64(r.event = '${event}') AS ${name}`)
      .join(', ')},
    if(r.event = 'PaymentCaptured', assumeNotNull(r.amount_minor), 0) AS captured_minor,
    toInt64(0) AS unknown_delta_minor
  FROM payments AS r
  ANY LEFT JOIN (
    SELECT order_id, currency FROM orders WHERE store = {store:String} AND event = 'OrderPlaced' AND order_id IN (
      SELECT order_id FROM payments WHERE currency IS NULL AND ${rows}
    )
  ) AS o ON o.order_id = r.order_id
  WHERE ${rows}
UNION ALL
  SELECT bucket_s, currency, ${zeros}, delta_minor AS unknown_delta_minor
  FROM (${unknownPart(query.bucket, 'true')})
  ) AS p
  WHERE true ${inCurrency(query)}
  GROUP BY bucket_s, currency
)
WHERE bucket_s != ${openingBucket}
ORDER BY bucket_s, currency`,
    parameters: { store, tz, ...rangeParameters(range, query) },
  };
}
