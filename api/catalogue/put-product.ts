import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import 'zod-openapi';
import { fingerprintOf } from '../../producers/intake/fingerprint.ts';
import type { Intake } from '../../producers/intake/intake.ts';
import type { Command } from '../../schemas/generated/catalogue-commands.ts';
import { assertNever } from '../../schemas/assert-never.ts';
import { commandIdOf, parseSku, skuKeyOf } from '../../schemas/ids.ts';
import { inboxOf } from '../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { StoreDirectory } from '../auth/store-directory.ts';
import type { Answer } from '../http/answer.ts';
import { parsePrecondition } from '../http/conditional.ts';
import { Problem } from '../http/problem.ts';
import { type Call, defineRoute, jsonType, type Route } from '../http/route.ts';
import type { Claims } from '../idempotency/claims.ts';
import { findNothing, submitOnce } from '../idempotency/submit-once.ts';
import { currency, textLine } from '../orders/place-order-request.ts';
import type { Catalogue } from './catalogue.ts';

export interface PutProductParts {
  readonly directory: StoreDirectory;
  readonly catalogue: Catalogue;
  readonly codec: TopicCodec<Command>;
  readonly claims: Claims;
  readonly intake: Intake;
  readonly fingerprintSecret: string;
}

/** Body of `PUT /v1/catalogue/{sku}`: the whole product. */
export const putProductRequest = z
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

const acceptedProduct = z
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
      answerAt: (position) => {
        const location = `${path}?after=${position}`;
        return { location, body: { sku, status: 'accepted', position, links: { product: location } } };
      },
    },
    parts.claims,
    parts.intake,
  );
}

/** What the caller demands of the product's version. */
interface Demand {
  /** 0 = it must not exist; null = nothing is demanded. */
  readonly version: number | null;
  readonly mustExist: boolean;
}

/** Reads If-Match and If-None-Match, and gives memory a moment to learn a version it has not seen yet. */
async function demandedVersion(
  catalogue: Catalogue,
  { request, principal }: Call,
  sku: string,
): Promise<Demand> {
  const demanded = parsePrecondition(request.headers['if-match'], request.headers['if-none-match']);
  switch (demanded.is) {
    case 'malformed':
      throw new Problem('version-mismatch', {
        detail: 'If-Match takes one strong ETag of the product or *, If-None-Match takes *.',
      });
    case 'none':
      return { version: null, mustExist: false };
    case 'absent':
      return { version: 0, mustExist: false };
    case 'present':
      return { version: null, mustExist: true };
    case 'version':
      await learnVersion(catalogue, principal.store, sku, demanded.version);
      return { version: demanded.version, mustExist: true };
    default:
      return assertNever(demanded);
  }
}

const learnWithinMs = 200;
const pollMs = 10;

async function learnVersion(
  catalogue: Catalogue,
  store: string,
  sku: string,
  version: number,
): Promise<void> {
  const deadlineMs = performance.now() + learnWithinMs;
  while ((catalogue.productOf(store, sku)?.version ?? 0) < version && performance.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

function refuseMismatch(
  catalogue: Catalogue,
  store: string,
  sku: string,
  { version, mustExist }: Demand,
): void {
  const product = catalogue.productOf(store, sku);
  if (mustExist && !product) throw new Problem('version-mismatch', { detail: 'There is no such product.' });
  if (version !== null && version !== (product?.version ?? 0)) throw new Problem('version-mismatch');
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
