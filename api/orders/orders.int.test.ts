import { randomUUID } from 'node:crypto';
import http from 'node:http';
import * as fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Log } from '../../infra/clients/log.ts';
import { until } from '../../infra/clients/testing/test-kafka.ts';
import { orderIdOf } from '../../schemas/ids.ts';
import { partitionOf } from '../../schemas/murmur2.ts';
import { orderKeys } from '../../schemas/redis-keys.ts';
import type { RunningApi } from '../start.ts';
import { type ApiStack, startApiStack } from '../testing/api-stack.ts';
import { fetchUnshed } from '../testing/fetch-unshed.ts';

const store = `S-${randomUUID().slice(0, 8)}`;
const fault: {
  append: ((log: Log, ...args: Parameters<Log['append']>) => ReturnType<Log['append']>) | null;
} = { append: null };
let stack: ApiStack;
let api: RunningApi;
let key: string;
let manager: string;
let redis: Redis;

beforeAll(async () => {
  stack = await startApiStack();
  api = await stack.startApi(
    {},
    {
      wrapLog: (log) => ({
        ...log,
        append: (appends) => fault.append?.(log, appends) ?? log.append(appends),
      }),
    },
  );
  await stack.putStore(store, ['GBP']);
  key = await stack.putKey(store, ['orders:read', 'orders:write']);
  manager = await stack.putKey(store, ['orders:read', 'stock:write', 'catalogue:write']);
  await until(async () => (await call('GET', '/v1/orders', { key: manager })).status === 200);
  await price(255);
  const received = await call('POST', '/v1/stock/85123a/movements', {
    key: manager,
    idem: randomUUID(),
    body: { type: 'receive', quantity: 100_000 },
  });
  expect(received.status).toBe(202);
  expect(await call('GET', received.location, { key })).toMatchObject({
    status: 200,
    json: { sku: '85123A', available: 100_000 },
  });
  redis = new Redis(stack.config.redisUrl).on('error', () => undefined);
});

afterAll(async () => {
  redis?.disconnect();
  await stack?.stop();
});

interface Sent {
  readonly key: string;
  readonly idem?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly location: string;
  readonly json: unknown;
}

