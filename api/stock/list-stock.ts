import { z } from 'zod';
import { type Answer, ok } from '../http/answer.ts';
import { formatCursor, nextLink, parseCursor } from '../http/page-cursor.ts';
import { Problem } from '../http/problem.ts';
import { type Call, defineRoute, jsonType, type Route } from '../http/route.ts';
import type { StockIndex } from '../views/stock-index.ts';
import { stockAnswer, toStockAnswer } from './stock-answer.ts';

export interface ListStockParts {
  readonly index: StockIndex;
  readonly cursorSecret: string;
}

/** Parameters of `GET /v1/stock`; values are texts. */
const listStockQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^([1-9]\d?|100)$/)
    .transform(Number)
    .optional()
    .meta({
      description: 'SKUs a page, 1 to 100; 20 without it.',
      example: '20',
      override: { type: 'string' },
    }),
  cursor: z.string().min(1).max(300).optional().meta({ description: 'nextCursor of the page before.' }),
});

const stockPage = z
  .object({
    data: z.array(stockAnswer),
    nextCursor: z.string().nullable().meta({ description: 'Null on the last page.' }),
    completeUntil: z.string().nullable().meta({
      description: 'Every SKU received before this instant is in the list; null while a view is being built.',
    }),
  })
  .meta({ id: 'StockPage' });

const limitDefault = 20;

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
  const behind = query.cursor === undefined ? null : parseCursor(cursorSecret, scope, query.cursor);
  if (query.cursor !== undefined && behind === null) throw new Problem('invalid-cursor');
  const page = await index.page({ store, limit: query.limit ?? limitDefault, behind });
  const nextCursor = page.end === null ? null : formatCursor(cursorSecret, scope, page.end);
  const completeUntil = page.completeUntilMs === null ? null : new Date(page.completeUntilMs).toISOString();
  const headers = nextCursor === null ? {} : { Link: nextLink(request.url ?? '', nextCursor) };
  return ok({ data: page.skus.map(toStockAnswer), nextCursor, completeUntil }, headers);
}
