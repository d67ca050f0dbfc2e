import { expect, test } from 'vitest';
import type { Call } from '../http/route.ts';
import { parseQuery } from '../http/parse-query.ts';
import type { PageRequest } from '../views/order-index.ts';
import { listOrdersRoute, type ListOrdersParts } from './list-orders.ts';

/** Calls the route with a query on an index without orders; resolves with what the index was asked for. */
async function asked(query: string): Promise<PageRequest['filter'] | undefined> {
  const requests: PageRequest[] = [];
  const index = {
    page: async (request: PageRequest) => {
      requests.push(request);
      return { orders: [], end: null, completeUntilMs: null };
    },
  };
  const route = listOrdersRoute({ index, cursorSecret: 'a secret' } as unknown as ListOrdersParts);
  const url = `/v1/orders?${query}`;
  const call = { query: parseQuery(url, route.query), principal: { store: 's' }, request: { url } };
  await route.handle(call as unknown as Call);
  return requests[0]?.filter;
}

const [early, late] = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.001Z'];

test.each([
  ['behind', late, early],
  ['at', early, early],
])('a span that begins %s its end is an invalid query that says what to change', async (_, from, to) => {
  await expect(asked(`from=${from}&to=${to}`)).rejects.toMatchObject({
    code: 'invalid-query',
    details: { detail: 'from must be earlier than to.' },
  });
});

test('a span of a millisecond, and one with one end, are asked for as they are', async () => {
  const fromMs = Date.parse(early);
  expect(await asked(`from=${early}&to=${late}`)).toMatchObject({ fromMs, toMs: fromMs + 1 });
  expect(await asked(`from=${late}`)).toMatchObject({ fromMs: fromMs + 1, toMs: null });
  expect(await asked(`to=${early}`)).toMatchObject({ fromMs: null, toMs: fromMs });
});
