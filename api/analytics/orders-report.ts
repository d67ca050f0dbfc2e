import { bucketSeconds } from './bucket-sql.ts';
import type { OrdersQuery } from './report-query.ts';
import { inRange, matching, parametersOf, type ReportStatement } from './report.ts';
import type { ReportSpan } from './report-span.ts';

const outcomes = { rejected: 'Rejected', declined: 'Declined', expired: 'Expired', cancelled: 'Cancelled' };

/** Ended orders alone have an outcome and a reason. */
const isOfEnded = ({ groupBy = [], outcome, reason }: OrdersQuery): boolean =>
  outcome !== undefined || reason !== undefined || groupBy.some((name) => name !== 'currency');

/** The counts a query asks for: by outcome or reason those of ended orders alone. */
export const ordersSums = (query: OrdersQuery): readonly string[] => [
  ...(isOfEnded(query) ? [] : ['placed', 'confirmed']),
  ...Object.keys(outcomes),
];

/** The columns that tell rows of one bucket apart. */
export const ordersDimensions = ({ groupBy = [] }: OrdersQuery): readonly string[] => groupBy;

/** Orders by what became of them: each is counted in the bucket of the event that said so, by the log's clock. */
export function ordersStatement(
  store: string,
  query: OrdersQuery,
  tz: string,
  span: ReportSpan,
): ReportStatement {
  const counts: Readonly<Record<string, string>> = {
    placed: "event = 'OrderPlaced'",
    confirmed: "event = 'OrderConfirmed'",
    ...Object.fromEntries(
      Object.entries(outcomes).map(([name, as]) => [name, `event = 'OrderClosed' AND r.outcome = '${as}'`]),
    ),
  };
  const events = isOfEnded(query) ? ['OrderClosed'] : ['OrderPlaced', 'OrderConfirmed', 'OrderClosed'];
  const dimensions = ordersDimensions(query);
  const keys = ['bucket_s', ...dimensions].join(', ');
  const filters = matching(query, { currency: 'r.currency', outcome: 'r.outcome', reason: 'r.reason' });
  return {
    sql: `SELECT ${bucketSeconds('at', query.bucket)} AS bucket_s,${dimensions
      .map((name) => ` coalesce(toString(r.${name}), '') AS ${name},`)
      .join('')}
  ${ordersSums(query)
    .map((name) => `countIf(${counts[name]}) AS ${name}`)
    .join(', ')}
FROM orders AS r
WHERE store = {store:String} AND event IN (${events.map((event) => `'${event}'`).join(', ')}) AND ${inRange('at')}
  ${filters}
GROUP BY ${keys}
ORDER BY ${keys}`,
    parameters: parametersOf(store, query, tz, span),
  };
}
