import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../infra/clients/testing/test-kafka.ts';
import { createApiKey, type Scope, scopes } from '../schemas/api-key.ts';
import { orderIdOf, commandIdOf } from '../schemas/ids.ts';
import { ServerSentEventReader } from './client/server-sent-events.ts';
import { OpenStreams } from './http/open-streams.ts';
import { createRoutes, type RouteParts } from './routes.ts';
import type { RunningApi } from './start.ts';
import { accessFixtures, type AccessRequest, type StoreObjects } from './testing/access-fixtures.ts';
import { type ApiStack, orderAndMoneyRoles, startApiStack } from './testing/api-stack.ts';
import { createCaller, dropDatabase, orderThat, sinkInto } from './testing/caller.ts';

/**
 * Every route × every credential × whose object (reliability §8). What is expected follows from the route's own row
 * (its scope, its signature, whether it lets in visitors of the shop or asks nobody) and one rule: nobody known is 401, a scope that lacks is 403 and named, another store's
 * object is not there. A new route fails until it has a fixture.
 */
const table = { codecs: {}, partitions: 4, nowMs: () => 0, open: new OpenStreams(), quoteSecrets: [''] };
const routes = createRoutes(table as unknown as RouteParts);

const suffix = randomUUID().slice(0, 8).toUpperCase();
const mine = `A-${suffix}`;
const theirs = `B-${suffix}`;
const database = `access_${randomUUID().replaceAll('-', '')}`;
let stack: ApiStack;
let api: RunningApi;
let own: StoreObjects;
/** Well formed, and nobody has them. */
const absent: StoreObjects = {
  orderId: orderIdOf(theirs, 'never placed'),
  returnId: commandIdOf(theirs, 'POST', '/never', 'asked'),
  sku: `NO-${suffix}`,
  spareSku: `NOR-${suffix}`,
  retiredSku: `NEVER-${suffix}`,
  store: `C-${suffix}`,
};
const keys = { owner: '', stranger: '', revoked: '', expired: '', shop: createApiKey('test').text };
const visitors = { one: '', other: '' };
const ofOne = new Map<Scope, string>();
const ofAllBut = new Map<Scope, string>();
const call = createCaller(
  () => api.port,
  () => keys.owner,
);

beforeAll(async () => {
  stack = await startApiStack([...orderAndMoneyRoles, sinkInto(database)]);
  api = await stack.startApi({ CLICKHOUSE_DATABASE: database, SHOP_KEY: keys.shop });
  await stack.putStore(mine, ['GBP']);
  await stack.putStore(theirs, ['GBP']);
  keys.owner = await stack.putKey(mine, scopes);
  keys.stranger = await stack.putKey(theirs, scopes);
  for (const scope of scopes) {
    ofOne.set(scope, await stack.putKey(mine, [scope]));
    ofAllBut.set(
      scope,
      await stack.putKey(
        mine,
        scopes.filter((one) => one !== scope),
      ),
    );
  }
  await stack.putKey(mine, scopes, { text: keys.shop }); // whatever it may, visitors may no more than theirs
  keys.expired = await stack.putKey(mine, scopes, { expiresAtMs: Date.now() - 1 });
  keys.revoked = await stack.putKey(mine, scopes);
  await stack.revokeKey(mine, keys.revoked);
  // the last record of the topic: all keys before it are known then
  const last = await stack.putKey(mine, scopes);
  await until(async () => (await call('GET', '/v1/orders', { key: last })).status === 200);
  own = await furnish();
  for (const name of ['one', 'other'] as const) visitors[name] = (await welcome()).token;
});
afterAll(async () => {
  await stack?.stop();
  if (stack) await dropDatabase(stack.config.clickhouseUrl, database);
});

