import { bucketSeconds } from './bucket-sql.ts';
import { balanceOf, isBeforeEnd, isBeforeRange, openingBucket } from './money-back-sql.ts';
import type { FunnelQuery } from './report-query.ts';
import { matching, parametersOf, type ReportStatement } from './report.ts';
import type { ReportSpan } from './report-span.ts';

/** Moves of orders from one stage to another, as conditions on `was` and `stage`. */
const moves = {
  placed: "stage = 'Holding'",
  held: "was = 'Holding' AND stage IN ('Authorizing', 'Committing')",
  authorized: "stage = 'Committing'",
  committed: "was = 'Committing' AND stage IN ('Capturing', 'Confirmed')",
  confirmed: "stage = 'Confirmed'",
  left_holding: "was = 'Holding' AND stage = 'Unwinding'",
  left_authorizing: "was = 'Authorizing' AND stage = 'Unwinding'",
  left_committing: "was IN ('Committing', 'Capturing') AND stage = 'Unwinding'",
} as const;

export const funnelSums = Object.keys(moves);
export const funnelDimensions: readonly string[] = ['currency'];

/** Stages in which an order stands for a while, by the name of their balance. */
const stages = {
  in_holding: 'Holding',
  in_authorizing: 'Authorizing',
  in_committing: 'Committing',
  in_capturing: 'Capturing',
  in_unwinding: 'Unwinding',
} as const;

export const funnelBalances = Object.keys(stages);

/**
 * Orders that are not at rest when the range begins, or come to it, or begin, within it: nobody else moves. Named once in the
 * statement, since the engine reckons it anew wherever it is named.
 */
const active = `SELECT order_id FROM orders
      WHERE store = {store:String} AND event IN ('OrderPlaced', 'OrderConfirmed', 'OrderClosed') AND ${isBeforeEnd}
      GROUP BY order_id
      HAVING max(at) >= fromUnixTimestamp64Milli({from_ms:Int64}) OR countIf(event != 'OrderPlaced') = 0`;

/**
 * Each step of an order to the stage its event says (schemas/order-path.ts); the currency stands in the first. An operation
 * that is sent once more, and what becomes of a sale, are no step.
 */
const steps = `SELECT order_id, seq, at, currency,
        multiIf(event = 'OrderPlaced', 'Holding', event = 'OrderConfirmed', 'Confirmed',
          event = 'UnwindStarted', 'Unwinding', 'Closed') AS said
      FROM orders
      WHERE store = {store:String} AND event IN ('OrderPlaced', 'OrderConfirmed', 'UnwindStarted', 'OrderClosed')
        AND ${isBeforeEnd}
      UNION ALL
      SELECT order_id, seq, at, NULL AS currency, if(kind = 'authorize', 'Authorizing', 'Capturing') AS said
      FROM payments
      WHERE store = {store:String} AND event = 'PaymentOpRequested' AND kind IN ('authorize', 'capture')
        AND ${isBeforeEnd}
      UNION ALL
      SELECT order_id, seq, at, NULL AS currency, 'Committing' AS said
      FROM order_events
      WHERE store = {store:String} AND event = 'CommitStarted' AND ${isBeforeEnd}`;

/**
 * How orders come to be sales: how many took each step in a bucket, where the others left, and, as balances at the bucket's
 * end, how many stand where. By the event's own time, never by when the order was placed, so no bucket behind
 * `complete_until` changes.
 */
export function funnelStatement(
  store: string,
  query: FunnelQuery,
  tz: string,
  span: ReportSpan,
): ReportStatement {
  const counts = Object.entries(moves)
    .map(([name, move]) => `toInt64(${move}) AS ${name}`)
    .join(', ');
  const deltas = Object.entries(stages)
    .map(([name, stage]) => `toInt64(stage = '${stage}') - toInt64(was = '${stage}') AS ${name}_delta`)
    .join(', ');
  return {
    sql: `WITH active AS (
      ${active}
)
SELECT bucket_s, currency, ${funnelSums.join(', ')},
  ${funnelBalances.join(', ')}
FROM (
  SELECT bucket_s, currency, ${funnelSums.map((name) => `sum(p.${name}) AS ${name}`).join(', ')},
    ${funnelBalances.map((name) => `${balanceOf(`p.${name}_delta`)} AS ${name}`).join(', ')}
  FROM (
    SELECT if(${isBeforeRange}, ${openingBucket}, ${bucketSeconds('at', query.bucket)}) AS bucket_s, currency,
      ${counts}, ${deltas}
    FROM (
      SELECT order_id, at, currency, stage, lagInFrame(stage, 1, '') OVER (
        PARTITION BY order_id ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS was
      FROM (
        SELECT order_id, seq, at, max(assumeNotNull(s.currency)) OVER (PARTITION BY order_id) AS currency,
          if(max(said = 'Confirmed') OVER (
            PARTITION BY order_id ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
          ), 'Confirmed', said) AS stage
        FROM (
      ${steps}
        ) AS s
        WHERE order_id IN active
      )
    )
    WHERE stage != was
  ) AS p
  WHERE true ${matching(query, { currency: 'p.currency' })}
  GROUP BY bucket_s, currency
)
WHERE bucket_s != ${openingBucket}
ORDER BY bucket_s, currency`,
    parameters: parametersOf(store, query, tz, span),
  };
}
