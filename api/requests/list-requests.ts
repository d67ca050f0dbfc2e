import { z } from 'zod';
import { ok } from '../http/answer.ts';
import { limitDefault, limitQuery } from '../http/page-query.ts';
import { problemCodes } from '../http/problem-codes.ts';
import { defineRoute, everySecond, jsonType, type Route } from '../http/route.ts';
import { toInstant } from '../orders/answer-fields.ts';
import { type KeptRequest, keptMax } from './kept-request.ts';
import type { KeptRequests } from './kept-requests.ts';

const instant = z
  .string()
  .meta({ description: 'RFC 3339, UTC, by the clock of the API.', example: '2026-01-02T03:04:05.678Z' });
const count = z.int().min(0);
const problem = z.string().meta({ description: 'Its page: /problems/<code>.', example: 'validation-failed' });

const requestLog = z
  .object({
    data: z.array(
      z.object({
        at: instant.meta({ description: 'When it ended.' }),
        method: z.string().meta({ example: 'POST' }),
        route: z.string().meta({
          description: 'The pattern of the route, `unmatched` where none fits; never the path itself.',
          example: '/v1/orders/{id}',
        }),
        status: z.int().meta({
          description: '499: the caller was gone before its answer, and nobody was told so.',
          example: 202,
        }),
        problem: problem.nullable(),
        requestId: z.string(),
        durationMs: z.number().meta({ description: 'From its head to the end of its answer.', example: 4 }),
        keyId: z.string().nullable().meta({ description: 'Whose key sent it.' }),
        replayed: z.boolean().meta({
          description: 'The answer of an earlier request with its Idempotency-Key, given again.',
        }),
      }),
    ),
    counts: z
      .object({
        since: instant.meta({ description: 'Start of the first of 24 clock hours (UTC).' }),
        served: count,
        left: count.meta({ description: 'Their callers were gone before an answer began: status 499.' }),
        lost: count.meta({ description: 'Finished, and not kept: Redis was away or too slow.' }),
        problems: z.array(z.object({ problem, count })).meta({ description: 'The most frequent first.' }),
      })
      .meta({
        description:
          'Of the requests with a key of the store that ended since then, listed or not. Never counted: the dashboard’s own, those whose key was refused or never looked at (a broken request, one behind another on a connection that ended), and what an API process that died had not written, a second at most. A little high at most where Redis broke off in a write.',
      }),
  })
  .meta({ id: 'RequestLog' });

const listRequestsQuery = z.strictObject({
  limit: limitQuery('1 to 100; 20 without it.'),
  status: z
    .string()
    .regex(/^([1-5]\d\d|[1-5]xx)$/)
    .optional()
    .meta({ description: 'A status, or a class of them: 422, 4xx.', example: '4xx' }),
  problem: z.enum(problemCodes).optional().meta({ description: 'A problem code.' }),
  requestId: z
    .string()
    .max(64)
    .regex(/^[A-Za-z0-9._-]{1,64}$/)
    .optional()
    .meta({ description: 'The whole Request-Id.' }),
});

type Asked = z.output<typeof listRequestsQuery>;

const fits = (request: KeptRequest, { status, problem: code, requestId }: Asked): boolean =>
  (status === undefined || new RegExp(`^${status.replaceAll('x', '\\d')}$`).test(String(request.status))) &&
  (code === undefined || request.problem === code) &&
  (requestId === undefined || request.id === requestId);

/** `GET /v1/requests`: the last requests that were sent with keys of the caller's store. */
export const listRequestsRoute = (kept: Pick<KeptRequests, 'of'>): Route =>
  defineRoute({
    method: 'GET',
    path: '/v1/requests',
    scope: 'orders:read',
    idempotencyKey: 'none',
    params: {},
    query: listRequestsQuery,
    produces: [jsonType],
    live: everySecond,
    docs: {
      summary: 'The last requests of the store, and what became of them',
      description: `Newest first, of all API processes, about a second behind. Kept: the last ${keptMax} that were served and the last ${keptMax} that were not, for a week; of a busy second a part. Method, route, status and times: no path, parameter, header or body. The dashboard's own are left out.`,
      tag: 'Developers',
      answers: { 200: { description: 'The newest that fit.', schema: requestLog } },
      problems: ['invalid-query', 'unavailable'],
    },
    handle: async ({ principal, query }) => {
      const { requests, counts } = await kept.of(principal.store);
      const { sinceMs, problems, ...sums } = counts;
      return ok({
        data: requests
          .filter((request) => fits(request, query))
          .slice(0, query.limit ?? limitDefault)
          .map(toRow),
        counts: { since: toInstant(sinceMs), ...sums, problems: [...problems] },
      } satisfies z.output<typeof requestLog>);
    },
  });

const toRow = ({
  at,
  id,
  ms,
  key,
  ...request
}: KeptRequest): z.output<typeof requestLog>['data'][number] => ({
  ...request,
  at: toInstant(at),
  requestId: id,
  durationMs: ms,
  keyId: key,
});
