import { z } from 'zod';
import 'zod-openapi';
import { type Answer, ok } from '../http/answer.ts';
import { type Call, defineRoute, jsonType, type Route } from '../http/route.ts';
import { endBefore, nextPage } from '../http/page-cursor.ts';
import { cursorQuery, limitDefault, limitQuery, nextCursorAnswer } from '../http/page-query.ts';
import type { Catalogue } from './catalogue.ts';
import { productAnswer, toProductAnswer } from './get-product.ts';

export interface ListProductsParts {
  readonly catalogue: Catalogue;
  readonly cursorSecret: string;
}

/** Parameters of `GET /v1/catalogue`; values are texts. */
const listProductsQuery = z.strictObject({
  q: z.string().min(1).max(200).optional().meta({
    description: 'Words that the name must have, all of them, in any order and letter case.',
    example: 'heart holder',
  }),
  limit: limitQuery('Products a page, 1 to 100; 20 without it.'),
  cursor: cursorQuery('nextCursor of the page before, with the same words.'),
});

const productPage = z
  .object({
    data: z.array(productAnswer),
    nextCursor: nextCursorAnswer,
  })
  .meta({ id: 'ProductPage' });

/** `GET /v1/catalogue`: products on sale in order of their SKUs, by the words of their names, out of memory. */
export const listProductsRoute = (parts: ListProductsParts): Route =>
  defineRoute({
    method: 'GET',
    path: '/v1/catalogue',
    scope: 'orders:read',
    visitors: true,
    idempotencyKey: 'none',
    params: {},
    query: listProductsQuery,
    produces: [jsonType],
    docs: {
      summary: 'Search products by the words of their names',
      description: 'A changed name is found by its new words, and no longer by the old ones, within 2 s.',
      tag: 'Catalogue',
      answers: { 200: { description: 'One page. Link names the next.', schema: productPage } },
      problems: ['invalid-query', 'invalid-cursor'],
    },
    handle: (call) => Promise.resolve(listProducts(parts, call)),
  });

function listProducts(
  { catalogue, cursorSecret }: ListProductsParts,
  { query, principal, request }: Call<z.output<typeof listProductsQuery>>,
): Answer {
  const { q, limit = limitDefault, cursor } = query;
  const scope = { list: 'products', store: principal.store, q: q ?? null };
  const behind = endBefore(cursorSecret, scope, cursor) ?? '';
  const { products, more } = catalogue.page(principal.store, q ?? null, behind, limit);
  const end = more ? (products.at(-1)?.sku ?? null) : null;
  const { nextCursor, headers } = nextPage(cursorSecret, scope, request.url, end);
  return ok({ data: products.map(toProductAnswer), nextCursor }, headers);
}
