import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import 'zod-openapi';
import { fingerprintOf } from '../../producers/intake/fingerprint.ts';
import type { Intake } from '../../producers/intake/intake.ts';
import type { Command } from '../../schemas/generated/catalogue-commands.ts';
import { commandIdOf, parseSku, skuKeyOf } from '../../schemas/ids.ts';
import { inboxOf } from '../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { StoreDirectory } from '../auth/store-directory.ts';
import type { Answer } from '../http/answer.ts';
import { Problem } from '../http/problem.ts';
import { type Call, defineRoute, jsonType, type Route } from '../http/route.ts';
import type { Claims, StoredAnswer } from '../idempotency/claims.ts';
import { findNothing, submitOnce } from '../idempotency/submit-once.ts';
import { currency, textLine } from '../orders/place-order-request.ts';
import type { Catalogue } from './catalogue.ts';
import { demandedVersion, refuseMismatch } from './product-precondition.ts';

export interface PutProductParts {
  readonly directory: StoreDirectory;
  readonly catalogue: Catalogue;
  readonly codec: TopicCodec<Command>;
  readonly claims: Claims;
  readonly intake: Intake;
  readonly fingerprintSecret: string;
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

/** Body of the 202 of a change of a product. */
export const acceptedProduct = z
  .object({
    sku: z.string(),
    status: z.literal('accepted'),
    position: z
      .string()
      .meta({ description: 'Where the change stands in the log: what `after` takes.', example: '2:17' }),
    links: z.object({ product: z.string() }),
  })
  .meta({ id: 'AcceptedProduct' });

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

/** The answer once a change of the product stands at `position` of the inbox. */
export function acceptedAt(sku: string, position: string): StoredAnswer {
  const location = `/v1/catalogue/${sku}?after=${position}`;
  return { location, body: { sku, status: 'accepted', position, links: { product: location } } };
}

const route = 'PUT /v1/catalogue/{sku}';

async function putProduct(parts: PutProductParts, call: Call<unknown, PutBody>): Promise<Answer> {
  const { store } = call.principal;
  const { name, prices, taxBasisPoints } = call.body;
  const sku = call.params['sku'] ?? '';
  const path = `/v1/catalogue/${sku}`;
  const ifVersion = await demandedVersion(parts.catalogue, call, sku);
  const commandId = commandIdOf(store, route, path, call.idempotencyKey ?? randomUUID());
  const fingerprint = fingerprintOf(parts.fingerprintSecret, {
    method: 'PUT',
    path,
    body: { ...call.body, ifVersion },
  });
  const body = {
    type: 'PutProduct' as const,
    sku,
    name,
    prices: prices.map((price) => ({ currency: price.currency, unitMinor: price.unitPriceMinor })),
    taxBp: taxBasisPoints ?? 0,
    ifVersion: ifVersion.version,
  };
  return submitOnce(
    {
      store,
      commandId,
      fingerprint,
      findEarlier: findNothing,
      prepare: () => {
        refuseMismatch(parts.catalogue, store, sku, ifVersion);
        refuseForeignCurrency(parts.directory, store, prices);
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
