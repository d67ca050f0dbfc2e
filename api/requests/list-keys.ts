import { z } from 'zod';
import type { StoreDirectory } from '../auth/store-directory.ts';
import { ok } from '../http/answer.ts';
import { defineRoute, jsonType, type Route } from '../http/route.ts';
import { toInstantOrNull } from '../orders/answer-fields.ts';
import type { KeptRequests } from './kept-requests.ts';

export interface ListKeysParts {
  readonly directory: StoreDirectory;
  readonly kept: Pick<KeptRequests, 'lastUseOf'>;
  readonly nowMs: () => number;
}

const instant = z.string().meta({ description: 'RFC 3339, UTC.', example: '2026-01-02T03:04:05.678Z' });

const keyList = z
  .object({
    data: z.array(
      z.object({
        keyId: z.string().meta({
          description: 'Its public name: what stands between the second and the third _ of its text.',
          example: '0123456789abcdef',
        }),
        label: z.string().nullable().meta({
          description: 'The client it was made for; null: of a revoked key its revocation alone is left.',
          example: 'checkout',
        }),
        state: z.enum(['live', 'expired', 'revoked']),
        scopes: z.array(z.string()),
        createdAt: instant.nullable().meta({
          description: 'When it was written, or written anew where only that is still known. Null as label.',
        }),
        expiresAt: instant.nullable().meta({ description: 'Null: never.' }),
        revokedAt: instant.nullable(),
        revokedReason: z.string().nullable(),
        lastUsedAt: instant.nullable().meta({
          description: 'With the key itself, not by the dashboard; null: not in a week, or not known now.',
        }),
      }),
    ),
  })
  .meta({ id: 'KeyList' });

/** `GET /v1/keys`: the keys of the caller's store; never a secret, nor its digest. */
export const listKeysRoute = ({ directory, kept, nowMs }: ListKeysParts): Route =>
  defineRoute({
    method: 'GET',
    path: '/v1/keys',
    scope: 'orders:read',
    idempotencyKey: 'none',
    params: {},
    query: z.strictObject({}),
    produces: [jsonType],
    live: { everyMs: 5_000 },
    docs: {
      summary: 'The API keys of the store',
      description:
        'The newest first, those that are over too. `npx millrace keys create` and `revoke` change them.',
      tag: 'Developers',
      answers: { 200: { description: 'Every key.', schema: keyList } },
    },
    handle: async ({ principal }) => {
      const lastUse = await kept.lastUseOf(principal.store);
      const data = directory
        .keysOf(principal.store, nowMs())
        .map(({ createdAtMs, expiresAtMs, revoked, ...key }) => ({
          ...key,
          scopes: [...key.scopes],
          createdAt: toInstantOrNull(createdAtMs),
          expiresAt: toInstantOrNull(expiresAtMs),
          revokedAt: toInstantOrNull(revoked?.atMs ?? null),
          revokedReason: revoked?.reason ?? null,
          lastUsedAt: toInstantOrNull(lastUse?.get(key.keyId) ?? null),
        }));
      return ok({ data } satisfies z.output<typeof keyList>);
    },
  });
