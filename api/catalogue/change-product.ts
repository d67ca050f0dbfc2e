import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import 'zod-openapi';
import { fingerprintOf } from '../../producers/intake/fingerprint.ts';
import type { Intake } from '../../producers/intake/intake.ts';
import type { Command, PutProduct, RetireProduct } from '../../schemas/generated/catalogue-commands.ts';
import { commandIdOf, skuKeyOf } from '../../schemas/ids.ts';
import { inboxOf } from '../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { Answer } from '../http/answer.ts';
import type { Call } from '../http/route.ts';
import type { Claims, StoredAnswer } from '../idempotency/claims.ts';
import { findNothing, type OnceParts, submitOnce } from '../idempotency/submit-once.ts';
import type { Catalogue } from './catalogue.ts';
import { demandedVersion, refuseMismatch } from './product-precondition.ts';

export interface ChangeProductParts {
  readonly catalogue: Catalogue;
  readonly codec: TopicCodec<Command>;
  readonly claims: Claims;
  readonly quotas: OnceParts['quotas'];
  readonly intake: Intake;
  readonly fingerprintSecret: string;
}

/** What one route asks of a product. */
export interface ProductChange {
  readonly method: 'PUT' | 'DELETE';
  /** The request's own words: another request under the same key has others. */
  readonly asked: object;
  /** The command; `ifVersion` is what the caller demands of the product, null is nothing. */
  readonly bodyOf: (sku: string, ifVersion: number | null) => PutProduct | RetireProduct;
  /** Throws what memory can refuse, once the version is as demanded. */
  readonly refuse: (store: string, sku: string) => void;
}

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

/** Appends the change once for its Idempotency-Key, or for itself without one; 202 where it stands in the log. */
export async function changeProduct<Query, Body>(
  { catalogue, codec, claims, quotas, intake, fingerprintSecret }: ChangeProductParts,
  call: Call<Query, Body>,
  { method, asked, bodyOf, refuse }: ProductChange,
): Promise<Answer> {
  const { store, keyId } = call.principal;
  const sku = call.params['sku'] ?? '';
  const path = `/v1/catalogue/${sku}`;
  const ifVersion = await demandedVersion(catalogue, call, sku);
  const key = call.idempotencyKey ?? randomUUID();
  const commandId = commandIdOf(store, `${method} /v1/catalogue/{sku}`, path, key);
  const fingerprint = fingerprintOf(fingerprintSecret, { method, path, body: { ...asked, ifVersion } });
  const body = bodyOf(sku, ifVersion.version);
  return submitOnce(
    {
      store,
      keyId,
      commandId,
      fingerprint,
      findEarlier: findNothing,
      prepare: () => {
        refuseMismatch(catalogue, store, sku, ifVersion);
        refuse(store, sku);
        return {
          topic: inboxOf('catalogue'),
          key: skuKeyOf(store, sku),
          value: codec.encode({ store, commandId, fingerprint, requestId: call.requestId, body }),
          traceparent: call.traceparent,
        };
      },
      answerAt: (position) => acceptedAt(sku, position),
    },
    { claims, quotas, intake },
  );
}

/** The answer once a change of the product stands at `position` of the inbox. */
function acceptedAt(sku: string, position: string): StoredAnswer {
  const location = `/v1/catalogue/${sku}?after=${position}`;
  return { location, body: { sku, status: 'accepted', position, links: { product: location } } };
}
