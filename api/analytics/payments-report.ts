import { bucketSeconds } from './bucket-sql.ts';
import { balanceOf, openingBucket } from './money-back-sql.ts';
import type { PaymentsQuery } from './report-query.ts';
import { inRange, matching, parametersOf, type ReportStatement } from './report.ts';
import type { ReportSpan } from './report-span.ts';
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

/** The columns that tell rows of one bucket apart. */
export const paymentsDimensions = ({ groupBy }: PaymentsQuery): readonly string[] => ['currency', ...groupBy];

/**
 * What providers said, each word in the bucket of its own event. `unknown_minor` is the balance at the bucket's end of
 * money of which nothing is known, refunds included: neither captured nor failed; not where a code is asked for. A word
 * without a currency has that of its order.
 */
export function paymentsStatement(
  store: string,
  query: PaymentsQuery,
  tz: string,
  span: ReportSpan,
): ReportStatement {
  const events = Object.values(counted)
    .map((event) => `'${event}'`)
    .join(', ');
  const isByCode = query.groupBy.length > 0 || query.code !== undefined;
  const code = query.groupBy.length > 0 ? `coalesce(toString(r.code), '') AS code, ` : '';
  const rows = `store = {store:String} AND event IN (${events}) AND ${inRange('at')} ${matching(query, { code: 'r.code' })}`;
  const zeros = paymentsSums.map((name) => `toInt64(0) AS ${name}`).join(', ');
  const keys = ['bucket_s', ...paymentsDimensions(query)].join(', ');
  const unknown = `
UNION ALL
  SELECT bucket_s, currency, ${zeros}, delta_minor AS unknown_delta_minor
  FROM (${unknownPart(query.bucket, 'true')})`;
  return {
    sql: `SELECT ${keys}, ${paymentsSums.join(', ')}${isByCode ? '' : ', unknown_minor'}
FROM (
  SELECT ${keys}, ${paymentsSums.map((name) => `sum(p.${name}) AS ${name}`).join(', ')},
    ${isByCode ? 'toInt64(0)' : balanceOf('p.unknown_delta_minor')} AS unknown_minor
  FROM (
  SELECT ${bucketSeconds('at', query.bucket)} AS bucket_s,
    assumeNotNull(coalesce(r.currency, o.currency)) AS currency, ${code}
    ${Object.entries(counted)
      .map(([name, event]) => `toInt64(r.event = '${event}') AS ${name}`)
      .join(', ')},
    if(r.event = 'PaymentCaptured', assumeNotNull(r.amount_minor), 0) AS captured_minor,
    toInt64(0) AS unknown_delta_minor
  FROM payments AS r
  ANY LEFT JOIN (
    SELECT order_id, currency FROM orders WHERE store = {store:String} AND event = 'OrderPlaced' AND order_id IN (
      SELECT order_id FROM payments AS r WHERE currency IS NULL AND ${rows}
    )
  ) AS o ON o.order_id = r.order_id
  WHERE ${rows}${isByCode ? '' : unknown}
  ) AS p
  WHERE true ${matching(query, { currency: 'currency' })}
  GROUP BY ${keys}
)
WHERE bucket_s != ${openingBucket}
ORDER BY ${keys}`,
    parameters: parametersOf(store, query, tz, span),
  };
}
