import { expect, test } from 'vitest';
import { type ClientOptions, createMillraceClient, type MillraceClient } from './millrace-client.ts';
import { createHurry } from './testing/hand-clock.ts';
import { cut, cutMidway, json, problem, serveScript, silence, type Step } from './testing/scripted-server.ts';

const limitMs = 1_000_000;

/** A client of a server that does these steps; pauses are recorded instead of waited for. */
async function against(steps: readonly Step[], options: Partial<ClientOptions> = {}) {
  const server = await serveScript(...steps);
  const hurry = createHurry(limitMs);
  const client = createMillraceClient({
    api: server.api,
    key: 'mr_test_x',
    timeoutMs: limitMs,
    surroundings: hurry,
    ...options,
  });
  return { client, server, pauses: hurry.pauses };
}

const order = {
  customerId: 'c-1',
  currency: 'GBP',
  lines: [{ sku: '85123A', quantity: 6 }],
  paymentToken: 'tok_ok',
};
const acceptedOrder = {
  orderId: 'o-1',
  status: 'accepted',
  position: '3:1042',
  links: { order: '/v1/orders/o-1?after=3:1042', events: '/v1/orders/o-1/events' },
};
const place = (client: MillraceClient, idempotencyKey?: string) =>
  client.placeOrder(order, idempotencyKey === undefined ? {} : { idempotencyKey });

test('one key and the same bytes go out until the order is known to be taken, whatever breaks on the way', async () => {
  const { client, server, pauses } = await against([
    cut,
    cutMidway,
    problem(503, 'unavailable', true, { 'retry-after': '1' }),
    problem(409, 'request-in-progress', true, { 'retry-after': '2' }),
    problem(429, 'rate-limited', true, { 'retry-after': '3' }),
    json(202, acceptedOrder, { 'idempotent-replayed': 'true' }),
  ]);
  const placed = await place(client, 'cart-42');
  expect(placed).toMatchObject({
    ok: true,
    status: 202,
    replayed: true,
    data: acceptedOrder,
    idempotencyKey: 'cart-42',
  });
  expect(server.arrived).toHaveLength(6);
  for (const { method, url, headers, body } of server.arrived) {
    expect([method, url]).toEqual(['POST', '/v1/orders']);
    expect(headers).toMatchObject({ 'idempotency-key': 'cart-42', authorization: 'Bearer mr_test_x' });
    expect(JSON.parse(body)).toEqual(order);
  }
  // Half of 100, 200, 400, 800, 1,600, after what the server asked for.
  expect(pauses).toEqual([50, 100, 1_200, 2_400, 3_800]);
});

test('each call without a key is a wish of its own and tells its key', async () => {
  const { client, server } = await against([json(202, acceptedOrder)]);
  const keys = [await place(client), await place(client)].map(({ idempotencyKey }) => idempotencyKey);
  expect(server.arrived.map(({ headers }) => headers['idempotency-key'])).toEqual(keys);
  expect(new Set(keys).size).toBe(2);
  expect(keys[0]).toMatch(/^[\x21-\x7e]{20,255}$/);
});

test.each([
  [400, 'idempotency-key-required'],
  [401, 'unauthenticated'],
  [403, 'insufficient-scope'],
  [404, 'not-found'],
  [409, 'order-state-conflict'],
  [412, 'version-mismatch'],
  [413, 'payload-too-large'],
  [422, 'idempotency-key-reused'],
])('%i %s is told at once and never sent again', async (status, code) => {
  const { client, server } = await against([problem(status, code, false)]);
  expect(await place(client)).toMatchObject({
    ok: false,
    status,
    outcome: 'none',
    problem: { code, status, requestId: 'r-1' },
  });
  expect(server.arrived).toHaveLength(1);
});

test('without an answer after all tries the outcome is unknown, and the key for another call is told', async () => {
  const { client, server, pauses } = await against([cut], { patienceMs: 1_000 });
  const placed = await place(client, 'cart-7');
  expect(placed).toMatchObject({
    ok: false,
    status: null,
    outcome: 'unknown',
    idempotencyKey: 'cart-7',
    problem: { code: 'unreachable', retryable: true },
  });
  // 50 + 100 + 200 + 400 ms are within the second, another 800 are not.
  expect(pauses).toEqual([50, 100, 200, 400]);
  expect(server.arrived).toHaveLength(5);
});

