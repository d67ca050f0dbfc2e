import { bucketSeconds } from './bucket-sql.ts';
import type { SalesQuery } from './report-query.ts';
import { fromTo, inRange, type ReportStatement } from './report.ts';
import type { TimeRange } from './time-range.ts';

const minuteMs = 60_000;

/** Rows of one answer; a range by SKU can have more. */
export const rowsMax = 100_000;

/** `totals` has no `orders` by SKU: an order with two SKUs would count twice. */
export const salesSums = [
  'orders',
  'units',
  'gross_minor',
  'discount_minor',
  'tax_minor',
  'shipping_minor',
] as const;
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
    ...fromTo(range),
    ...(query.currency === undefined ? {} : { currency: query.currency }),
    ...(query.sku === undefined ? {} : { sku: query.sku }),
  };
  if (isBySku(query)) return { sql: ofLines(query), parameters };
  const isWhole = range.fromMs % minuteMs === 0 && range.toMs % minuteMs === 0;
  return { sql: query.basis === 'accepted' && isWhole ? ofMinutes(query) : ofOrders(query), parameters };
}

const ofCurrency = ({ currency }: SalesQuery): string =>
  currency === undefined ? '' : 'AND currency = {currency:String}';

function ofMinutes(query: SalesQuery): string {
  return `SELECT ${bucketSeconds('minute', query.bucket)} AS bucket_s, currency,
  sum(s.orders) AS orders, sum(s.units) AS units, sum(s.gross_minor) AS gross_minor,
  sum(s.discount_minor) AS discount_minor, sum(s.tax_minor) AS tax_minor, sum(s.shipping_minor) AS shipping_minor
FROM sales_by_minute AS s
WHERE store = {store:String} AND ${inRange('minute')} ${ofCurrency(query)}
GROUP BY bucket_s, currency
ORDER BY bucket_s, currency`;
}

/** When the customer ordered: the caller's claim, or, without one, when the order was placed. */
const orderedAt = 'coalesce(ordered_at, placed_at)';

function ofOrders(query: SalesQuery): string {
  const time = query.basis === 'ordered' ? orderedAt : 'at';
  return `SELECT ${bucketSeconds(`assumeNotNull(${time})`, query.bucket)} AS bucket_s, assumeNotNull(o.currency) AS currency,
  count() AS orders, sum(assumeNotNull(o.units)) AS units, sum(assumeNotNull(o.total_minor)) AS gross_minor,
  sum(assumeNotNull(o.discount_minor)) AS discount_minor, sum(assumeNotNull(o.tax_minor)) AS tax_minor,
  sum(assumeNotNull(o.shipping_minor)) AS shipping_minor
FROM orders AS o
WHERE store = {store:String} AND event = 'OrderConfirmed' AND ${inRange(time)} ${ofCurrency(query)}
GROUP BY bucket_s, currency
ORDER BY bucket_s, currency`;
}

function ofLines(query: SalesQuery): string {
  const time = query.basis === 'ordered' ? orderedAt : 'at';
  const bySku = query.groupBy === 'sku' ? ', sku' : '';
  const ofSku = query.sku === undefined ? '' : 'AND sku = {sku:String}';
  return `SELECT ${bucketSeconds(`assumeNotNull(${time})`, query.bucket)} AS bucket_s, currency${bySku},
  uniqExact(order_id) AS orders, sum(l.units) AS units, sum(l.gross_minor) AS gross_minor, sum(l.tax_minor) AS tax_minor
FROM order_lines AS l
WHERE store = {store:String} AND entry = 'sold' AND ${inRange(time)} ${ofCurrency(query)} ${ofSku}
GROUP BY bucket_s, currency${bySku}
ORDER BY bucket_s, currency${bySku}
LIMIT ${rowsMax + 1}`;
}
