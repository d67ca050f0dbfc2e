import { z } from 'zod';
import { parseSku } from '../../schemas/ids.ts';
import { orderStatuses } from '../../schemas/order-view.ts';
import { type Answer, ok } from '../http/answer.ts';
import { endBefore, nextPage } from '../http/page-cursor.ts';
import { cursorQuery, limitDefault, limitQuery, nextCursorAnswer } from '../http/page-query.ts';
import { Problem } from '../http/problem.ts';
import { type Call, defineRoute, everySecond, jsonType, type Route } from '../http/route.ts';
import type { OrderFilter, OrderIndex, PagePlace } from '../views/order-index.ts';
import { toInstantOrNull } from './answer-fields.ts';
import type { Erasures } from './erasures.ts';
import { orderAnswer, toOrderAnswer } from './order-answer.ts';

export interface ListOrdersParts {
  readonly erasures: Erasures;
  readonly index: OrderIndex;
  readonly cursorSecret: string;
}

const instant = z
  .string()
  .max(30)
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/)
  .refine((text) => !Number.isNaN(Date.parse(text)))
  .transform((text) => Date.parse(text));

/** Parameters of `GET /v1/orders`; values are texts. */
const listOrdersQuery = z.strictObject({
  limit: limitQuery('Orders a page, 1 to 100; 20 without it.'),
  cursor: cursorQuery('nextCursor of the page before, with the same filters.'),
  status: z.enum(orderStatuses).optional(),
  customerId: z
    .string()
    .max(64)
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .optional(),
  sku: z
    .string()
    .max(32)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/)
    .overwrite((text) => parseSku(text) ?? text)
    .optional(),
  from: instant.optional().meta({
    description: 'Created at or after, RFC 3339 (…Z).',
    example: '2026-01-01T00:00:00Z',
    override: { type: 'string' },
  }),
  to: instant.optional().meta({
    description: 'Created before, RFC 3339 (…Z); later than from.',
    example: '2026-02-01T00:00:00Z',
    override: { type: 'string' },
  }),
  sort: z.enum(['-createdAt', 'createdAt']).optional().meta({ description: 'Newest first without it.' }),
});

const orderPage = z
  .object({
    data: z.array(orderAnswer),
    nextCursor: nextCursorAnswer,
    completeUntil: z.string().nullable().meta({
      description:
        'Every order created before this instant is in the list; null while a view is being built.',
    }),
  })
  .meta({ id: 'OrderPage' });

/** `GET /v1/orders`: the orders of the caller's store, merged over all partitions. */
export const listOrdersRoute = (parts: ListOrdersParts): Route =>
  defineRoute({
    method: 'GET',
    path: '/v1/orders',
    scope: 'orders:read',
    idempotencyKey: 'none',
    params: {},
    query: listOrdersQuery,
    produces: [jsonType],
    live: everySecond,
    docs: {
      summary: 'List orders',
      tag: 'Orders',
      answers: { 200: { description: 'One page. Link names the next.', schema: orderPage } },
      problems: ['invalid-query', 'invalid-cursor', 'view-unavailable'],
    },
    handle: (call) => listOrders(parts, call),
  });

async function listOrders(
  { index, erasures, cursorSecret }: ListOrdersParts,
  { query, principal, request }: Call<z.output<typeof listOrdersQuery>>,
): Promise<Answer> {
  const filter: OrderFilter = {
    store: principal.store,
    status: query.status ?? null,
    customerId: query.customerId ?? null,
    sku: query.sku ?? null,
    fromMs: query.from ?? null,
    toMs: query.to ?? null,
  };
  if (filter.fromMs !== null && filter.toMs !== null && filter.fromMs >= filter.toMs)
    throw new Problem('invalid-query', { detail: 'from must be earlier than to.' });
  const newestFirst = query.sort !== 'createdAt';
  const scope = { filter, newestFirst };
  const end = endBefore(cursorSecret, scope, query.cursor);
  const behind = end === null ? null : toPlace(end);
  const page = await index.page({ filter, newestFirst, limit: query.limit ?? limitDefault, behind });
  const last = page.end === null ? null : `${page.end.createdAtMs} ${page.end.orderId}`;
  const { nextCursor, headers } = nextPage(cursorSecret, scope, request.url, last);
  const completeUntil = toInstantOrNull(page.completeUntilMs);
  const data = page.orders.map((order) => toOrderAnswer(order, erasures.hasErased(order)));
  return ok({ data, nextCursor, completeUntil }, headers);
}

function toPlace(end: string): PagePlace {
  const [createdAtMs = '', orderId = ''] = end.split(' ');
  return { createdAtMs: Number(createdAtMs), orderId };
}
