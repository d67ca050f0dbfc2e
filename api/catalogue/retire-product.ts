import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { fingerprintOf } from '../../producers/intake/fingerprint.ts';
import { commandIdOf, parseSku, skuKeyOf } from '../../schemas/ids.ts';
import { inboxOf } from '../../schemas/topic-catalogue.ts';
import type { Answer } from '../http/answer.ts';
import { Problem } from '../http/problem.ts';
import { type Call, defineRoute, jsonType, type Route } from '../http/route.ts';
import { findNothing, submitOnce } from '../idempotency/submit-once.ts';
import { demandedVersion, refuseMismatch } from './product-precondition.ts';
import { acceptedAt, acceptedProduct, type PutProductParts } from './put-product.ts';

/** `DELETE /v1/catalogue/{sku}`: the product goes off sale. Orders that have its price keep it, and its version goes on. */
export const retireProductRoute = (parts: Omit<PutProductParts, 'directory'>): Route =>
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

const route = 'DELETE /v1/catalogue/{sku}';

async function retireProduct(parts: Omit<PutProductParts, 'directory'>, call: Call): Promise<Answer> {
  const { store } = call.principal;
  const sku = call.params['sku'] ?? '';
  const path = `/v1/catalogue/${sku}`;
  const ifVersion = await demandedVersion(parts.catalogue, call, sku);
  const commandId = commandIdOf(store, route, path, call.idempotencyKey ?? randomUUID());
  const fingerprint = fingerprintOf(parts.fingerprintSecret, {
    method: 'DELETE',
    path,
    body: { ifVersion },
  });
  const body = { type: 'RetireProduct', sku, ifVersion: ifVersion.version } as const;
  return submitOnce(
    {
      store,
      commandId,
      fingerprint,
      findEarlier: findNothing,
      prepare: () => {
        refuseMismatch(parts.catalogue, store, sku, ifVersion);
        if (!parts.catalogue.productOf(store, sku)) throw new Problem('not-found');
        const value = parts.codec.encode({ store, commandId, fingerprint, requestId: call.requestId, body });
        return {
          topic: inboxOf('catalogue'),
          key: skuKeyOf(store, sku),
          value,
          traceparent: call.traceparent,
        };
      },
      answerAt: (position) => acceptedAt(sku, position),
    },
    parts.claims,
    parts.intake,
  );
}
