import { expect, test } from 'vitest';
import { z } from 'zod';
import { scopes } from '../../schemas/api-key.ts';
import type { Principal } from '../auth/store-directory.ts';
import { ok } from '../http/answer.ts';
import { defineRoute, everySecond, jsonType } from '../http/route.ts';
import { callOf, type LiveGet, liveTarget, questionKey } from './live-target.ts';

const docs = { summary: '', tag: '', answers: {} };
const common = {
  method: 'GET',
  idempotencyKey: 'none',
  produces: [jsonType],
  live: everySecond,
  docs,
} as const;
const list = defineRoute({
  ...common,
  path: '/v1/things',
  scope: 'orders:read',
  params: {},
  query: z.strictObject({ limit: z.string().transform(Number).optional(), name: z.string().optional() }),
  handle: async ({ query }) => ok(query),
});
const one = defineRoute({
  ...common,
  path: '/v1/things/{id}',
  scope: 'ops:read',
  params: { id: (raw) => (/^[a-z ]+$/.test(raw) ? raw : null) },
  query: z.strictObject({}),
  live: { ...everySecond, refusal: () => null },
  handle: async ({ params }) => ok(params),
});
const file = defineRoute({
  ...common,
  path: '/v1/files',
  scope: null,
  params: {},
  query: z.strictObject({}),
  live: { ...everySecond, refusal: () => 'no file is watched' },
  handle: async () => ok({}),
});
const routes = [list, one, file] as readonly LiveGet[];
const caller = (over: Partial<Principal> = {}): Principal => ({
  store: 'S',
  keyId: 'k-1',
  scopes: new Set(scopes),
  ...over,
});

test('a path names its route, with parameters parsed as GET parses them', async () => {
  const listed = liveTarget(routes, '/v1/things?limit=5', caller());
  expect([listed.route, listed.query]).toEqual([list, { limit: 5 }]);
  const named = liveTarget(routes, '/v1/things/a%20b', caller());
  const answer = await named.route.handle(callOf(named, 'r-1'));
  expect(JSON.parse(answer?.body ?? '')).toEqual({ id: 'a b' });
});

test.each([
  ['/v1/other', /not-found/],
  ['/v1/things/', /not-found/],
  ['/v1/things/a/b', /not-found/],
  ['https://elsewhere/v1/things', /not-found/],
  ['/v1/things/A', /invalid-id/],
  ['/v1/things/%E0', /invalid-id/],
  ['/v1/things?limit=1&limit=2', /invalid-query/],
  ['/v1/things?nothing=1', /invalid-query/],
  ['/v1/files', /invalid-query: no file is watched/],
])('%s is refused as GET would refuse it', (path, refusal) => {
  expect(() => liveTarget(routes, path, caller())).toThrow(refusal);
});

test('a path needs the scope of its own route', () => {
  const narrow = caller({ scopes: new Set(['orders:read']) });
  expect(liveTarget(routes, '/v1/things', narrow).route).toBe(list);
  expect(() => liveTarget(routes, '/v1/things/a', narrow)).toThrow(/insufficient-scope.*ops:read/);
});

test('store, customer, rights, path and parameters make the question; the key and the order of parameters do not', () => {
  const keyOf = (path: string, over: Partial<Principal> = {}) =>
    questionKey(liveTarget(routes, path, caller(over)));
  const key = keyOf('/v1/things?limit=5&name=x');
  expect(keyOf('/v1/things?name=x&limit=5', { keyId: 'k-2' })).toBe(key);
  const others = [
    keyOf('/v1/things?limit=5&name=y'),
    keyOf('/v1/things?limit=5'),
    keyOf('/v1/things?limit=5&name=x', { store: 'T' }),
    keyOf('/v1/things?limit=5&name=x', { scopes: new Set(['orders:read']) }),
    keyOf('/v1/things?limit=5&name=x', { customerId: 'visitor-1' }),
    keyOf('/v1/things?limit=5&name=x', { customerId: 'visitor-2' }),
    keyOf('/v1/things/x'),
    keyOf('/v1/things/y'),
  ];
  expect(new Set([key, ...others]).size).toBe(9);
});
