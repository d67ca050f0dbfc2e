import { bucketSeconds, clockSql } from './bucket-sql.ts';
import {
  balanceOf,
  isBeforeEnd,
  isBeforeRange,
  moneyBackMoves,
  openingBucket,
  withCustomer,
} from './money-back-sql.ts';
import type { SalesQuery } from './report-query.ts';
import { inRange, isKnown, matching, parametersOf, type ReportRow, type ReportStatement } from './report.ts';
import type { ReportSpan } from './report-span.ts';
import type { Bucket } from './time-range.ts';

const minuteMs = 60_000;

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

/** A SKU is asked for: the report counts lines. */
export const isBySku = ({ groupBy, sku }: Pick<SalesQuery, 'groupBy' | 'sku'>): boolean =>
  groupBy.includes('sku') || sku !== undefined;

const isByCustomer = ({ groupBy, customer }: SalesQuery): boolean =>
  groupBy.includes('customer') || customer !== undefined;

/** Groups of clocks take the place of the days, unless a bucket is asked for beside them. */
export const salesBucket = ({ bucket, groupBy }: SalesQuery): Bucket | null =>
  bucket ?? (groupBy.includes('weekday') || groupBy.includes('hour') ? null : 'day');

const columnOf = { sku: 'sku', customer: 'customer_id', weekday: 'weekday', hour: 'hour' } as const;

/** The columns that tell rows of one bucket apart. */
export const salesDimensions = ({ groupBy }: SalesQuery): readonly string[] => [
  'currency',
  ...groupBy.map((name) => columnOf[name]),
];

/** A balance is of the whole store, at the end of a bucket. */
const hasBalance = (query: SalesQuery): boolean =>
  query.basis === 'accepted' && query.groupBy.length === 0 && !isByCustomer(query);

/**
 * The statement of the sales report for one store. Whole minutes of basis `accepted` read the sums by minute; all
 * else reads the ledger, by order or, for SKUs, by line. All give the same figures.
 */
