import { z } from 'zod';
import { parseOrderId } from '../../schemas/ids.ts';
import { type Answer, notModified, ok } from '../http/answer.ts';
import { entityTag, matchesNone } from '../http/conditional.ts';
import { parseCoordinate } from '../http/coordinate.ts';
import { parseWaitMs } from '../http/prefer.ts';
import { type Call, defineRoute, everySecond, jsonType, type Route } from '../http/route.ts';
import type { Principal } from '../auth/store-directory.ts';
import type { ParkedPlacing } from '../views/parked-placing.ts';
import type { OrderReader, SeenOrder } from '../views/order-reader.ts';
import { absent, type ViewPositions } from '../views/view-positions.ts';
import { Problem } from '../http/problem.ts';
import type { OrderView } from '../../schemas/order-view.ts';
import type { Erasures } from './erasures.ts';
import { type ExpandParts, expandOrder } from './expand/expand-order.ts';
import { expandedAnswer } from './expand/expanded-answer.ts';
import { expandParameter } from './expand/expand-query.ts';
import {
  type OrderAnswer,
  orderAnswer,
  type ParkedOrderAnswer,
  parkedOrderAnswer,
  toOrderAnswer,
  toParkedOrderAnswer,
} from './order-answer.ts';

export interface OrderReadParts {
  readonly orders: OrderReader;
  readonly positions: ViewPositions;
  readonly partitions: number;
  readonly nowMs: () => number;
}

export interface ErasureParts {
  readonly erasures: Erasures;
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

const orderQuery = afterQuery.extend({ expand: expandParameter });

/** `GET /v1/orders/{id}`. */
export const getOrderRoute = (parts: OrderReadParts & ExpandParts & ErasureParts): Route =>
  defineRoute({
    method: 'GET',
    path: '/v1/orders/{id}',
    scope: 'orders:read',
    visitors: true,
    idempotencyKey: 'none',
    params: { id: parseOrderId },
    query: orderQuery,
    produces: [jsonType],
    live: everySecond,
    docs: {
      summary: 'Read an order',
      description:
        'Prefer: wait=n waits up to n seconds (2 without it) for the position in `after`. If-None-Match gives 304. With expand the answer has its history and no ETag; where the ledger is away, it says so.',
      tag: 'Orders',
      answers: {
        200: {
          description:
            'The order, with its strong ETag; status parked: accepted, kept, and to be decided once a person has looked.',
          schema: z.union([orderAnswer.extend({ expanded: expandedAnswer.optional() }), parkedOrderAnswer]),
        },
        304: { description: 'Your copy is current.' },
      },
      problems: ['invalid-id', 'not-found', 'view-behind', 'view-unavailable'],
    },
    handle: (call) => getOrder(parts, call),
  });

async function getOrder(
  parts: OrderReadParts & ExpandParts & ErasureParts,
  call: Call<z.output<typeof orderQuery>>,
): Promise<Answer> {
  const seen = await readOwnOrder(parts, call);
  const { own } = seen;
  if (!('status' in own)) return whole(call, own.position, toParkedOrderAnswer(own));
  const { expand } = call.query;
  const isErased = parts.erasures.hasErased(own);
  const answer = toOrderAnswer(own, isErased);
  // an erasure is no event of the order: the tag has to tell it too
  if (expand === undefined) return whole(call, isErased ? `${own.position}-erased` : own.position, answer);
  return ok({ ...answer, expanded: await expandOrder(parts, own, seen, expand) });
}

function whole(call: Call, version: string, body: OrderAnswer | ParkedOrderAnswer): Answer {
  const tag = entityTag(version);
  const headers = { ETag: tag, 'Cache-Control': 'private, no-cache' };
  return matchesNone(call.request.headers['if-none-match'], tag) ? notModified(headers) : ok(body, headers);
}

/** An order that belongs to the caller's store, or the parked command that asked for it. */
export type OwnOrder = Pick<SeenOrder, 'partition' | 'position'> & {
  readonly own: OrderView | ParkedPlacing;
};

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
  if (own && isOf(principal, own)) return { partition: seen.partition, position: seen.position, own };
  throw absent(seen.position, nowMs());
}

/** Another store's order is not there, and neither is another customer's for a visitor of the shop. */
const isOf = ({ store, customerId }: Principal, own: Pick<OrderView, 'store' | 'customerId'>): boolean =>
  own.store === store && (customerId === undefined || own.customerId === customerId);

export const preferOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header.join(',') : header;
