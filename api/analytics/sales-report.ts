import { balanceOf, isBeforeEnd, isBeforeRange, moneyBackMoves, openingBucket } from './money-back-sql.ts';
import { bucketSeconds } from './bucket-sql.ts';
import type { SalesQuery } from './report-query.ts';
import { inCurrency, inRange, rangeParameters, type ReportRow, type ReportStatement } from './report.ts';
import type { TimeRange } from './time-range.ts';

const minuteMs = 60_000;

/** Rows of one answer; a range by SKU can have more. */
export const rowsMax = 100_000;

/** `totals` has no `orders` by SKU: an order with two SKUs would count twice. Balances and averages are no sums. */
export const salesSums = [
  'orders',
  'units',
  'gross_minor',
  'refunds_minor',
  'chargebacks_minor',
  'net_minor',
  'discount_minor',
  'tax_minor',
  'shipping_minor',
] as const;
/** The average of a row of totals: half up, as in its buckets; null where nothing was sold. */
export function averageOf(sums: ReportRow): ReportRow {
  const [gross, orders] = [BigInt(Number(sums['gross_minor'])), BigInt(Number(sums['orders']))];
  return { average_minor: orders === 0n ? null : Number((2n * gross + orders) / (2n * orders)) };
}

export const skuSums = ['units', 'gross_minor', 'tax_minor'] as const;

export const isBySku = ({ groupBy, sku }: SalesQuery): boolean => groupBy === 'sku' || sku !== undefined;

/**
 * The statement of the sales report for one store. Whole minutes of basis `accepted` read the sums by minute; all
 * else reads the ledger, by order or, for SKUs, by line. Both give the same figures.
 */
export function salesStatement(
  store: string,
  query: SalesQuery,
  tz: string,
  range: TimeRange,
): ReportStatement {
  const parameters = {
    store,
    tz,
    ...rangeParameters(range, query),
    ...(query.sku === undefined ? {} : { sku: query.sku }),
  };
  if (isBySku(query)) return { sql: ofLines(query), parameters };
  const isWhole = range.fromMs % minuteMs === 0 && range.toMs % minuteMs === 0;
  return { sql: ofMoney(query, isWhole), parameters };
}

/** The columns of a part of the ledger: what it does not speak of is 0. */
const columns = [
  'orders',
  'units',
  'gross_minor',
  'refunds_minor',
  'chargebacks_minor',
  'discount_minor',
  'tax_minor',
  'shipping_minor',
  'open_minor',
] as const;
type Columns = Partial<Record<(typeof columns)[number], string>>;

const partOf = (query: SalesQuery, bucket: string, known: Columns, from: string): string =>
  `SELECT ${bucket} AS bucket_s, ${currencyOf} AS currency, ${columns
    .map((name) => `toInt64(${known[name] ?? '0'}) AS ${name}`)
    .join(', ')}
  FROM ${from} ${inCurrency(query)}`;

const currencyOf = 'assumeNotNull(r.currency)';
const bucketOf = (time: string, { bucket }: SalesQuery): string =>
  `toInt64(${bucketSeconds(`assumeNotNull(${time})`, bucket)})`;

/** Sales, what went back of them, and, by the log's clock, what is neither yet. */
function ofMoney(query: SalesQuery, isWhole: boolean): string {
  const isAccepted = query.basis === 'accepted';
  const parts = [isAccepted && isWhole ? minutesOf(query) : ordersOf(query), backOf(query)];
  if (isAccepted) parts.push(openOf(query));
  const sums = columns
    .filter((name) => name !== 'open_minor')
    .map((name) => `sum(p.${name}) AS ${name}`)
    .join(', ');
  return `SELECT bucket_s, currency, orders, units, gross_minor, refunds_minor, chargebacks_minor,
  gross_minor - refunds_minor - chargebacks_minor AS net_minor, discount_minor, tax_minor, shipping_minor,
  if(orders = 0, NULL, intDiv(2 * gross_minor + orders, 2 * orders)) AS average_minor${
    isAccepted ? ',\n  unconfirmed_minor' : ''
  }
FROM (
  SELECT bucket_s, currency, ${sums}, ${balanceOf('p.open_minor')} AS unconfirmed_minor
  FROM (
${parts.join('\nUNION ALL\n')}
  ) AS p
  GROUP BY bucket_s, currency
)
WHERE bucket_s != ${openingBucket}
ORDER BY bucket_s, currency`;
}