export function salesStatement(
  store: string,
  query: SalesQuery,
  tz: string,
  span: ReportSpan,
): ReportStatement {
  const parameters = parametersOf(store, query, tz, span);
  if (isBySku(query)) return { sql: ofLines(query, span), parameters };
  return { sql: ofMoney(query, span), parameters };
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

/** SELECT list of the groups beside the currency, each with a comma before it. */
const groupsOf = ({ groupBy }: SalesQuery, time: string): string =>
  groupBy.map((name) => `, ${groupSql[name](time)} AS ${columnOf[name]}`).join('');
const groupSql = {
  sku: () => 'r.sku',
  customer: () => 'assumeNotNull(r.customer_id)',
  ...clockSql,
} as const;

/** A part's own sums: the union of the parts has few rows then, however many were read. */
const partOf = (
  query: SalesQuery,
  time: string,
  known: Columns,
  from: string,
  bucket = bucketOf(time, query),
): string =>
  `SELECT ${bucket} AS bucket_s, assumeNotNull(r.currency) AS currency${groupsOf(query, `assumeNotNull(${time})`)}, ${columns
    .map((name) => `toInt64(${known[name] === undefined ? '0' : `sum(${known[name]})`}) AS ${name}`)
    .join(', ')}
  FROM ${from} ${matching(query, { currency: 'r.currency', customer: 'r.customer_id' })}
  GROUP BY ${['bucket_s', ...salesDimensions(query)].join(', ')}`;

const bucketOf = (time: string, query: SalesQuery): string =>
  bucketSeconds(`assumeNotNull(${time})`, salesBucket(query));

/** Sales, what went back of them, and, by the log's clock, what is neither yet. */
function ofMoney(query: SalesQuery, span: ReportSpan): string {
  const isWhole = span.fromMs % minuteMs === 0 && span.toMs % minuteMs === 0;
  const isByMinute = query.basis === 'accepted' && isWhole && !isByCustomer(query);
  const parts = [isByMinute ? minutesOf(query) : ordersOf(query, span), backOf(query, span)];
  if (hasBalance(query)) parts.push(...openOf(query));
  const keys = ['bucket_s', ...salesDimensions(query)].join(', ');
  const sums = columns
    .filter((name) => name !== 'open_minor')
    .map((name) => `sum(p.${name}) AS ${name}`)
    .join(', ');
  const [balance, shown] = hasBalance(query)
    ? [`, ${balanceOf('p.open_minor')} AS unconfirmed_minor`, ',\n  unconfirmed_minor']
    : ['', ''];
  return `SELECT ${keys}, orders, units, gross_minor, refunds_minor, chargebacks_minor,
  gross_minor - refunds_minor - chargebacks_minor AS net_minor, discount_minor, tax_minor, shipping_minor,
  if(orders = 0, NULL, intDiv(2 * gross_minor + orders, 2 * orders)) AS average_minor${shown}
FROM (
  SELECT ${keys}, ${sums}${balance}
  FROM (
${parts.join('\nUNION ALL\n')}
  ) AS p
  GROUP BY ${keys}
)
WHERE bucket_s != ${openingBucket}
ORDER BY ${keys}`;
}

const minutesOf = (query: SalesQuery): string =>
  partOf(
    query,
    'r.minute',
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

function ordersOf(query: SalesQuery, span: ReportSpan): string {
  const time = query.basis === 'ordered' ? orderedAt : 'at';
  return partOf(
    query,
    time,
    {
      orders: '1',
      units: 'assumeNotNull(r.units)',
      gross_minor: 'assumeNotNull(r.total_minor)',
      discount_minor: 'assumeNotNull(r.discount_minor)',
      tax_minor: 'assumeNotNull(r.tax_minor)',
      shipping_minor: 'assumeNotNull(r.shipping_minor)',
    },
    `orders AS r WHERE store = {store:String} AND event = 'OrderConfirmed' AND ${inRange(time)} ${isKnown(span)}`,
  );
}

/** Money back of sales, where it went back; by the caller's clock where he says it happened, if he does. */
function backOf(query: SalesQuery, span: ReportSpan): string {
  const time = query.basis === 'ordered' ? 'coalesce(claimed_at, at)' : 'at';
  const of = (kind: string): string => `if(r.kind = '${kind}', r.delta_minor, 0)`;
  // a claimed time may lie anywhere before the log's
  const back = moneyBackMoves(query.basis === 'ordered' ? undefined : inRange('at'));
  const moves = isByCustomer(query) ? withCustomer(back) : back;
  return partOf(
    query,
    time,
    { refunds_minor: of('refund'), chargebacks_minor: of('chargeback') },
    `(${moves}) AS r WHERE is_sold AND ${inRange(time)} ${isKnown(span)}`,
  );
}

/**
 * Orders that are neither a sale nor ended: each adds its total when it is placed and takes it away when it comes to rest.
 * A sale that is cancelled later came to rest before; it is looked for among the few that were closed alone.
 */
function openOf(query: SalesQuery): readonly string[] {
  const bucket = `if(${isBeforeRange}, ${openingBucket}, ${bucketOf('at', query)})`;
  const total = 'assumeNotNull(r.total_minor)';
  const part = (open_minor: string, events: string): string =>
    partOf(
      query,
      'at',
      { open_minor },
      `orders AS r WHERE store = {store:String} AND ${isBeforeEnd} AND ${events}`,
      bucket,
    );
  return [
    part(`if(r.event = 'OrderPlaced', 1, -1) * ${total}`, `event IN ('OrderPlaced', 'OrderConfirmed')`),
    part(
      `-${total}`,
      `event = 'OrderClosed' AND (outcome != 'Cancelled' OR order_id NOT IN (
      SELECT order_id FROM orders WHERE store = {store:String} AND event = 'OrderConfirmed' AND order_id IN (
        SELECT order_id FROM orders WHERE store = {store:String} AND event = 'OrderClosed' AND outcome = 'Cancelled'
      )
    ))`,
    ),
  ];
}

function ofLines(query: SalesQuery, span: ReportSpan): string {
  const time = query.basis === 'ordered' ? orderedAt : 'at';
  const keys = ['bucket_s', ...salesDimensions(query)].join(', ');
  const filters = matching(query, { currency: 'r.currency', sku: 'r.sku', customer: 'r.customer_id' });
  return `SELECT ${bucketOf(time, query)} AS bucket_s, currency${groupsOf(query, `assumeNotNull(${time})`)},
  uniqExact(order_id) AS orders, sum(r.units) AS units, sum(r.gross_minor) AS gross_minor, sum(r.tax_minor) AS tax_minor
FROM order_lines AS r
WHERE store = {store:String} AND entry = 'sold' AND ${inRange(time)} ${isKnown(span)} ${filters}
GROUP BY ${keys}
ORDER BY ${keys}`;
}
