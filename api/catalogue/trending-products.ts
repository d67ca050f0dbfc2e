import { z } from 'zod';
import 'zod-openapi';
import { inRange, type ReportStatement } from '../analytics/report.ts';
import { type Answer, ok } from '../http/answer.ts';
import { type Call, defineRoute, jsonType, type Route } from '../http/route.ts';
import {
  askSales,
  dayMs,
  daysQuery,
  productOfRow,
  type SalesCountParts,
  type SalesWindow,
  shortLimitQuery,
  toProductOfRow,
  windowAnswer,
} from './sales-window.ts';

const trendingQuery = z.strictObject({
  days: daysQuery(
    { most: 45, pattern: /^([1-9]|[1-3]\d|4[0-5])$/ },
    7,
    'Length of each of the two ranges that are compared.',
  ),
  limit: shortLimitQuery,
});

const trendingAnswer = z
  .object({
    data: z.array(
      z.object({
        sku: z.string().meta({ example: '85123A' }),
        orders: z
          .int()
          .meta({ description: 'Confirmed orders that hold it, of the later range.', example: 31 }),
        previousOrders: z.int().meta({ description: 'The same of the range before.', example: 12 }),
        units: z.int().meta({ description: 'Pieces sold in the later range.', example: 188 }),
        product: productOfRow,
      }),
    ),
    ...windowAnswer,
    previousFrom: z.string().meta({ description: 'Where the range before begins. RFC 3339, UTC.' }),
  })
  .meta({ id: 'TrendingProducts' });

/** `GET /v1/catalogue/trending`: what more orders hold than before, counted in the ledger at each request. */
export const trendingProductsRoute = (parts: SalesCountParts): Route =>
  defineRoute({
    method: 'GET',
    path: '/v1/catalogue/trending',
    scope: 'orders:read',
    visitors: true,
    lane: 'reports',
    idempotencyKey: 'none',
    params: {},
    query: trendingQuery,
    produces: [jsonType],
    docs: {
      summary: 'Products that sell more than before',
      description:
        'SKUs that more confirmed orders hold in the last days than in as many days before; those that rose by most orders first, then those with more orders, then by SKU. An order counts as in …/related. A SKU called TRENDING is read and written by its upper-case path.',
      tag: 'Catalogue',
      answers: {
        200: { description: 'The steepest first; empty where nothing rose.', schema: trendingAnswer },
      },
      problems: ['range-too-wide', 'view-behind', 'view-unavailable'],
    },
    handle: (call) => trendingProducts(parts, call),
  });

async function trendingProducts(
  parts: SalesCountParts,
  { query, principal: { store } }: Call<z.output<typeof trendingQuery>>,
): Promise<Answer> {
  const middleOf = ({ toMs }: SalesWindow): number => toMs - query.days * dayMs;
  const { window, rows } = await askSales(parts, 2 * query.days, (of) =>
    trendingStatement(store, query.limit, of, middleOf(of)),
  );
  const answer: z.output<typeof trendingAnswer> = {
    data: rows.map((row) => ({
      sku: String(row['sku']),
      orders: Number(row['orders']),
      previousOrders: Number(row['previous_orders']),
      units: Number(row['pieces']),
      product: toProductOfRow(parts.catalogue.productOf(store, String(row['sku']))),
    })),
    from: new Date(middleOf(window)).toISOString(),
    completeUntil: new Date(window.toMs).toISOString(),
    previousFrom: new Date(window.fromMs).toISOString(),
  };
  return ok(answer);
}

function trendingStatement(
  store: string,
  limit: number,
  { fromMs, toMs }: SalesWindow,
  middleMs: number,
): ReportStatement {
  const isLater = 'at >= fromUnixTimestamp64Milli({middle_ms:Int64})';
  return {
    sql: `SELECT sku,
  uniqExactIf(order_id, ${isLater}) AS orders,
  uniqExactIf(order_id, NOT ${isLater}) AS previous_orders,
  sumIf(units, ${isLater}) AS pieces
FROM order_lines
WHERE store = {store:String} AND entry = 'sold' AND ${inRange('at')}
GROUP BY sku
HAVING orders > previous_orders
ORDER BY orders - previous_orders DESC, orders DESC, sku
LIMIT {limit:UInt16}`,
    parameters: {
      store,
      limit,
      from_ms: fromMs,
      middle_ms: middleMs,
      to_ms: toMs,
    },
  };
}
