import { bucketSeconds } from './bucket-sql.ts';
import { balanceOf, isBeforeEnd, isBeforeRange, openingBucket } from './money-back-sql.ts';
import type { StockQuery } from './report-query.ts';
import { matching, parametersOf, type ReportStatement } from './report.ts';
import type { ReportSpan } from './report-span.ts';

/** Pieces that moved, by the event that says so. */
const moved = {
  received: 'StockReceived',
  restocked: 'StockRestocked',
  adjusted: 'StockAdjusted',
  held_units: 'HoldPlaced',
  released: 'HoldReleased',
  committed: 'HoldCommitted',
  reversed: 'CommitReversed',
  shipped: 'AllocationShipped',
} as const;
/** Holds that found too little: how many, and the pieces they asked for. */
const isStockOut = "event = 'HoldRefused' AND reason = 'insufficient'";

export const stockSums = [...Object.keys(moved), 'stock_outs', 'stock_out_units'] as const;

/** Levels at the end of a bucket, from the changes of every event since the journal's first (domain.md §4). */
const levels = {
  on_hand: 'on_hand_change',
  held: 'held_change',
  available: 'on_hand_change - held_change',
  allocated: 'allocated_change',
} as const;

export const stockBalances = Object.keys(levels);

/**
 * Stock by SKU in pieces: what moved, by the clock of the log, and the levels at the end; without `bucket` one row a SKU
 * for the whole range, also where nothing moved in it.
 */
export function stockStatement(
  store: string,
  query: StockQuery,
  tz: string,
  span: ReportSpan,
): ReportStatement {
  const { bucket = null } = query;
  const inRange = (condition: string, value: string): string =>
    `toInt64(if(NOT (${isBeforeRange}) AND ${condition}, ${value}, 0))`;
  const sums = [
    ...Object.entries(moved).map(([name, event]) => [name, inRange(`event = '${event}'`, 'units')] as const),
    ['stock_outs', inRange(isStockOut, '1')] as const,
    ['stock_out_units', inRange(isStockOut, 'units')] as const,
  ];
  const opening = bucket === null ? '' : `WHERE bucket_s != ${openingBucket}\n`;
  return {
    sql: `SELECT bucket_s, sku, ${[...stockSums, ...stockBalances].join(', ')}
FROM (
  SELECT bucket_s, sku, ${stockSums.map((name) => `sum(p.${name}) AS ${name}`).join(', ')},
    ${stockBalances.map((name) => `${balanceOf(`p.${name}_change`, 'sku')} AS ${name}`).join(', ')}
  FROM (
    SELECT ${bucket === null ? bucketSeconds('at', null) : `if(${isBeforeRange}, ${openingBucket}, ${bucketSeconds('at', bucket)})`} AS bucket_s, r.sku AS sku,
      ${sums.map(([name, value]) => `${value} AS ${name}`).join(', ')},
      ${Object.entries(levels)
        .map(([name, change]) => `r.${change.replace(' - ', ' - r.')} AS ${name}_change`)
        .join(', ')}
    FROM stock_movements AS r
    WHERE store = {store:String} AND ${isBeforeEnd} ${matching(query, { sku: 'r.sku' })}
  ) AS p
  GROUP BY bucket_s, sku
)
${opening}ORDER BY bucket_s, sku`,
    parameters: parametersOf(store, query, tz, span),
  };
}