const minutesOf = (query: SalesQuery): string =>
  partOf(
    query,
    bucketOf('r.minute', query),
    {
      orders: 'r.orders',
      units: 'r.units',
      gross_minor: 'r.gross_minor',
      discount_minor: 'r.discount_minor',
      tax_minor: 'r.tax_minor',
      shipping_minor: 'r.shipping_minor',
    },
    `sales_by_minute AS r WHERE store = {store:String} AND ${inRange('minute')}`,
  );

/** When the customer ordered: the caller's claim, or, without one, when the order was placed. */
const orderedAt = 'coalesce(ordered_at, placed_at)';

function ordersOf(query: SalesQuery): string {
  const time = query.basis === 'ordered' ? orderedAt : 'at';
  return partOf(
    query,
    bucketOf(time, query),
    {
      orders: '1',
      units: 'assumeNotNull(r.units)',
      gross_minor: 'assumeNotNull(r.total_minor)',
      discount_minor: 'assumeNotNull(r.discount_minor)',
      tax_minor: 'assumeNotNull(r.tax_minor)',
      shipping_minor: 'assumeNotNull(r.shipping_minor)',
    },
    `orders AS r WHERE store = {store:String} AND event = 'OrderConfirmed' AND ${inRange(time)}`,
  );
}

/** Money back of sales, where it went back; by the caller's clock where he says it happened, if he does. */
function backOf(query: SalesQuery): string {
  const time = query.basis === 'ordered' ? 'coalesce(claimed_at, at)' : 'at';
  const of = (kind: string): string => `if(r.kind = '${kind}', r.delta_minor, 0)`;
  return partOf(
    query,
    bucketOf(time, query),
    { refunds_minor: of('refund'), chargebacks_minor: of('chargeback') },
    `(${moneyBackMoves}) AS r WHERE is_sold AND ${inRange(time)}`,
  );
}

/**
 * Orders that are neither a sale nor ended: each adds its total when it is placed and takes it away when it comes to rest.
 * A sale that is cancelled later came to rest before.
 */
const openOf = (query: SalesQuery): string =>
  partOf(
    query,
    `if(${isBeforeRange}, ${openingBucket}, ${bucketOf('at', query)})`,
    { open_minor: `if(r.event = 'OrderPlaced', 1, -1) * assumeNotNull(r.total_minor)` },
    `orders AS r WHERE store = {store:String} AND ${isBeforeEnd} AND (
    event IN ('OrderPlaced', 'OrderConfirmed')
    OR event = 'OrderClosed' AND (outcome != 'Cancelled' OR order_id NOT IN (
      SELECT order_id FROM orders WHERE store = {store:String} AND event = 'OrderConfirmed' AND order_id IN (
        SELECT order_id FROM orders WHERE store = {store:String} AND event = 'OrderClosed' AND outcome = 'Cancelled'
      )
    )))`,
  );

function ofLines(query: SalesQuery): string {
  const time = query.basis === 'ordered' ? orderedAt : 'at';
  const bySku = query.groupBy === 'sku' ? ', sku' : '';
  const ofSku = query.sku === undefined ? '' : 'AND sku = {sku:String}';
  return `SELECT ${bucketSeconds(`assumeNotNull(${time})`, query.bucket)} AS bucket_s, currency${bySku},
  uniqExact(order_id) AS orders, sum(l.units) AS units, sum(l.gross_minor) AS gross_minor, sum(l.tax_minor) AS tax_minor
FROM order_lines AS l
WHERE store = {store:String} AND entry = 'sold' AND ${inRange(time)} ${inCurrency(query)} ${ofSku}
GROUP BY bucket_s, currency${bySku}
ORDER BY bucket_s, currency${bySku}
LIMIT ${rowsMax + 1}`;
}
