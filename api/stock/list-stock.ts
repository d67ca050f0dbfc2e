import { z } from 'zod';
import { type Answer, ok } from '../http/answer.ts';
import { endBefore, nextPage } from '../http/page-cursor.ts';
import { cursorQuery, limitDefault, limitQuery, nextCursorAnswer } from '../http/page-query.ts';
import { type Call, defineRoute, everySecond, jsonType, type Route } from '../http/route.ts';
import { toInstantOrNull } from '../orders/answer-fields.ts';
import type { StockIndex } from '../views/stock-index.ts';
import { stockAnswer, toStockAnswer } from './stock-answer.ts';

export interface ListStockParts {
  readonly index: StockIndex;
  readonly cursorSecret: string;
}

/** Parameters of `GET /v1/stock`; values are texts. */
const listStockQuery = z.strictObject({
  limit: limitQuery('SKUs a page, 1 to 100; 20 without it.'),
  cursor: cursorQuery('nextCursor of the page before.'),
});

const stockPage = z
  .object({
    data: z.array(stockAnswer),
    nextCursor: nextCursorAnswer,
    completeUntil: z.string().nullable().meta({
      description: 'Every SKU received before this instant is in the list; null while a view is being built.',
    }),
  })
  .meta({ id: 'StockPage' });

/** `GET /v1/stock`: the SKUs of the caller's store by name, merged over all partitions. */
export const listStockRoute = (parts: ListStockParts): Route =>
  defineRoute({
    method: 'GET',
    path: '/v1/stock',
    scope: 'orders:read',
    idempotencyKey: 'none',
    params: {},
    query: listStockQuery,
    produces: [jsonType],
    live: everySecond,
    docs: {
      summary: 'List the levels of all SKUs',
      tag: 'Stock',
      answers: { 200: { description: 'One page, by name. Link names the next.', schema: stockPage } },
      problems: ['invalid-query', 'invalid-cursor', 'view-unavailable'],
    },
    handle: (call) => listStock(parts, call),
  });

async function listStock(
  { index, cursorSecret }: ListStockParts,
  { query, principal, request }: Call<z.output<typeof listStockQuery>>,
): Promise<Answer> {
  const { store } = principal;
  const scope = { list: 'stock', store };
  const behind = endBefore(cursorSecret, scope, query.cursor);
  const page = await index.page({ store, limit: query.limit ?? limitDefault, behind });
  const { nextCursor, headers } = nextPage(cursorSecret, scope, request.url, page.end);
  const completeUntil = toInstantOrNull(page.completeUntilMs);
  return ok({ data: page.skus.map(toStockAnswer), nextCursor, completeUntil }, headers);
}
