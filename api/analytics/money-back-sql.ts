/**
 * SELECT of the moves of money back to customers of one store: `at`, `claimed_at`, `currency`, `kind`, `is_sold` and
 * `delta_minor`. A refund that succeeds moves its amount, and the same amount back again if it fails after all; a dispute
 * moves it when it is lost. Each move lies at its own event's time, so no bucket behind `complete_until` ever changes.
 * `is_sold` is false of money that was taken for an order that never became a sale.
 */
export const moneyBackMoves = `SELECT at, claimed_at, currency, kind, delta_minor,
    order_id IN (
      SELECT order_id FROM orders WHERE store = {store:String} AND event = 'OrderConfirmed'
        AND order_id IN (SELECT order_id FROM money_back WHERE store = {store:String})
    ) AS is_sold
  FROM (
    SELECT at, claimed_at, currency, kind, order_id, toInt64(amount_minor) * (is_back - was_back) AS delta_minor
    FROM (
      SELECT at, claimed_at, currency, kind, order_id, amount_minor, state IN ('succeeded', 'lost') AS is_back,
        lagInFrame(is_back, 1, 0) OVER (
          PARTITION BY order_id, kind, ref ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS was_back
      FROM (
        SELECT at, currency, kind, order_id, ref, seq, amount_minor, state,
          max(m.claimed_at) OVER (PARTITION BY order_id, kind, ref) AS claimed_at
        FROM money_back AS m WHERE store = {store:String}
      )
      WHERE state IN ('succeeded', 'failed', 'won', 'lost')
    )
    WHERE is_back != was_back
  )`;

/** A row's time for the bucket of a balance: those before the range add up to what it opens with. */
export const isBeforeRange = 'at < fromUnixTimestamp64Milli({from_ms:Int64})';
export const isBeforeEnd = 'at < fromUnixTimestamp64Milli({to_ms:Int64})';

/** The bucket of what the balance opens with: before every other. */
export const openingBucket = -1;

/** A running sum of `column` to the end of each bucket, in a query grouped by `bucket_s` and currency. */
export const balanceOf = (column: string): string =>
  `sum(sum(${column})) OVER (PARTITION BY currency ORDER BY bucket_s ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`;
