import { expect, test } from 'vitest';
import { createOpenApi } from '../../../../api/http/openapi.ts';
import { createRoutes, type RouteParts } from '../../../../api/routes.ts';
import { routesOf } from './api-document.ts';
import { type HostileRequest, wireBytes } from './hostile-request.ts';
import { judgeHostile } from './judge-hostile.ts';
import { whyNot } from './may-be-accepted.ts';
import { mutateRequest } from './mutate-request.ts';
import { pickBySeed } from './pick.ts';
import { validBodies, validRequest } from './valid-requests.ts';

const parts = { codecs: {}, partitions: 4, nowMs: () => 0, open: new Set(), quoteSecrets: [''] };
const routes = routesOf(createOpenApi(createRoutes(parts as unknown as RouteParts)) as object);
const world = {
  host: '127.0.0.1',
  key: 'mr_test_key',
  store: 'S1',
  orderId: 'o-0123456789ABCDEFGHJKMNPQRS',
};
const signed = routes.filter(({ isSigned }) => isSigned);
const requests = routes
  .filter((route) => !signed.includes(route))
  .map((route) => [`${route.method} ${route.path}`, validRequest(route, world, 'idem-1')] as const);
const order = requests.find(([name]) => name === 'POST /v1/orders')?.[1] as HostileRequest;
const refuse = (change: Partial<HostileRequest>): string | null =>
  whyNot({ ...order, ...change }, routes, world.key);
const withBody = (text: string): string | null => refuse({ body: Buffer.from(text) });

test('there is a valid body for every route that takes one, and for no other', () => {
  const taking = routes.filter(({ takesBody, isSigned }) => takesBody && !isSigned);
  expect(Object.keys(validBodies).toSorted()).toEqual(
    taking.map(({ method, path }) => `${method} ${path}`).toSorted(),
  );
});

test.each(requests)('a valid %s may be accepted', (_name, request) => {
  expect(whyNot(request, routes, world.key)).toBeNull();
});

test('what is spoiled may not', () => {
  const text = String(order.body);
  expect(withBody(text.replace('"GBP"', '"GBP","currency":"GBP"'))).toMatch(/twice/);
  expect(withBody(text.replace('"quantity":6', '"quantity":0'))).toMatch(/document/);
  expect(withBody(text.replace('{', '{"extra":1,'))).toMatch(/document/);
  expect(withBody(text.slice(1))).toMatch(/JSON/);
  expect(withBody(`[${text}]`)).toMatch(/object/);
  expect(refuse({ body: Buffer.from([0xff]) })).toMatch(/JSON/);
  expect(refuse({ target: '/v1/orders?x=1' })).toMatch(/parameter/);
  expect(refuse({ method: 'PATCH' })).toMatch(/route/);
  expect(refuse({ headers: order.headers.slice(0, 1) })).toMatch(/key/);
  expect(refuse({ headers: order.headers.slice(0, 3) })).toMatch(/Idempotency/);
  expect(refuse({ headers: [...order.headers, ['host', 'b']] })).toMatch(/twice/);
});

test('an answer that must not be is reported', () => {
  const judge = (status: number, code: string, request = order): string | null => {
    const body = JSON.stringify({ type: `/problems/${code}`, status });
    const headers = { 'content-type': 'application/problem+json' };
    return judgeHostile(request, { status, headers, body }, routes, world.key).violation;
  };
  expect(judge(422, 'validation-failed')).toBeNull();
  expect(judge(503, 'unavailable')).toBeNull();
  expect(judge(500, 'internal-error')).toBe('a 500');
  expect(judge(400, 'made-up')).toMatch(/documented/);
  expect(judge(400, 'not-found')).toMatch(/says/);
  expect(judge(417, 'expectation-failed')).toMatch(/another request/);
  expect(judge(202, '', { ...order, target: '/v1/orders?x=1' })).toMatch(/^202, though/);
  const html = { status: 404, headers: { 'content-type': 'text/html' }, body: '' };
  expect(judgeHostile(order, html, routes, world.key).violation).toMatch(/documented/);
});

test('a seed makes the same requests again', () => {
  const made = (): readonly string[] => {
    const pick = pickBySeed(7);
    return Array.from({ length: 200 }, () => wireBytes(mutateRequest(order, pick)).toString('latin1'));
  };
  expect(made()).toEqual(made());
  expect(new Set(made()).size).toBeGreaterThan(120);
});