async function call(
  method: string,
  target: string,
  { key: by, idem, body, headers = {} }: Sent,
): Promise<Got> {
  const answer = await fetchUnshed(`http://127.0.0.1:${api.port}${target}`, {
    method,
    headers: {
      Prefer: 'wait=10',
      Authorization: `Bearer ${by}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(idem === undefined ? {} : { 'Idempotency-Key': idem }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    location: answer.headers.get('location') ?? '',
    json: text === '' ? null : JSON.parse(text),
  };
}

const order = {
  customerId: 'c-1',
  currency: 'GBP',
  lines: [{ sku: '85123A', quantity: 1 }],
  paymentToken: 'tok_ok',
};
const place = (idem: string, body: unknown = order): Promise<Got> =>
  call('POST', '/v1/orders', { key, idem, body });

async function price(unitPriceMinor: number): Promise<void> {
  const put = await call('PUT', '/v1/catalogue/85123A', {
    key: manager,
    body: { name: 'T-light', prices: [{ currency: 'GBP', unitPriceMinor }] },
  });
  expect(put.status).toBe(202);
  expect(await call('GET', put.location, { key: manager })).toMatchObject({
    status: 200,
    json: { prices: [{ currency: 'GBP', unitPriceMinor }] },
  });
}

const readPlaced = (placed: Got): Promise<Got> =>
  call('GET', placed.location, { key, headers: { Prefer: 'wait=10' } });

const typeOf = ({ json }: Got): string => (json as { type: string }).type;

test('an order is accepted, read back at its Location and known again by its ETag', async () => {
  const placed = await place(randomUUID());
  expect(placed).toMatchObject({
    status: 202,
    json: { status: 'accepted', position: expect.stringMatching(/^\d:\d+$/) },
  });
  const read = await readPlaced(placed);
  expect(read).toMatchObject({
    status: 200,
    json: { customerId: 'c-1', totalMinor: 255, payment: { capturedMinor: 0 } },
  });
  await until(async () => ((await readPlaced(placed)).json as { status: string }).status !== 'holding');
  const settled = await readPlaced(placed);
  const again = await call('GET', placed.location, {
    key,
    headers: { 'If-None-Match': settled.headers.get('etag') ?? '' },
  });
  expect([200, 304]).toContain(again.status);
});

test('50 requests with one key at once make one order', async () => {
  const idem = randomUUID();
  const answers = await Promise.all(Array.from({ length: 50 }, () => place(idem)));
  const good = answers.filter(({ status }) => status === 202);
  expect(good.length).toBeGreaterThan(0);
  expect(new Set(good.map(({ location }) => location)).size).toBe(1);
  expect(answers.filter(({ status }) => status !== 202 && status !== 409)).toEqual([]);
  expect(await placedEvents(idem)).toBe(1);
});

async function placedEvents(idem: string): Promise<number> {
  const id = orderIdOf(store, idem);
  await until(async () => (await call('GET', `/v1/orders/${id}`, { key })).status === 200);
  const { json } = await call('GET', `/v1/orders/${id}/events`, { key });
  return (json as { data: { type: string }[] }).data.filter(({ type }) => type === 'OrderPlaced').length;
}

test('a replay is found in the view when the cache has lost it', async () => {
  const idem = randomUUID();
  const placed = await place(idem);
  await readPlaced(placed);
  await redis.del(...(await redis.keys('idem:*')));
  const replayed = await place(idem);
  expect(replayed.headers.get('idempotent-replayed')).toBe('true');
  expect(replayed.json).toMatchObject({ orderId: (placed.json as { orderId: string }).orderId });
  await redis.del(...(await redis.keys('idem:*')), 'nothing');
  expect(typeOf(await place(idem, { ...order, customerId: 'c-2' }))).toBe('/problems/idempotency-key-reused');
});

test('a refusal is not told while the view is too old to know whether the order exists', async () => {
  const idem = randomUUID();
  const partition = partitionOf(orderIdOf(store, idem), stack.config.partitions);
  const wrong = { ...order, expectedTotalMinor: 1 };
  await until(async () => (await place(idem, wrong)).status === 422);
  const kept = await redis.hget(orderKeys.position(partition), 'atMs');
  // A fold of an event still under way makes the view young again, so it is made old until both saw it old.
  await until(async () => {
    await redis.hset(orderKeys.position(partition), 'atMs', String(Date.now() - 21_000));
    const refused = await place(idem, wrong);
    const read = await call('GET', `/v1/orders/${orderIdOf(store, idem)}`, { key });
    return refused.status === 503 && typeOf(read) === '/problems/view-unavailable';
  });
  await redis.hset(orderKeys.position(partition), 'atMs', kept ?? '0');
  expect((await place(idem, { ...order, expectedTotalMinor: 255 })).status).toBe(202);
});

test('after an unknown append the same request is neither refused nor doubled, though the price has changed', async () => {
  const idem = randomUUID();
  const body = { ...order, expectedTotalMinor: 255 };
  fault.append = async (log, appends) => {
    fault.append = null;
    await log.append(appends);
    return appends.map(() => ({ is: 'unknown', error: new Error('the answer was lost') }));
  };
  expect((await place(idem, body)).status).toBe(503);
  await price(300);
  await until(async () => {
    const { status, headers } = await place(idem, body);
    expect([202, 503]).toContain(status);
    return headers.get('idempotent-replayed') === 'true';
  });
  await price(255);
  expect(await placedEvents(idem)).toBe(1);
});

test('without Redis a good order is accepted, a bad one is not judged, and nothing waits long', async () => {
  const idem = randomUUID();
  await stack.stopRedis();
  const startedMs = performance.now();
  const [good, bad, read] = await Promise.all([
    place(idem),
    place(randomUUID(), { ...order, lines: [{ sku: 'NOPE', quantity: 1 }] }),
    call('GET', `/v1/orders/${orderIdOf(store, idem)}`, { key }),
  ]);
  const malformed = await place(randomUUID(), { ...order, lines: [] });
  const tookMs = performance.now() - startedMs;
  await stack.startRedis();
  expect([good.status, bad.status, typeOf(read), malformed.status]).toEqual([
    202,
    503,
    '/problems/view-unavailable',
    422,
  ]);
  expect(tookMs).toBeLessThan(3_000);
  expect(await placedEvents(idem)).toBe(1);
  expect((await place(idem)).headers.get('idempotent-replayed')).toBe('true');
});

test('another store sees no order of this one', async () => {
  const placed = await place(randomUUID());
  await readPlaced(placed);
  const stranger = await stack.putKey(`${store}-other`, ['orders:read']);
  await until(async () => (await call('GET', placed.location, { key: stranger })).status !== 401);
  expect(typeOf(await call('GET', placed.location, { key: stranger }))).toBe('/problems/not-found');
  expect((await call('GET', '/v1/orders', { key: stranger })).json).toMatchObject({ data: [] });
});

test('lists orders of a customer page by page, newest first, each once', async () => {
  const customerId = `c-${randomUUID()}`;
  const ids: string[] = [];
  for (let i = 0; i < 7; i += 1) {
    const placed = await place(randomUUID(), { ...order, customerId });
    await readPlaced(placed);
    ids.unshift((placed.json as { orderId: string }).orderId);
  }
  const seen: string[] = [];
  let target: string | null = `/v1/orders?customerId=${customerId}&sku=85123a&limit=3`;
  while (target) {
    const page: Got = await call('GET', target, { key });
    const { data, nextCursor } = page.json as {
      data: { orderId: string; createdAt: string }[];
      nextCursor: string | null;
    };
    seen.push(...data.map(({ orderId }) => orderId));
    target =
      nextCursor === null ? null : (/<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1] ?? '');
  }
  expect(seen.toSorted()).toEqual(ids.toSorted());
  const oldest = await call('GET', `/v1/orders?customerId=${customerId}&sort=createdAt&limit=100`, { key });
  expect((oldest.json as { data: { orderId: string }[] }).data.map(({ orderId }) => orderId)).toEqual(
    seen.toReversed(),
  );
});

/** Reads an event stream until `enough`; gives the ids and data received. */
function readStream(
  target: string,
  headers: Readonly<Record<string, string>>,
  enough: (text: string) => boolean,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get(
      {
        port: api.port,
        host: '127.0.0.1',
        path: target,
        headers: { Authorization: `Bearer ${key}`, Accept: 'text/event-stream', ...headers },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          if (!enough(text)) return;
          resolve(text);
          request.destroy();
        });
        response.once('end', () => resolve(text));
      },
    );
    request.once('error', reject);
    setTimeout(() => request.destroy(new Error('not enough events in time')), 15_000).unref();
  });
}

test('streams the events of an order, resumes behind the last one seen and resets where it cannot', async () => {
  const placed = await place(randomUUID());
  const { orderId } = (await readPlaced(placed)).json as { orderId: string };
  const target = `/v1/orders/${orderId}/events`;
  const all = await readStream(target, {}, (text) => text.includes('HoldRecorded'));
  const ids = [...all.matchAll(/^id: (\d+\.\d+)$/gm)].map(([, id]) => id ?? '');
  expect(all).toContain('"type":"OrderPlaced"');
  expect(new Set(ids).size).toBe(ids.length);
  const resumed = await readStream(target, { 'Last-Event-ID': ids[0] ?? '' }, (text) =>
    text.includes('HoldRecorded'),
  );
  expect(resumed).not.toContain('OrderPlaced');
  const other = (Number(ids[0]?.split('.')[0]) + 1) % 4;
  const reset = await readStream(target, { 'Last-Event-ID': `${other}.1` }, (text) =>
    text.includes('HoldRecorded'),
  );
  expect(reset).toMatch(/event: reset[^]*OrderPlaced/);
});

test('a product changes only at the version its writer has seen', async () => {
  const sku = `P-${randomUUID().slice(0, 8)}`.toUpperCase();
  let unitPriceMinor = 0;
  const put = (headers: Readonly<Record<string, string>>): Promise<Got> => {
    unitPriceMinor += 1;
    const body = { name: 'A', prices: [{ currency: 'GBP', unitPriceMinor }] };
    return call('PUT', `/v1/catalogue/${sku}`, { key: manager, body, headers });
  };
  expect((await put({ 'If-Match': '"1"' })).status).toBe(412);
  const created = await put({ 'If-None-Match': '*' });
  expect(created.status).toBe(202);
  const { headers } = await call('GET', created.location, { key: manager });
  expect((await put({ 'If-None-Match': '*' })).status).toBe(412);
  const changed = await put({ 'If-Match': headers.get('etag') ?? '' });
  expect(changed.status).toBe(202);
  await call('GET', changed.location, { key: manager });
  expect((await put({ 'If-Match': headers.get('etag') ?? '' })).status).toBe(412);
});

test('whatever body is made of the schema and its neighbours, no answer is a fault and no bad order is accepted', async () => {
  const odd = fc.oneof(
    fc.constant(null),
    fc.constant(''),
    fc.boolean(),
    fc.double(),
    fc.string(),
    fc.constant([]),
    fc.constant({}),
  );
  const sku = fc.oneof(fc.constantFrom('85123A', '85123a', 'NOPE'), odd);
  const line = fc.record(
    {
      sku,
      quantity: fc.oneof(fc.integer({ min: -1, max: 3 }), odd),
      unitPriceMinor: fc.oneof(fc.constant(255), odd),
    },
    { requiredKeys: [] },
  );
  const body = fc.record(
    {
      customerId: fc.oneof(fc.constant('c-1'), odd),
      currency: fc.oneof(fc.constantFrom('GBP', 'EUR'), odd),
      lines: fc.oneof(fc.array(line, { maxLength: 3 }), odd),
      paymentToken: fc.oneof(fc.constant('tok_ok'), odd),
      expectedTotalMinor: fc.oneof(fc.nat(1_000), odd),
      orderedAt: odd,
      shipTo: odd,
      extra: odd,
    },
    { requiredKeys: ['customerId', 'currency', 'lines', 'paymentToken'] },
  );
  const isGood = (sent: unknown): boolean => {
    const { lines, currency } = sent as { lines?: { sku?: string; quantity?: number }[]; currency?: unknown };
    return (
      currency === 'GBP' &&
      Array.isArray(lines) &&
      lines.length > 0 &&
      lines.every(
        (l) => /^85123a$/i.test(String(l.sku)) && Number.isInteger(l.quantity) && Number(l.quantity) > 0,
      )
    );
  };
  // Refusals are told again once every partition's view has come past the time without Redis.
  await until(
    async () => {
      const refused = Array.from({ length: 12 }, () =>
        place(randomUUID(), { ...order, expectedTotalMinor: 1 }),
      );
      return (await Promise.all(refused)).every(({ status }) => status === 422);
    },
    () => '',
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(body, fc.jsonValue()), async (sent) => {
      const { status } = await place(randomUUID(), JSON.stringify(sent));
      expect(status).toBeLessThan(500);
      if (status < 300) expect(isGood(sent), JSON.stringify(sent)).toBe(true);
    }),
    { numRuns: 150 },
  );
});
