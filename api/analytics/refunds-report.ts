import { bucketSeconds } from './bucket-sql.ts';
import { balanceOf, moneyBackMoves, openingBucket } from './money-back-sql.ts';
import type { RefundsQuery } from './report-query.ts';
import { inRange, matching, parametersOf, type ReportStatement } from './report.ts';
import type { ReportSpan } from './report-span.ts';
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

/** The columns that tell rows of one bucket apart. */
export const refundsDimensions = ({ groupBy }: RefundsQuery): readonly string[] => ['currency', ...groupBy];

/**
 * Money on its way back, each step in the bucket of its own event: asked for, given back, failed, owed, taken by the bank.
 * `unknown_minor` is the balance at the bucket's end of refunds of which nothing is known; not where a `why` is asked for.
 */
export function refundsStatement(
  store: string,
  query: RefundsQuery,
  tz: string,
  span: ReportSpan,
): ReportStatement {
  const bucket = bucketSeconds('at', query.bucket);
  const zeros = (names: readonly string[]): string => names.map((name) => `toInt64(0) AS ${name}`).join(', ');
  const asked = ['requested', 'requested_minor', 'failed', 'due_minor'];
  const moved = ['refunded_minor', 'unsold_minor', 'chargebacks_minor'];
  const isByWhy = query.groupBy.length > 0 || query.why !== undefined;
  const why = query.groupBy.length > 0 ? 'r.why AS why, ' : '';
  const filters = matching(query, { currency: 'r.currency', why: 'r.why' });
  const steps = isByWhy ? `(${stepsWithWhy})` : 'money_back';
  const keys = ['bucket_s', ...refundsDimensions(query)].join(', ');
  const unknown = `
UNION ALL
  SELECT bucket_s, currency, ${zeros([...asked, ...moved])}, delta_minor AS unknown_delta_minor
  FROM (${unknownPart(query.bucket, "kind = 'refund'")}) AS r WHERE true ${filters}`;
  return {
    sql: `SELECT ${keys}, ${refundsSums.join(', ')}${isByWhy ? '' : ', unknown_minor'}
FROM (
  SELECT ${keys}, ${refundsSums.map((name) => `sum(p.${name}) AS ${name}`).join(', ')},
    ${isByWhy ? 'toInt64(0)' : balanceOf('p.unknown_delta_minor')} AS unknown_minor
  FROM (
  SELECT ${bucket} AS bucket_s, r.currency AS currency, ${why}toInt64(state = 'requested') AS requested,
    if(state = 'requested', amount_minor, 0) AS requested_minor, toInt64(state = 'failed') AS failed,
    if(state = 'due', amount_minor, 0) AS due_minor, ${zeros([...moved, 'unknown_delta_minor'])}
  FROM ${steps} AS r WHERE store = {store:String} AND kind = 'refund' AND ${inRange('at')} ${filters}
UNION ALL
  SELECT ${bucket} AS bucket_s, r.currency AS currency, ${why}${zeros(asked)},
    if(r.kind = 'refund', r.delta_minor, 0) AS refunded_minor,
    if(r.kind = 'refund' AND NOT r.is_sold, r.delta_minor, 0) AS unsold_minor,
    if(r.kind = 'chargeback', r.delta_minor, 0) AS chargebacks_minor, ${zeros(['unknown_delta_minor'])}
  FROM (${moneyBackMoves(inRange('at'))}) AS r WHERE ${inRange('at')} ${filters}${isByWhy ? '' : unknown}
  ) AS p
  GROUP BY ${keys}
)
WHERE bucket_s != ${openingBucket}
ORDER BY ${keys}`,
    parameters: parametersOf(store, query, tz, span),
  };
}

/** The steps of refunds, each with what its request says: the request's row alone holds it. */
const stepsWithWhy = `SELECT store, kind, at, currency, state, amount_minor,
    max(coalesce(toString(m.why), '')) OVER (PARTITION BY order_id, kind, ref) AS why
  FROM money_back AS m WHERE store = {store:String}`;
