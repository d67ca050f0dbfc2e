import { z } from 'zod';
import { parseOrderId } from '../../schemas/ids.ts';
import { type Answer, notModified, ok } from '../http/answer.ts';
import { entityTag, matchesNone } from '../http/conditional.ts';
import { parseCoordinate } from '../http/coordinate.ts';
import { parseWaitMs } from '../http/prefer.ts';
import { type Call, defineRoute, jsonType, type Route } from '../http/route.ts';
import type { ParkedPlacing } from '../views/parked-placing.ts';
import type { OrderReader, SeenOrder } from '../views/order-reader.ts';
import { absent, type ViewPositions } from '../views/view-positions.ts';
import { Problem } from '../http/problem.ts';
import type { OrderView } from '../../schemas/order-view.ts';
import { orderAnswer, parkedOrderAnswer, toOrderAnswer, toParkedOrderAnswer } from './order-answer.ts';

export interface OrderReadParts {
  readonly orders: OrderReader;
  readonly positions: ViewPositions;
  readonly partitions: number;
  readonly nowMs: () => number;
}

/** How long a read waits for the view without `Prefer: wait`, ms. */
export const waitMsDefault = 2_000;

export const afterQuery = z.strictObject({
  after: z
    .string()
    .regex(/^\d{1,5}:\d{1,16}$/)
    .optional()
    .meta({
      description: 'Read your writes: the position of a 202. The answer includes it, or says view-behind.',
      example: '3:1042',
    }),
});

/** `GET /v1/orders/{id}`. */
export const getOrderRoute = (parts: OrderReadParts): Route =>
  defineRoute({
    method: 'GET',
    path: '/v1/orders/{id}',
    scope: 'orders:read',
    idempotencyKey: 'none',
    params: { id: parseOrderId },
    query: afterQuery,
    produces: [jsonType],
    docs: {
      summary: 'Read an order',
      description:
        'Prefer: wait=n waits up to n seconds (2 without it) for the position in `after`. If-None-Match gives 304.',
      tag: 'Orders',
      answers: {
        200: {
          description:
            'The order, with its strong ETag; status parked: accepted, kept, and to be decided once a person has looked.',
          schema: z.union([orderAnswer, parkedOrderAnswer]),
        },
        304: { description: 'Your copy is current.' },
      },
      problems: ['invalid-id', 'not-found', 'view-behind', 'view-unavailable'],
    },
    handle: (call) => getOrder(parts, call),
  });

async function getOrder(parts: OrderReadParts, call: Call<z.output<typeof afterQuery>>): Promise<Answer> {
  const { own } = await readOwnOrder(parts, call);
  const tag = entityTag(own.position);
  const headers = { ETag: tag, 'Cache-Control': 'private, no-cache' };
  if (matchesNone(call.request.headers['if-none-match'], tag)) return notModified(headers);
  return ok('status' in own ? toOrderAnswer(own) : toParkedOrderAnswer(own), headers);
}

/** An order that belongs to the caller's store, or the parked command that asked for it. */
export type OwnOrder = Pick<SeenOrder, 'partition'> & { readonly own: OrderView | ParkedPlacing };

/**
 * The order of the path, if it belongs to the caller's store, after the view has come to `after`.
 * Throws `not-found` only where the view knows (DESIGN §4), otherwise `view-behind` or `view-unavailable`.
 */
export async function readOwnOrder(
  { orders, positions, partitions, nowMs }: OrderReadParts,
  { params, query, principal, request }: Call<z.output<typeof afterQuery>>,
): Promise<OwnOrder> {
  if (query.after !== undefined) {
    const coordinate = parseCoordinate(query.after, partitions);
    if (!coordinate)
      throw new Problem('invalid-query', { detail: 'after names a partition that does not exist.' });
    await positions.reach(coordinate, parseWaitMs(preferOf(request.headers['prefer']), waitMsDefault));
  }
  const seen = await orders.read(params['id'] ?? '');
  const own = seen.order ?? seen.placing;
  if (own?.store === principal.store) return { partition: seen.partition, own };
  throw absent(seen.position, nowMs());
}

export const preferOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header.join(',') : header;
