import { z } from 'zod';
import 'zod-openapi';
import { type Answer, ok } from '../http/answer.ts';
import { Problem } from '../http/problem.ts';
import { type Call, defineRoute, jsonType, type Route } from '../http/route.ts';
import { formatCursor, nextLink, parseCursor } from '../http/page-cursor.ts';
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
  limit: z
    .string()
    .regex(/^([1-9]\d?|100)$/)
    .transform(Number)
    .optional()
    .meta({
      description: 'Products a page, 1 to 100; 20 without it.',
      example: '20',
      override: { type: 'string' },
    }),
  cursor: z
    .string()
    .min(1)
    .max(300)
    .optional()
    .meta({ description: 'nextCursor of the page before, with the same words.' }),
});

const productPage = z
  .object({
    data: z.array(productAnswer),
    nextCursor: z.string().nullable().meta({ description: 'Null on the last page.' }),
  })
  .meta({ id: 'ProductPage' });

const limitDefault = 20;

/** `GET /v1/catalogue`: products on sale in order of their SKUs, by the words of their names, out of memory. */
export const listProductsRoute = (parts: ListProductsParts): Route =>
  defineRoute({
    method: 'GET',
    path: '/v1/catalogue',
    scope: 'orders:read',
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
  const behind = cursor === undefined ? '' : parseCursor(cursorSecret, scope, cursor);
  if (behind === null) throw new Problem('invalid-cursor');
  const { products, more } = catalogue.page(principal.store, q ?? null, behind, limit);
  const last = products.at(-1);
  const nextCursor = more && last ? formatCursor(cursorSecret, scope, last.sku) : null;
  const body = { data: products.map(toProductAnswer), nextCursor };
  if (nextCursor === null) return ok(body);
  return ok(body, { Link: nextLink(request.url ?? '', nextCursor) });
}
