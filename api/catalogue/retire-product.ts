import { z } from 'zod';
import { parseSku } from '../../schemas/ids.ts';
import type { Answer } from '../http/answer.ts';
import { Problem } from '../http/problem.ts';
import { type Call, defineRoute, jsonType, type Route } from '../http/route.ts';
import { acceptedProduct, changeProduct, type ChangeProductParts } from './change-product.ts';

/** `DELETE /v1/catalogue/{sku}`: the product goes off sale. Orders that have its price keep it, and its version goes on. */
export const retireProductRoute = (parts: ChangeProductParts): Route =>
  defineRoute({
    method: 'DELETE',
    path: '/v1/catalogue/{sku}',
    scope: 'catalogue:write',
    idempotencyKey: 'optional',
    params: { sku: parseSku },
    query: z.strictObject({}),
    produces: [jsonType],
    docs: {
      summary: 'Take a product off sale',
      description:
        'If-Match: "<version>" retires that version only. A product that is put again later goes on counting its versions.',
      tag: 'Catalogue',
      answers: { 202: { description: 'Durable in the log.', schema: acceptedProduct } },
      problems: [
        'invalid-id',
        'not-found',
        'version-mismatch',
        'idempotency-key-reused',
        'request-in-progress',
      ],
    },
    handle: (call) => retireProduct(parts, call),
  });

const retireProduct = (parts: ChangeProductParts, call: Call): Promise<Answer> =>
  changeProduct(parts, call, {
    method: 'DELETE',
    asked: {},
    bodyOf: (sku, ifVersion) => ({ type: 'RetireProduct', sku, ifVersion }),
    refuse: (store, sku) => {
      if (!parts.catalogue.productOf(store, sku)) throw new Problem('not-found');
    },
  });
