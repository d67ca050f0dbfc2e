import { z } from 'zod';
import 'zod-openapi';
import { parseSku } from '../../schemas/ids.ts';
import type { StoreDirectory } from '../auth/store-directory.ts';
import type { Answer } from '../http/answer.ts';
import { Problem } from '../http/problem.ts';
import { type Call, defineRoute, jsonType, type Route } from '../http/route.ts';
import { currency, textLine } from '../orders/place-order-request.ts';
import { acceptedProduct, changeProduct, type ChangeProductParts } from './change-product.ts';

export interface PutProductParts extends ChangeProductParts {
  readonly directory: StoreDirectory;
}

/** Body of `PUT /v1/catalogue/{sku}`: the whole product. */
const putProductRequest = z
  .strictObject({
    name: textLine(128).meta({ example: 'WHITE HANGING HEART T-LIGHT HOLDER' }),
    prices: z
      .array(
        z.strictObject({
          currency,
          unitPriceMinor: z.int().min(0).max(999_999_999).meta({ example: 255 }),
        }),
      )
      .min(1)
      .max(50)
      .refine((prices) => new Set(prices.map((price) => price.currency)).size === prices.length, {
        message: 'one price a currency',
      }),
    taxBasisPoints: z
      .int()
      .min(0)
      .max(10_000)
      .optional()
      .meta({ description: '2,000 = 20 %; 0 without it.', example: 0 }),
  })
  .meta({ id: 'PutProductRequest' });

type PutBody = z.output<typeof putProductRequest>;

/** `PUT /v1/catalogue/{sku}`. The version is checked here as far as memory knows it, and again where it is decided. */
export const putProductRoute = (parts: PutProductParts): Route =>
  defineRoute({
    method: 'PUT',
    path: '/v1/catalogue/{sku}',
    scope: 'catalogue:write',
    idempotencyKey: 'optional',
    params: { sku: parseSku },
    query: z.strictObject({}),
    body: putProductRequest,
    produces: [jsonType],
    docs: {
      summary: 'Create or replace a product',
      description:
        'If-Match: "<version>" replaces that version only, If-None-Match: * creates only. An Idempotency-Key is optional.',
      tag: 'Catalogue',
      answers: { 202: { description: 'Durable in the log.', schema: acceptedProduct } },
      problems: [
        'invalid-id',
        'version-mismatch',
        'unsupported-currency',
        'idempotency-key-reused',
        'request-in-progress',
      ],
    },
    handle: (call) => putProduct(parts, call),
  });

function putProduct({ directory, ...parts }: PutProductParts, call: Call<unknown, PutBody>): Promise<Answer> {
  const { name, prices, taxBasisPoints } = call.body;
  return changeProduct(parts, call, {
    method: 'PUT',
    asked: call.body,
    bodyOf: (sku, ifVersion) => ({
      type: 'PutProduct',
      sku,
      name,
      prices: prices.map((price) => ({ currency: price.currency, unitMinor: price.unitPriceMinor })),
      taxBp: taxBasisPoints ?? 0,
      ifVersion,
    }),
    refuse: (store) => refuseForeignCurrency(directory, store, prices),
  });
}

function refuseForeignCurrency(directory: StoreDirectory, store: string, prices: PutBody['prices']): void {
  const sold = directory.storeOf(store)?.currencies;
  if (!sold) throw new Problem('unavailable', { detail: 'The settings of the store are not known yet.' });
  const errors = prices.flatMap((price, i) =>
    sold.includes(price.currency)
      ? []
      : [
          {
            pointer: `/prices/${i}/currency`,
            code: 'unsupported-currency',
            message: 'not a currency of the store',
          },
        ],
  );
  if (errors.length > 0) throw new Problem('unsupported-currency', { errors });
}
