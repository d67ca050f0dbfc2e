import type { z } from 'zod';
import type { LiveViews } from '../../infra/clients/live-views.ts';
import { parseSku, skuKeyOf } from '../../schemas/ids.ts';
import { partitionOf } from '../../schemas/murmur2.ts';
import { parseStockView } from '../../schemas/stock-view.ts';
import { type Answer, notModified, ok } from '../http/answer.ts';
import { entityTag, matchesNone } from '../http/conditional.ts';
import { parseCoordinate } from '../http/coordinate.ts';
import { parseWaitMs } from '../http/prefer.ts';
import { Problem } from '../http/problem.ts';
import { type Call, defineRoute, everySecond, jsonType, type Route } from '../http/route.ts';
import { afterQuery, preferOf, waitMsDefault } from '../orders/get-order.ts';
import { absent, orUnavailable, parseViewPosition, type ViewPositions } from '../views/view-positions.ts';
import { stockAnswer, toStockAnswer } from './stock-answer.ts';

export interface StockReadParts {
  readonly views: LiveViews;
  readonly positions: ViewPositions;
  readonly partitions: number;
  readonly nowMs: () => number;
}

/** `GET /v1/stock/{sku}`. */
export const getStockRoute = (parts: StockReadParts): Route =>
  defineRoute({
    method: 'GET',
    path: '/v1/stock/{sku}',
    scope: 'orders:read',
    visitors: true,
    idempotencyKey: 'none',
    params: { sku: parseSku },
    query: afterQuery,
    produces: [jsonType],
    live: everySecond,
    docs: {
      summary: 'Read the levels of a SKU',
      tag: 'Stock',
      answers: {
        200: { description: 'The levels, with their strong ETag.', schema: stockAnswer },
        304: { description: 'Your copy is current.' },
      },
      problems: ['invalid-id', 'not-found', 'view-behind', 'view-unavailable'],
    },
    handle: (call) => getStock(parts, call),
  });

async function getStock(
  { views, positions, partitions, nowMs }: StockReadParts,
  { params, query, principal, request }: Call<z.output<typeof afterQuery>>,
): Promise<Answer> {
  if (query.after !== undefined) {
    const coordinate = parseCoordinate(query.after, partitions);
    if (!coordinate)
      throw new Problem('invalid-query', { detail: 'after names a partition that does not exist.' });
    await positions.reach(coordinate, parseWaitMs(preferOf(request.headers['prefer']), waitMsDefault));
  }
  const sku = params['sku'] ?? '';
  const partition = partitionOf(skuKeyOf(principal.store, sku), partitions);
  const [mark, text] = await orUnavailable(() =>
    views.stock(partition, (keys, redis) =>
      Promise.all([
        redis.hmget(keys.position(partition), 'cause', 'atMs'),
        redis.get(keys.sku(partition, principal.store, sku)),
      ]),
    ),
  );
  if (text === null) throw absent(parseViewPosition(mark[0], mark[1]), nowMs());
  const view = parseStockView(text);
  const tag = entityTag(view.position);
  const headers = { ETag: tag, 'Cache-Control': 'private, no-cache' };
  return matchesNone(request.headers['if-none-match'], tag)
    ? notModified(headers)
    : ok(toStockAnswer(view), headers);
}