test('a read that nobody answers has changed nothing', async () => {
  const { client } = await against([cut], { patienceMs: 100 });
  expect(await client.GET('/v1/stock/{sku}', { params: { path: { sku: 'A' } } })).toMatchObject({
    ok: false,
    outcome: 'none',
    idempotencyKey: null,
    problem: { code: 'unreachable' },
  });
});

test('a try without an answer in time is given up and made again', async () => {
  const { client, server } = await against([silence, json(202, acceptedOrder)], {
    timeoutMs: 50,
    surroundings: { random: () => 0 },
  });
  expect(await place(client)).toMatchObject({ ok: true });
  expect(server.arrived).toHaveLength(2);
});

test.each([
  [
    'refusal that was judged settles what earlier tries left open',
    problem(422, 'unknown-sku', false),
    'none',
  ],
  ['refusal at the door does not', problem(401, 'unauthenticated', false), 'unknown'],
])('a %s', async (_, last, outcome) => {
  const { client } = await against([cut, last]);
  expect(await place(client)).toMatchObject({ ok: false, outcome });
});

test('a shed request is known to have done nothing, a first try that still runs is not', async () => {
  const shed = await against([problem(503, 'overloaded', true)], { patienceMs: 100 });
  expect(await place(shed.client)).toMatchObject({
    ok: false,
    outcome: 'none',
    problem: { code: 'overloaded' },
  });
  const running = await against([problem(409, 'request-in-progress', true)], { patienceMs: 100 });
  expect(await place(running.client)).toMatchObject({ ok: false, outcome: 'unknown' });
});

test('a pause longer than the patience is not begun', async () => {
  const { client, server, pauses } = await against([
    problem(429, 'quota-exceeded', true, { 'retry-after': '3600' }),
  ]);
  expect(await place(client)).toMatchObject({ ok: false, status: 429, problem: { code: 'quota-exceeded' } });
  expect(server.arrived).toHaveLength(1);
  expect(pauses).toEqual([]);
});

test("a proxy's error page is tried again, its success page is no answer", async () => {
  const page: Step = (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html>');
  const good = await against([page, json(202, acceptedOrder)]);
  expect(await place(good.client)).toMatchObject({ ok: true });
  const login: Step = (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
  const bad = await against([login]);
  expect(await place(bad.client)).toMatchObject({
    ok: false,
    outcome: 'unknown',
    problem: { code: 'unexpected-answer' },
  });
  const missing: Step = (response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<html>');
  const wrong = await against([missing]);
  expect(await place(wrong.client)).toMatchObject({
    ok: false,
    status: 404,
    problem: { code: 'unexpected-answer' },
  });
  expect(wrong.server.arrived).toHaveLength(1);
});

test('the signal ends a call between its tries, and says that the order may have been taken', async () => {
  const caller = new AbortController();
  const { client, server } = await against([
    (response, arrived) => {
      caller.abort();
      cut(response, arrived);
    },
  ]);
  expect(await client.placeOrder(order, { signal: caller.signal })).toMatchObject({
    ok: false,
    outcome: 'unknown',
    problem: { code: 'aborted' },
  });
  expect(server.arrived).toHaveLength(1);
});

test('any route goes by its path, with parameters, query and headers; a current copy is told as such', async () => {
  const { client, server } = await against([
    json(200, { data: [], nextCursor: null }),
    (response) => response.writeHead(304, { etag: '"3.1"' }).end(),
    json(202, acceptedOrder),
  ]);
  expect(
    await client.GET('/v1/orders', { params: { query: { status: 'confirmed', limit: '5' } } }),
  ).toMatchObject({
    ok: true,
    data: { data: [], nextCursor: null },
    idempotencyKey: null,
  });
  const copy = await client.GET('/v1/orders/{id}', {
    params: { path: { id: 'o/1' } },
    headers: { 'if-none-match': '"3.1"' },
  });
  expect(copy).toMatchObject({ ok: false, status: 304, problem: { code: 'not-modified' } });
  await client.POST('/v1/orders/{id}/cancel', {
    params: { path: { id: 'o-1' } },
    body: { reason: 'changed-mind' },
    idempotencyKey: 'cancel-1',
  });
  expect(server.arrived.map(({ url }) => url)).toEqual([
    '/v1/orders?status=confirmed&limit=5',
    '/v1/orders/o%2F1',
    '/v1/orders/o-1/cancel',
  ]);
  expect(server.arrived[0]?.headers['idempotency-key']).toBeUndefined();
  expect(server.arrived[1]?.headers['if-none-match']).toBe('"3.1"');
  expect(server.arrived[2]?.headers['idempotency-key']).toBe('cancel-1');
});
