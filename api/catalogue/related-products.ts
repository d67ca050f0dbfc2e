import { z } from 'zod';
import 'zod-openapi';
import { parseSku } from '../../schemas/ids.ts';
import { inRange, type ReportStatement } from '../analytics/report.ts';
import { type Answer, ok } from '../http/answer.ts';
import { Problem } from '../http/problem.ts';
import { type Call, defineRoute, jsonType, type Route } from '../http/route.ts';
import {
  askSales,
  daysQuery,
  productOfRow,
  type SalesCountParts,
  type SalesWindow,
  shortLimitQuery,
  toProductOfRow,
  windowAnswer,
} from './sales-window.ts';

const relatedQuery = z.strictObject({
  days: daysQuery({ most: 90, pattern: /^([1-9]|[1-8]\d|90)$/ }, 30, 'How far back orders are counted.'),
  limit: shortLimitQuery,
});

const relatedAnswer = z
  .object({
    data: z.array(
      z.object({
        sku: z.string().meta({ example: '22423' }),
        orders: z.int().meta({ description: 'Confirmed orders that hold both.', example: 12 }),
        product: productOfRow,
      }),
    ),
    ...windowAnswer,
  })
  .meta({ id: 'RelatedProducts' });

/** `GET /v1/catalogue/{sku}/related`: bought together, counted in the ledger at each request. */
export const relatedProductsRoute = (parts: SalesCountParts): Route =>
  defineRoute({
    method: 'GET',
    path: '/v1/catalogue/{sku}/related',
    scope: 'orders:read',
    visitors: true,
    lane: 'reports',
    idempotencyKey: 'none',
    params: { sku: parseSku },
    query: relatedQuery,
    produces: [jsonType],
    docs: {
      summary: 'What was bought together with a product',
      description:
        'SKUs in the same orders, by the number of orders, then by SKU. An order counts once for a SKU, whatever its lines and pieces, from the instant it was confirmed: what was cancelled, declined or rejected before never counts, what came back or was refunded later still does.',
      tag: 'Catalogue',
      answers: { 200: { description: 'The most often first.', schema: relatedAnswer } },
      problems: ['invalid-id', 'not-found', 'range-too-wide', 'view-behind', 'view-unavailable'],
    },
    handle: (call) => relatedProducts(parts, call),
  });

async function relatedProducts(
  parts: SalesCountParts,
  { params, query, principal: { store } }: Call<z.output<typeof relatedQuery>>,
): Promise<Answer> {
  const { catalogue } = parts;
  const sku = params['sku'] ?? '';
  if (catalogue.versionOf(store, sku) === 0) throw new Problem('not-found');
  const { window, rows } = await askSales(parts, query.days, (of) =>
    relatedStatement(store, sku, query.limit, of),
  );
  const answer: z.output<typeof relatedAnswer> = {
    data: rows.map((row) => ({
      sku: String(row['sku']),
      orders: Number(row['orders']),
      product: toProductOfRow(catalogue.productOf(store, String(row['sku']))),
    })),
    from: new Date(window.fromMs).toISOString(),
    completeUntil: new Date(window.toMs).toISOString(),
  };
  return ok(answer);
}

/** Two reads of the same range: which orders hold the SKU, and what else they hold. */
function relatedStatement(
  store: string,
  sku: string,
  limit: number,
  { fromMs, toMs }: SalesWindow,
): ReportStatement {
  const sold = `store = {store:String} AND entry = 'sold' AND ${inRange('at')}`;
  return {
    sql: `SELECT sku, uniqExact(order_id) AS orders
FROM order_lines
WHERE ${sold} AND sku != {sku:String}
  AND order_id IN (SELECT order_id FROM order_lines WHERE ${sold} AND sku = {sku:String})
GROUP BY sku
ORDER BY orders DESC, sku
LIMIT {limit:UInt16}`,
    parameters: { store, sku, limit, from_ms: fromMs, to_ms: toMs },
  };
}