/** A product with stock, and an order of it that was delivered and is to come back in part. */
async function furnish(): Promise<StoreObjects> {
  const [sku, spareSku, retiredSku] = [`MUG-${suffix}`, `CUP-${suffix}`, `OLD-${suffix}`];
  for (const name of [sku, spareSku, retiredSku]) {
    const body = { name: 'Mug', prices: [{ currency: 'GBP', unitPriceMinor: 500 }] };
    const put = await call('PUT', `/v1/catalogue/${name}`, { body });
    await until(async () => (await call('GET', put.location)).status === 200);
  }
  await call('POST', `/v1/stock/${sku}/movements`, { body: { type: 'receive', quantity: 1_000 } });
  const placed = await call('POST', '/v1/orders', {
    body: { customerId: 'c-1', currency: 'GBP', lines: [{ sku, quantity: 3 }], paymentToken: 'tok_ok' },
  });
  const orderId = String(placed.json['orderId']);
  const path = `/v1/orders/${orderId}`;
  await orderThat(call, path, ({ status }) => status === 'confirmed');
  let returnId = '';
  for (const [action, body] of [
    ['shipments', {}],
    ['deliveries', {}],
    ['returns', { lines: [{ sku, quantity: 1 }] }],
  ] as const) {
    const taken = await call('POST', `${path}/${action}`, { body });
    expect(taken.status, taken.text).toBe(202);
    await call('GET', taken.location);
    returnId = String(taken.json['id']);
  }
  return { orderId, returnId, sku, spareSku, retiredSku, store: mine };
}

interface Welcomed {
  readonly token: string;
  readonly customerId: string;
}

async function welcome(): Promise<Welcomed> {
  const got = await ask('POST', { target: '/v1/visitors' }, null);
  expect(got.status, got.body).toBe(200);
  return JSON.parse(got.body) as Welcomed;
}

interface Got {
  readonly status: number;
  readonly body: string;
  readonly challenge: string;
}

