import { z } from 'zod';
import { toInstant } from '../orders/answer-fields.ts';
import type { StoreDirectory } from '../auth/store-directory.ts';
import { ok } from '../http/answer.ts';
import { limitDefault, limitQuery } from '../http/page-query.ts';
import { Problem } from '../http/problem.ts';
import { defineRoute, jsonType, type Route } from '../http/route.ts';
import type { AuditTail, SeenAuditRecord } from './audit-tail.ts';

const auditRecord = z.object({
  at: z.string().meta({ description: 'RFC 3339, UTC, by the clock of its writer.' }),
  actor: z.string().meta({
    description: 'The id of an API key, or `operator:<name>` on the command line.',
    example: 'operator:jo',
  }),
  what: z.string().meta({ example: 'payment.resolve' }),
  target: z.string(),
  reason: z.string(),
  requestId: z.string().nullable(),
  effectId: z.string().meta({ description: 'What the effect carries.' }),
  writer: z.string().meta({ description: 'Whose hash chain it is of.' }),
  seq: z.int().meta({ description: 'In that chain, from 1.' }),
  sound: z.boolean().meta({ description: 'Its hash is its own and fits the record before it.' }),
});

const auditRecords = z
  .object({
    data: z.array(auditRecord),
    count: z.int().meta({ description: 'Of the store, as far back as the API remembers.' }),
    unsound: z
      .int()
      .meta({ description: 'Of these, records whose hash or link does not fit: changed since.' }),
  })
  .meta({ id: 'AuditRecords' });

/** `GET /v1/ops/audit-records`: what somebody privileged did last to the caller's store or the whole pipeline. */
export const auditRecordsRoute = (
  tail: Pick<AuditTail, 'of' | 'isFollowed'>,
  directory: Pick<StoreDirectory, 'owns'>,
): Route =>
  defineRoute({
    method: 'GET',
    path: '/v1/ops/audit-records',
    scope: 'ops:read',
    idempotencyKey: 'none',
    params: {},
    query: z.strictObject({ limit: limitQuery('1 to 100; 20 without it.') }),
    produces: [jsonType],
    live: { everyMs: 5_000 },
    docs: {
      summary: 'The last records of the audit log',
      description:
        'Newest first, each with whether its hash chain holds. Of the caller’s store: what its keys did, what was done to it, its keys, SKUs and customers, and what is of the whole pipeline. What was done to an order on the command line names no store and is not here.',
      tag: 'Operations',
      answers: { 200: { description: 'The newest.', schema: auditRecords } },
      problems: ['unavailable'],
    },
    handle: async ({ principal: { store }, query }) => {
      if (!tail.isFollowed)
        throw new Problem('unavailable', { detail: 'The audit log is not read by this process.' });
      const records = tail.of(store, (keyId) => directory.owns(store, keyId));
      return ok({
        data: records.slice(0, query.limit ?? limitDefault).map(toRow),
        count: records.length,
        unsound: records.filter(({ isSound }) => !isSound).length,
      } satisfies z.output<typeof auditRecords>);
    },
  });

const toRow = ({
  record: { atMs, actor, requestId, writer, seq, body },
  isSound,
}: SeenAuditRecord): z.output<typeof auditRecord> => ({
  at: toInstant(atMs),
  actor,
  what: body.what,
  target: body.target,
  reason: body.reason,
  requestId,
  effectId: body.effectId,
  writer,
  seq,
  sound: isSound,
});
