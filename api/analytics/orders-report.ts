import { bucketSeconds } from './bucket-sql.ts';
import { inRange, rangeParameters, type ReportStatement } from './report.ts';
import type { Bucket, TimeRange } from './time-range.ts';

export const ordersSums = ['placed', 'confirmed', 'rejected', 'declined', 'expired', 'cancelled'] as const;

/** Orders by what became of them: each is counted in the bucket of the event that said so, by the log's clock. */
export function ordersStatement(
  store: string,
  bucket: Bucket,
  tz: string,
  range: TimeRange,
): ReportStatement {
  const ended = (outcome: string): string => `countIf(event = 'OrderClosed' AND outcome = '${outcome}')`;
  return {
    sql: `SELECT ${bucketSeconds('at', bucket)} AS bucket_s,
  countIf(event = 'OrderPlaced') AS placed, countIf(event = 'OrderConfirmed') AS confirmed,
  ${ended('Rejected')} AS rejected, ${ended('Declined')} AS declined,
  ${ended('Expired')} AS expired, ${ended('Cancelled')} AS cancelled
FROM orders
WHERE store = {store:String} AND event IN ('OrderPlaced', 'OrderConfirmed', 'OrderClosed') AND ${inRange('at')}
GROUP BY bucket_s
ORDER BY bucket_s`,
    parameters: { store, tz, ...rangeParameters(range, {}) },
  };
}