/** One request with a credential; the same Request-Id each time, so that equal answers are equal bytes. */
async function ask(
  method: string,
  { target, body }: AccessRequest,
  authorization: string | null,
): Promise<Got> {
  const answer = await fetch(`http://127.0.0.1:${api.port}${target}`, {
    method,
    headers: {
      'Request-Id': 'access-matrix',
      ...(authorization === null ? {} : { Authorization: authorization }),
      ...(method === 'GET' ? {} : { 'Idempotency-Key': randomUUID() }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const challenge = answer.headers.get('www-authenticate') ?? '';
  return { status: answer.status, body: await answer.text(), challenge };
}

const watches: AbortController[] = [];
afterEach(() => {
  for (const one of watches.splice(0)) one.abort();
});

/** Asks for a stream, which stays open: its first event of the kind, or what was said in place of a stream. */
async function watch({ target }: AccessRequest, key: string, type: 'message' | 'problem'): Promise<Got> {
  const gone = new AbortController();
  watches.push(gone);
  const answer = await fetch(`http://127.0.0.1:${api.port}${target}`, {
    headers: { Authorization: `Bearer ${key}`, Accept: 'text/event-stream' },
    signal: gone.signal,
  });
  const challenge = answer.headers.get('www-authenticate') ?? '';
  if (answer.status !== 200) return { status: answer.status, body: await answer.text(), challenge };
  const [reader, bytes] = [new ServerSentEventReader(), answer.body?.getReader()];
  for (;;) {
    const { value, done } = (await bytes?.read()) ?? { done: true };
    if (done) throw new Error(`${target} ended without an event ${type}`);
    const events = reader.read(value).filter(({ data }) => !data.includes('/problems/view-')); // says nothing of access
    const first = events.find((event) => event.type === type);
    if (first) return { status: 200, body: first.data, challenge };
  }
}

let checks = 0;
/** Counts, and says which request it was. */
function check(holds: boolean, what: string, got: Got): void {
  checks += 1;
  expect(holds, `${what}: ${got.status} ${got.challenge} ${got.body.slice(0, 300)}`).toBe(true);
}

/** Credentials that are none, whoever made them. */
const malformed = (): Readonly<Record<string, string>> => {
  const { text } = createApiKey('test');
  return {
    'no Authorization scheme': keys.owner,
    'Basic instead of Bearer': `Basic ${Buffer.from(`${keys.owner}:`).toString('base64')}`,
    'Bearer without a key': 'Bearer',
    'a key cut short': `Bearer ${keys.owner.slice(0, -1)}`,
    'a key mistyped': `Bearer ${keys.owner.slice(0, -1)}${keys.owner.endsWith('A') ? 'B' : 'A'}`,
    'two keys': `Bearer ${keys.owner} ${keys.owner}`,
    'a key never issued': `Bearer ${text}`,
    'the digest of nobody': `Bearer mr_test_${'0'.repeat(16)}_${'A'.repeat(49)}`,
  };
};

/** Answers of a view that is a moment behind are asked for again: they say nothing of access. */
async function settled(asking: () => Promise<Got>): Promise<Got> {
  let got = await asking();
  await until(
    async () => {
      if (got.status === 503) got = await asking();
      return got.status !== 503;
    },
    () => got,
  );
  return got;
}

describe.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
  '%s',
  (name, { method, scope, signed, anonymous, visitors: takesVisitors, live }) => {
    const fixture = accessFixtures[name];
    if (!fixture) throw new Error(`${name} has no fixture in api/testing/access-fixtures.ts`);
    const bearer = (key: string | undefined): string => `Bearer ${key}`;

    test('its owner is let in', async () => {
      const got = await settled(() => ask(method, fixture.request(own), bearer(keys.owner)));
      check(fixture.own.includes(got.status), 'owner', got);
    });

    test.runIf(!signed && !anonymous)(
      'who is nobody is 401, and told no more than anybody else',
      async () => {
        const request = fixture.request(own);
        const nobody = await ask(method, request, null);
        check(nobody.status === 401 && nobody.challenge.startsWith('Bearer'), 'no key', nobody);
        const others = { revoked: bearer(keys.revoked), expired: bearer(keys.expired), ...malformed() };
        for (const [what, authorization] of Object.entries(others)) {
          const got = await ask(method, request, authorization);
          check(got.status === 401 && got.body === nobody.body, what, got);
        }
      },
    );

    test.runIf(signed)('no key opens it: the signature alone does', async () => {
      const request = fixture.request(own);
      const nobody = await ask(method, request, null);
      check(nobody.status === 401, 'no key', nobody);
      for (const key of [keys.owner, keys.stranger, keys.revoked, keys.expired]) {
        const got = await ask(method, request, bearer(key));
        check(got.status === 401 && got.body === nobody.body, 'a key', got);
      }
    });

    test.runIf(!signed && !anonymous)(
      'its scope opens it, no other does, and what lacks is named',
      async () => {
        const request = fixture.request(own);
        for (const [one, key] of ofOne) {
          const got = await settled(() => ask(method, request, bearer(key)));
          if (scope === null || one === scope) check(fixture.own.includes(got.status), `${one} alone`, got);
          else check(got.status === 403 && got.body.includes(`scope ${scope}`), `${one} alone`, got);
        }
        for (const [one, key] of ofAllBut) {
          const got = await settled(() => ask(method, request, bearer(key)));
          if (one === scope) {
            const isNamed = got.body.includes(`scope ${scope}`) && got.challenge.includes(`scope="${scope}"`);
            check(got.status === 403 && isNamed, `all but ${one}`, got);
          } else check(fixture.own.includes(got.status), `all but ${one}`, got);
        }
      },
    );

    test.runIf(anonymous)('it asks nobody, and no credential makes a difference to it', async () => {
      const request = fixture.request(own);
      for (const authorization of [null, bearer(keys.owner), bearer(keys.revoked), 'Basic x']) {
        const got = await ask(method, request, authorization);
        check(fixture.own.includes(got.status), 'anybody', got);
      }
    });

    test.runIf(!signed && !anonymous)('a visitor of the shop is let in where the route says so', async () => {
      const got = await settled(() => ask(method, fixture.request(own), bearer(visitors.one)));
      const expected = fixture.visitor === undefined ? fixture.own : [fixture.visitor];
      check(takesVisitors ? expected.includes(got.status) : got.status === 403, 'a visitor', got);
      if (got.status === 404) {
        const nothing = await settled(() => ask(method, fixture.request(absent), bearer(visitors.one)));
        check(got.body === nothing.body, 'not his, and nobody’s', got);
      }
      const forged = await ask(method, fixture.request(own), bearer(`${visitors.one.slice(0, -2)}AA`));
      check(forged.status === 401, 'a token nobody signed', forged);
    });

    test.runIf(live)(
      'while its owner watches it, a visitor may not and a stranger sees his own',
      async () => {
        const request = fixture.request(own);
        const owner = await watch(request, keys.owner, 'message');
        check(owner.status === 200, 'owner', owner);
        const visitor = await watch(request, visitors.one, 'message');
        check(visitor.status === 403, 'a visitor', visitor);
        const isNamed = fixture.names === 'own';
        const stranger = await watch(request, keys.stranger, isNamed ? 'problem' : 'message');
        check(!isNamed || stranger.body.includes('not-found'), 'a stranger', stranger);
        for (const { body } of [visitor, stranger])
          for (const secret of [own.orderId, mine]) check(!body.includes(secret), 'of the owner', stranger);
      },
    );

    // what anybody is told without a credential is nobody's secret
    test.skipIf(anonymous)('what another store has is as absent as what nobody has', async () => {
      const asked = (of: StoreObjects) =>
        settled(() => ask(method, fixture.request(of), bearer(keys.stranger)));
      const foreign = await asked(own);
      const nothing = await asked(absent);
      check(foreign.status === nothing.status, 'foreign and absent', foreign);
      if (fixture.names === 'own') {
        const isRefused =
          foreign.status === 404 || (foreign.status === 422 && foreign.body.includes('unknown-sku'));
        check(isRefused && foreign.body === nothing.body, 'foreign', foreign);
      }
      for (const secret of [own.orderId, mine])
        check(!foreign.body.includes(secret), 'of the other store', foreign);
    });
  },
);

test('a visitor has his own orders and nobody else’s, under keys of his own', async () => {
  const { token, customerId } = await welcome();
  const body = {
    customerId,
    currency: 'GBP',
    lines: [{ sku: own.sku, quantity: 1 }],
    paymentToken: 'tok_ok',
  };
  const key = randomUUID();
  const placing = (by: string, of: object) =>
    call('POST', '/v1/orders', { key: by, body: of, headers: { 'Idempotency-Key': key } });
  const first = await placing(token, body);
  expect(first.status, first.text).toBe(202);
  expect((await placing(token, body)).json).toEqual(first.json); // once for his key
  const ofOwner = await placing(keys.owner, body);
  expect(ofOwner.status, ofOwner.text).toBe(202); // and the store's own key of that name is free
  expect(ofOwner.json['orderId']).not.toBe(first.json['orderId']);
  const path = `/v1/orders/${String(first.json['orderId'])}`;
  await orderThat(call, path, ({ status }) => status === 'confirmed');
  expect((await call('GET', path, { key: token })).json).toMatchObject({ customerId, status: 'confirmed' });
  expect((await call('GET', `${path}/events`, { key: token })).status).toBe(200);
  for (const target of [path, `${path}/events`])
    expect((await call('GET', target, { key: visitors.other })).status).toBe(404);
  const followed = await watch({ target: `${path}/events` }, token, 'message');
  check(followed.body.includes(String(first.json['orderId'])), 'his own events', followed);
  const foreign = await watch({ target: `${path}/events` }, visitors.other, 'message');
  check(foreign.status === 404, 'events of another visitor', foreign);
});

test('nothing that a stranger asked for has reached the owner', async () => {
  const order = await settled(() =>
    ask('GET', { target: `/v1/orders/${own.orderId}` }, `Bearer ${keys.owner}`),
  );
  check(order.status === 200 && order.body.includes(own.orderId), 'own order', order);
  const list = await settled(() => ask('GET', { target: '/v1/orders' }, `Bearer ${keys.stranger}`));
  check(
    (JSON.parse(list.body) as { data: readonly unknown[] }).data.length === 0,
    'orders of the stranger',
    list,
  );
});

afterAll(() => {
  process.stdout.write(`access matrix: ${checks} checks over ${routes.length} routes\n`);
  expect(checks).toBeGreaterThanOrEqual(500);
});
