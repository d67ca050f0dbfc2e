import { z } from 'zod';
import 'zod-openapi';
import { parseSku } from '../../schemas/ids.ts';
import { type Answer, notModified, ok } from '../http/answer.ts';
import { entityTag, matchesNone } from '../http/conditional.ts';
import { type Coordinate, parseCoordinate } from '../http/coordinate.ts';
import { parseWaitMs } from '../http/prefer.ts';
import { Problem } from '../http/problem.ts';
import { type Call, defineRoute, jsonType, type Route } from '../http/route.ts';
import { afterQuery, preferOf, waitMsDefault } from '../orders/get-order.ts';
import type { Catalogue, Product } from './catalogue.ts';

export interface ProductReadParts {
  readonly catalogue: Catalogue;
  readonly partitions: number;
}

/** One price in one currency. */
const priceShape = z
  .strictObject({
    currency: z.string().meta({ example: 'GBP' }),
    unitPriceMinor: z.int().meta({ description: 'One piece, in minor units.', example: 255 }),
  })
  .meta({ id: 'Price' });

/** A product as it is read. */
export const productAnswer = z
  .object({
    sku: z.string().meta({ example: '85123A' }),
    name: z.string().meta({ example: 'WHITE HANGING HEART T-LIGHT HOLDER' }),
    prices: z.array(priceShape),
    taxBasisPoints: z.int().meta({ example: 0 }),
    version: z.int().meta({ description: 'Rises with each change; also the ETag.', example: 3 }),
    updatedAt: z.string(),
  })
  .meta({ id: 'Product' });

/** `GET /v1/catalogue/{sku}`: what orders are priced from, out of this process's memory. */
export const getProductRoute = (parts: ProductReadParts): Route =>
  defineRoute({
    method: 'GET',
    path: '/v1/catalogue/{sku}',
    scope: 'orders:read',
    visitors: true,
    idempotencyKey: 'none',
    params: { sku: parseSku },
    query: afterQuery,
    produces: [jsonType],
    docs: {
      summary: 'Read a product and its prices',
      tag: 'Catalogue',
      answers: {
        200: { description: 'The product; its ETag goes into If-Match.', schema: productAnswer },
        304: { description: 'Your copy is current.' },
      },
      problems: ['invalid-id', 'not-found', 'view-behind'],
    },
    handle: (call) => getProduct(parts, call),
  });

async function getProduct(
  { catalogue, partitions }: ProductReadParts,
  { params, query, principal, request }: Call<z.output<typeof afterQuery>>,
): Promise<Answer> {
  if (query.after !== undefined) {
    const coordinate = parseCoordinate(query.after, partitions);
    if (!coordinate)
      throw new Problem('invalid-query', { detail: 'after names a partition that does not exist.' });
    await reach(catalogue, coordinate, parseWaitMs(preferOf(request.headers['prefer']), waitMsDefault));
  }
  const product = catalogue.productOf(principal.store, params['sku'] ?? '');
  if (!product) throw new Problem('not-found');
  const tag = entityTag(String(product.version));
  const headers = { ETag: tag, 'Cache-Control': 'private, no-cache' };
  return matchesNone(request.headers['if-none-match'], tag)
    ? notModified(headers)
    : ok(toProductAnswer(product), headers);
}

const pollMs = 10;

/** Resolves when memory includes the coordinate. Throws `view-behind` after `waitMs`. */
async function reach(catalogue: Catalogue, { partition, offset }: Coordinate, waitMs: number): Promise<void> {
  const deadlineMs = performance.now() + waitMs;
  while (catalogue.causeOf(partition) < offset) {
    if (performance.now() >= deadlineMs) throw new Problem('view-behind');
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

export const toProductAnswer = ({
  sku,
  name,
  prices,
  taxBp,
  version,
  updatedAtMs,
}: Product): z.output<typeof productAnswer> => ({
  sku,
  name,
  prices: prices.map(({ currency, unitMinor }) => ({ currency, unitPriceMinor: unitMinor })),
  taxBasisPoints: taxBp,
  version,
  updatedAt: new Date(updatedAtMs).toISOString(),
});
