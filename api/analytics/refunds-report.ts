import { bucketSeconds } from './bucket-sql.ts';
import { balanceOf, moneyBackMoves, openingBucket } from './money-back-sql.ts';
import { inCurrency, inRange, rangeParameters, type ReportStatement } from './report.ts';
import type { MoneyQuery } from './report-query.ts';
import type { TimeRange } from './time-range.ts';
import { unknownPart } from './unknown-money-sql.ts';

export const refundsSums = [
  'requested',
  'requested_minor',
  'refunded_minor',
  'unsold_minor',
  'failed',
  'due_minor',
  'chargebacks_minor',
] as const;

/**
 * Money on its way back, each step in the bucket of its own event: asked for, given back, failed, owed, taken by the bank.
 * `unknown_minor` is the balance at the bucket's end of refunds of which nothing is known.
 */
export function refundsStatement(
  store: string,
  query: MoneyQuery,
  tz: string,
  range: TimeRange,
): ReportStatement {
  const bucket = `toInt64(${bucketSeconds('at', query.bucket)})`;
  const zeros = (names: readonly string[]): string => names.map((name) => `toInt64(0) AS ${name}`).join(', ');
  const asked = ['requested', 'requested_minor', 'failed', 'due_minor'];
  const moved = ['refunded_minor', 'unsold_minor', 'chargebacks_minor'];
  return {
    sql: `SELECT bucket_s, currency, requested, requested_minor, refunded_minor, unsold_minor, failed, due_minor,
  chargebacks_minor, unknown_minor
FROM (
  SELECT bucket_s, currency, ${refundsSums.map((name) => `sum(p.${name}) AS ${name}`).join(', ')},
    ${balanceOf('p.unknown_delta_minor')} AS unknown_minor
  FROM (
  SELECT ${bucket} AS bucket_s, r.currency AS currency, toInt64(state = 'requested') AS requested,
    if(state = 'requested', amount_minor, 0) AS requested_minor, toInt64(state = 'failed') AS failed,
    if(state = 'due', amount_minor, 0) AS due_minor, ${zeros([...moved, 'unknown_delta_minor'])}
  FROM money_back AS r WHERE store = {store:String} AND kind = 'refund' AND ${inRange('at')} ${inCurrency(query)}
UNION ALL
  SELECT ${bucket} AS bucket_s, r.currency AS currency, ${zeros(['requested', 'requested_minor', 'failed', 'due_minor'])},
    if(r.kind = 'refund', r.delta_minor, 0) AS refunded_minor,
    if(r.kind = 'refund' AND NOT r.is_sold, r.delta_minor, 0) AS unsold_minor,
    if(r.kind = 'chargeback', r.delta_minor, 0) AS chargebacks_minor, ${zeros(['unknown_delta_minor'])}
  FROM (${moneyBackMoves}) AS r WHERE ${inRange('at')} ${inCurrency(query)}
UNION ALL
  SELECT bucket_s, currency, ${zeros([...asked, ...moved])}, delta_minor AS unknown_delta_minor
  FROM (${unknownPart(query.bucket, "kind = 'refund'")}) WHERE true ${inCurrency(query)}
  ) AS p
  GROUP BY bucket_s, currency
)
WHERE bucket_s != ${openingBucket}
ORDER BY bucket_s, currency`,
    parameters: { store, tz, ...rangeParameters(range, query) },
  };
}
