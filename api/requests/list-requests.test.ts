import { expect, test } from 'vitest';
import type { Call } from '../http/route.ts';
import type { KeptRequest } from './kept-request.ts';
import { listRequestsRoute } from './list-requests.ts';

const request = (id: string, status: number, problem: string | null): KeptRequest => ({
  at: Date.parse('2026-01-31T14:00:00Z'),
  method: 'POST',
  route: '/v1/orders',
  status,
  problem,
  id,
  ms: 1.2,
  key: 'k',
  replayed: false,
});

const requests = [
  request('r-1', 202, null),
  request('r-2', 422, 'price-mismatch'),
  request('r-3', 404, 'not-found'),
];
const counts = { sinceMs: 0, served: 7, left: 2, lost: 1, problems: [{ problem: 'not-found', count: 2 }] };
const route = listRequestsRoute({ of: () => Promise.resolve({ requests, counts }) });

async function ask(query: object) {
  const asked = { principal: { store: 'S' }, query: route.query.parse(query) } as unknown as Call;
  const answer = await route.handle(asked);
  return JSON.parse(answer?.body ?? '') as { data: { requestId: string }[]; counts: object };
}

test.each([
  [{}, ['r-1', 'r-2', 'r-3']],
  [{ status: '4xx' }, ['r-2', 'r-3']],
  [{ status: '422' }, ['r-2']],
  [{ problem: 'not-found' }, ['r-3']],
  [{ requestId: 'r-1' }, ['r-1']],
  [{ limit: '1' }, ['r-1']],
  [{ status: '5xx' }, []],
])('%j lists %j, and counts all there were', async (query, ids) => {
  const { data, counts: counted } = await ask(query);
  expect(data.map(({ requestId }) => requestId)).toEqual(ids);
  expect(counted).toEqual({
    since: '1970-01-01T00:00:00.000Z',
    served: 7,
    left: 2,
    lost: 1,
    problems: [{ problem: 'not-found', count: 2 }],
  });
});

test.each([{ status: '9xx' }, { problem: 'no-such' }, { requestId: 'a b' }, { store: 'T' }])(
  'refuses %j',
  (query) => {
    expect(route.query.safeParse(query).success).toBe(false);
  },
);
