/**
 * SELECT of the moves of money back to customers of one store: `at`, `claimed_at`, `currency`, `kind`, `order_id`, `why`,
 * `is_sold` and `delta_minor`. A refund that succeeds moves its amount, and the same amount back again if it fails after
 * all; a dispute moves it when it is lost. Each move lies at its own event's time, so no bucket behind `complete_until`
 * ever changes. `is_sold` is false of money that was taken for an order that never became a sale; `why` is what its
 * request says, '' of a dispute. `within` narrows to orders with a row of which it is true: all their rows are read, for a
 * move is what the row before it says otherwise.
 */
export const moneyBackMoves = (
  within = 'true',
): string => `SELECT at, claimed_at, currency, kind, order_id, why, delta_minor,
    order_id IN (
      SELECT order_id FROM orders WHERE store = {store:String} AND event = 'OrderConfirmed'
        AND order_id IN (${ordersWith(within)})
    ) AS is_sold
  FROM (
    SELECT at, claimed_at, currency, kind, order_id, why, toInt64(amount_minor) * (is_back - was_back) AS delta_minor
    FROM (
      SELECT at, claimed_at, currency, kind, order_id, why, amount_minor, state IN ('succeeded', 'lost') AS is_back,
        lagInFrame(is_back, 1, 0) OVER (
          PARTITION BY order_id, kind, ref ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS was_back
      FROM (
        SELECT at, currency, kind, order_id, ref, seq, amount_minor, state,
          max(m.claimed_at) OVER (PARTITION BY order_id, kind, ref) AS claimed_at,
          max(coalesce(toString(m.why), '')) OVER (PARTITION BY order_id, kind, ref) AS why
        FROM money_back AS m WHERE store = {store:String} AND order_id IN (${ordersWith(within)})
      )
      WHERE state IN ('succeeded', 'failed', 'won', 'lost')
    )
    WHERE is_back != was_back
  )`;

const ordersWith = (within: string): string =>
  `SELECT order_id FROM money_back WHERE store = {store:String} AND ${within}`;

/** The same moves with the customer of the sale, which a refund's own rows do not name. */
export const withCustomer = (moves: string): string => `SELECT m.at AS at, m.claimed_at AS claimed_at,
    m.currency AS currency, m.kind AS kind, m.is_sold AS is_sold, m.delta_minor AS delta_minor,
    s.customer_id AS customer_id
  FROM (${moves}) AS m
  ANY LEFT JOIN (
    SELECT order_id, assumeNotNull(customer_id) AS customer_id FROM orders
    WHERE store = {store:String} AND event = 'OrderConfirmed'
      AND order_id IN (SELECT order_id FROM money_back WHERE store = {store:String})
  ) AS s ON s.order_id = m.order_id`;

/** A row's time for the bucket of a balance: those before the range add up to what it opens with. */
export const isBeforeRange = 'at < fromUnixTimestamp64Milli({from_ms:Int64})';
export const isBeforeEnd = 'at < fromUnixTimestamp64Milli({to_ms:Int64})';

/** The bucket of what the balance opens with: before every other. */
export const openingBucket = -1;

/** A running sum of `column` to the end of each bucket, in a query grouped by `bucket_s` and `by`. */
export const balanceOf = (column: string, by: 'currency' | 'sku' = 'currency'): string =>
  `sum(sum(${column})) OVER (PARTITION BY ${by} ORDER BY bucket_s ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`;
