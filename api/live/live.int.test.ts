import { once } from 'node:events';
import type { Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createApiKey, type Scope } from '../../schemas/api-key.ts';
import { until } from '../../infra/clients/testing/test-kafka.ts';
import { StoreDirectory } from '../auth/store-directory.ts';
import { ServerSentEventReader } from '../client/server-sent-events.ts';
import { untimedAdmission } from '../http/testing/untimed-admission.ts';
import { ok } from '../http/answer.ts';
import { createApp, type RequestLine } from '../http/create-app.ts';
import { createHardenedServer } from '../http/http-server.ts';
import { OpenStreams, streamLimits } from '../http/open-streams.ts';
import { Problem } from '../http/problem.ts';
import { RateLimit } from '../http/rate-limit.ts';
import { defineRoute, jsonType } from '../http/route.ts';
import { LiveResources } from './live-resources.ts';
import { liveRoute } from './live-route.ts';

const key = createApiKey('test');
const opened: { close: () => void }[] = [];
afterEach(() => {
  for (const { close } of opened.splice(0)) close();
});

/** An API of two resources that a test turns by hand: `/v1/number`, and `/v1/secret` of another scope. */
async function serve({ perSecond = 0, streamsMax = 10, answerMax = 1_000 } = {}) {
  const state = {
    value: 1,
    fill: '',
    isAway: false,
    asked: 0,
    askedOf: new Map<string, number>(),
    /** Holds every answer of `/v1/number` without a query. */
    held: Promise.resolve(),
    waiting: 0,
  };
  const directory = new StoreDirectory();
  const put = (scopes: readonly Scope[]): void => {
    const { keyId, sha256 } = key;
    const limits = { label: '', scopes: [...scopes], expiresAtMs: null, dailyQuota: null };
    directory.apply({
      store: 'S',
      atMs: 0,
      requestId: null,
      body: { type: 'KeyPut', keyId, sha256, ...limits },
    });
  };
  put(['orders:read']);
  const common = {
    method: 'GET',
    idempotencyKey: 'none',
    params: {},
    produces: [jsonType],
    live: { everyMs: 20 },
    docs: { summary: 'x', tag: 'x', answers: {} },
  } as const;
  const resources = [
    defineRoute({
      ...common,
      path: '/v1/number',
      scope: 'orders:read',
      query: z.strictObject({ of: z.string().optional() }),
      handle: async ({ query: { of = '' } }) => {
        state.asked += 1;
        state.askedOf.set(of, (state.askedOf.get(of) ?? 0) + 1);
        if (of === '') {
          state.waiting += 1;
          await state.held;
          state.waiting -= 1;
        }
        if (state.isAway) throw new Problem('view-unavailable');
        return ok({ value: state.value, fill: state.fill });
      },
    }),
    defineRoute({
      ...common,
      path: '/v1/secret',
      scope: 'ops:read',
      query: z.strictObject({}),
      handle: async () => ok({}),
    }),
  ];
  const open = new OpenStreams({ ...streamLimits, streamsMax });
  const [admission, rateLimit] = [untimedAdmission(100), new RateLimit(perSecond)];
  const lines: RequestLine[] = [];
  const live = new LiveResources(resources, {
    admission,
    rateLimit,
    open,
    answerMax,
    rateNowMs: () => 0,
    nowMs: Date.now,
    onFault: (line) => lines.push(line),
  });
  const door = { directory, rateLimit, admission, nowMs: Date.now, rateNowMs: () => 0 };
  const routes = [...resources.map((route) => live.streamed(route)), liveRoute(live)];
  const server: Server = createHardenedServer(
    createApp({ door, routes, mount: () => undefined, observe: () => undefined }),
  );
  opened.push({
    close() {
      server.closeAllConnections();
      server.close();
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { state, open, lines, port, put, directory, url: `http://127.0.0.1:${port}` };
}

const headers = { authorization: `Bearer ${key.text}`, accept: 'text/event-stream' };

interface Heard {
  readonly type: string;
  readonly id: string;
  readonly data: {
    readonly value?: number;
    readonly watch?: number;
    readonly body?: Record<string, unknown>;
  };
}

/** What a stream said so far, signs of life apart. */
async function follow(url: string) {
  const gone = new AbortController();
  const answer = await fetch(url, { headers, signal: gone.signal });
  const heard: Heard[] = [];
  const state = { isOver: false, alive: 0 };
  const reader = new ServerSentEventReader();
  const read = async (): Promise<void> => {
    for await (const bytes of answer.body ?? []) {
      for (const { type, id, data } of reader.read(bytes)) {
        if (type === 'alive') state.alive += 1;
        else heard.push({ type, id, data: JSON.parse(data) as Heard['data'] });
      }
    }
  };
  void read()
    .catch(() => undefined)
    .finally(() => (state.isOver = true));
  opened.push({ close: () => gone.abort() });
  return { answer, heard, state, leave: () => gone.abort() };
}

test('a resource is a stream of its answers under text/event-stream: at once, and when it has changed', async () => {
  const { state, url } = await serve();
  const { answer, heard, state: stream } = await follow(`${url}/v1/number`);
  expect(answer.headers.get('content-type')).toContain('text/event-stream');
  await until(() => heard.length === 1);
  await until(() => state.asked > 5);
  expect(heard).toEqual([
    { type: 'message', id: expect.any(String) as string, data: { value: 1, fill: '' } },
  ]);
  expect(stream.alive).toBe(1);
  state.value = 2;
  await until(() => heard.length === 2);
  expect(heard[1]?.data.value).toBe(2);
  expect(heard[1]?.id).not.toBe(heard[0]?.id);
  const plain = await fetch(`${url}/v1/number`, { headers: { ...headers, accept: '*/*' } });
  expect(await plain.json()).toEqual({ value: 2, fill: '' });
});

test('an outage is an event and one line of the log, and the stream goes on after it', async () => {
  const { state, url, lines } = await serve();
  const { heard, state: stream } = await follow(`${url}/v1/number`);
  await until(() => heard.length === 1);
  state.isAway = true;
  await until(() => heard.length === 2);
  const { asked } = state;
  await until(() => state.asked > asked + 3);
  expect(heard[1]).toMatchObject({
    type: 'problem',
    data: { type: '/problems/view-unavailable', status: 503 },
  });
  expect(lines).toEqual([expect.objectContaining({ route: '/v1/number', status: 503, store: 'S' })]);
  state.isAway = false;
  await until(() => heard.length === 3);
  expect(heard[2]).toMatchObject({ type: 'message', data: { value: 1 } });
  expect(stream.isOver).toBe(false);
});

test('one stream carries several; what a key may not have is a problem of its own', async () => {
  const { state, url, open } = await serve();
  const paths = ['/v1/number', '/v1/secret', '/v1/number?of=x', '/v1/nothing'];
  const query = new URLSearchParams(paths.map((path) => ['watch', path]));
  const { heard, leave } = await follow(`${url}/v1/live?${query}`);
  await until(() => heard.length === 4);
  const byWatch = heard.toSorted((a, b) => (a.data.watch ?? 0) - (b.data.watch ?? 0));
  expect(
    byWatch.map(({ type, data }) => [type, data.watch, data.body?.['type'] ?? data.body?.['value']]),
  ).toEqual([
    ['message', 0, 1],
    ['problem', 1, '/problems/insufficient-scope'],
    ['message', 2, 1],
    ['problem', 3, '/problems/not-found'],
  ]);
  expect(open.size).toBe(1);
  const once = await fetch(`${url}/v1/live?${query}`, { headers: { ...headers, accept: jsonType } });
  const { data } = (await once.json()) as { data: { status: number }[] };
  expect(data.map(({ status }) => status)).toEqual([200, 403, 200, 404]);
  leave();
  await until(() => open.size === 0);
  const asked = state.askedOf.get('') ?? 0;
  await follow(`${url}/v1/number?of=time`);
  await until(() => (state.askedOf.get('time') ?? 0) > 10); // time has passed
  expect((state.askedOf.get('') ?? 0) - asked).toBeLessThanOrEqual(1); // one that was under way
});

test('an answer that is too long to be kept is told as a problem, until it is shorter', async () => {
  const { state, url } = await serve();
  state.fill = 'x'.repeat(1_000);
  const { heard } = await follow(`${url}/v1/number`);
  await until(() => heard.length === 1);
  expect(heard[0]).toMatchObject({ type: 'problem', data: { type: '/problems/range-too-wide' } });
  expect((await fetch(`${url}/v1/number`, { headers: { ...headers, accept: '*/*' } })).status).toBe(200);
  state.fill = '';
  await until(() => heard.length === 2);
  expect(heard[1]).toMatchObject({ type: 'message', data: { value: 1 } });
});

test('ten streams of one resource are one question', async () => {
  const { state, url, open } = await serve({ streamsMax: 11 });
  const streams = await Promise.all(Array.from({ length: 10 }, () => follow(`${url}/v1/number`)));
  await until(() => streams.every(({ heard }) => heard.length === 1));
  expect(open.size).toBe(10);
  const gate = Promise.withResolvers<void>();
  state.held = gate.promise;
  state.value = 7;
  await follow(`${url}/v1/number?of=time`);
  await until(() => state.waiting > 0 && (state.askedOf.get('time') ?? 0) > 10); // all others would wait by now
  expect(state.waiting).toBe(1);
  gate.resolve();
  await until(() => streams.every(({ heard }) => heard.length === 2));
  const refused = await fetch(`${url}/v1/number`, { headers });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
});

test('a stream ends when its key is put anew: who comes again has the rights of now', async () => {
  const { url, open, put, directory } = await serve();
  const { heard, state } = await follow(`${url}/v1/live?watch=/v1/number`);
  await until(() => heard.length === 1);
  open.endUnless((caller) => directory.isCurrent(caller, 0));
  expect(open.size).toBe(1);
  put(['ops:read']);
  open.endUnless((caller) => directory.isCurrent(caller, 0));
  await until(() => state.isOver);
  expect(open.size).toBe(0);
});

test('each path costs as much as its GET', async () => {
  const { url } = await serve({ perSecond: 5 });
  const three = `${url}/v1/live?watch=/v1/number&watch=/v1/number&watch=/v1/number`;
  expect((await follow(three)).answer.status).toBe(200);
  expect((await fetch(three, { headers })).status).toBe(429);
});

test.each(['', '?watch=', '?watch=/v1/number&other=1', `?${'watch=/v1/number&'.repeat(17)}`])(
  '/v1/live%s is refused',
  async (query) => {
    const { url } = await serve();
    const answer = await fetch(`${url}/v1/live${query}`, { headers });
    expect([answer.status, ((await answer.json()) as { type: string }).type]).toEqual([
      400,
      '/problems/invalid-query',
    ]);
  },
);

test('a reader who is slow gets the newest state, not all of them', async () => {
  const { state, port, open } = await serve({ answerMax: 5_000_000 });
  state.fill = 'x'.repeat(4_000_000);
  const socket = net.connect(port, '127.0.0.1');
  opened.push({ close: () => socket.destroy() });
  socket.pause();
  socket.write(
    `GET /v1/number HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key.text}\r\nAccept: text/event-stream\r\n\r\n`,
  );
  await until(() => open.size === 1);
  for (let value = 2; value <= 10; value += 1) {
    const { asked } = state;
    state.value = value;
    await until(() => state.asked > asked + 1);
  }
  let text = '';
  socket.on('data', (bytes) => (text += String(bytes)));
  socket.resume();
  await until(
    () => /"value":10,/.test(text),
    () => text.length,
  );
  expect(text.match(/"value":/g)?.length).toBeLessThan(5);
});
