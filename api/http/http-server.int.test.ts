import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { sessionRoutes } from '../dashboard/session.ts';
import { until } from '../../infra/clients/testing/test-kafka.ts';
import { createApiKey } from '../../schemas/api-key.ts';
import { StoreDirectory } from '../auth/store-directory.ts';
import { parseAnswers } from '../../infra/corpus/http/exchange.ts';
import { untimedAdmission } from './testing/untimed-admission.ts';
import { ok } from './answer.ts';
import { createApp, type RequestLine } from './create-app.ts';
import { EventStreamAnswer } from './event-stream.ts';
import { createHardenedServer } from './http-server.ts';
import { RateLimit } from './rate-limit.ts';
import { defineRoute, jsonType } from './route.ts';

const open: { server: Server; sockets: net.Socket[] }[] = [];
afterEach(() => {
  for (const { server, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
  }
});

async function listen(listener: RequestListener): Promise<() => Talk> {
  const server = createHardenedServer(listener);
  const sockets: net.Socket[] = [];
  open.push({ server, sockets });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return () => {
    const socket = net.connect(port, '127.0.0.1');
    sockets.push(socket);
    const talk: Talk = { socket, text: '', closed: false };
    socket.on('data', (chunk) => (talk.text += String(chunk)));
    socket.on('error', () => undefined);
    socket.on('close', () => (talk.closed = true));
    return talk;
  };
}

interface Talk {
  readonly socket: net.Socket;
  text: string;
  closed: boolean;
}

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

test('what the parser refuses after a complete request that still waits is not answered: it would deny that request', async () => {
  let answer = (): void => undefined;
  const connect = await listen((_request, response) => {
    answer = () => void response.end('late');
  });
  const talk = connect();
  talk.socket.write(`${get}NONSENSE\r\n\r\n`);
  await until(() => talk.closed);
  answer();
  expect(talk.text).toBe('');
});

test('an answer that has begun is not followed by a refusal', async () => {
  const connect = await listen((_request, response) => {
    response.end('done');
  });
  const talk = connect();
  talk.socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
  await until(() => talk.text.includes('done'));
  talk.socket.write('zz\r\n');
  await until(() => talk.closed);
  expect(talk.text).not.toContain('problem');
});

test.each([
  ['CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', 405],
  ['FOO / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  [`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
])('answers %# with a problem and closes', async (text, status) => {
  const connect = await listen((_request, response) => void response.end());
  const talk = connect();
  talk.socket.write(text);
  await until(() => talk.closed);
  const [answer] = parseAnswers(Buffer.from(talk.text));
  expect(answer).toMatchObject({
    status,
    headers: { 'content-type': expect.stringContaining('problem+json'), connection: 'close' },
  });
  expect(JSON.parse(answer?.body ?? '')).toMatchObject({ status });
});

test('a reader of an event stream that does not read is dropped, one that reads gets heartbeats', async () => {
  const streams: EventStreamAnswer[] = [];
  const connect = await listen(
    (request, response) => void streams.push(new EventStreamAnswer(request, response, 20)),
  );
  const reading = connect();
  reading.socket.write(get);
  await until(() => reading.text.includes(': alive'));
  const asleep = connect();
  asleep.socket.pause();
  asleep.socket.write(get);
  await until(() => streams.length === 2);
  let dropped = false;
  streams[1]?.onClose(() => (dropped = true));
  await until(() => {
    streams[1]?.send('0.1', { filler: 'x'.repeat(100_000) });
    return dropped;
  });
  expect(reading.closed).toBe(false);
});

test('a long history in one piece drops nobody who reads', async () => {
  const connect = await listen((request, response) => {
    const stream = new EventStreamAnswer(request, response);
    for (let seq = 0; seq < 2_000; seq += 1) stream.send(`0.${seq}`, { filler: 'x'.repeat(300) });
  });
  const reading = connect();
  reading.socket.write(get);
  await until(() => reading.text.includes('id: 0.1999\n') || reading.closed);
  expect(reading.text.match(/^id: /gm)).toHaveLength(2_000);
});

const key = createApiKey('test');

const appWith = (lines: RequestLine[]) => {
  const directory = new StoreDirectory();
  const { keyId, sha256 } = key;
  const body = {
    type: 'KeyPut' as const,
    keyId,
    sha256,
    label: '',
    scopes: ['orders:write', 'orders:read'],
    expiresAtMs: null,
    dailyQuota: null,
  };
  directory.apply({ store: 'S', atMs: 0, requestId: null, body });
  const echo = defineRoute({
    method: 'POST',
    path: '/v1/echo/{id}',
    scope: 'orders:write',
    idempotencyKey: 'none',
    params: { id: (raw) => (/^[a-z]+$/.test(raw) ? raw : null) },
    query: z.strictObject({}),
    body: z.strictObject({ word: z.string(), fail: z.boolean().optional() }),
    produces: [jsonType],
    docs: { summary: 'Echo', tag: 'Test', answers: {} },
    handle: async ({ body: { word, fail }, principal }) => {
      if (fail) throw new TypeError(`a bug that quotes ${word}`);
      return ok({ word, store: principal.store });
    },
  });
  const door = {
    directory,
    rateLimit: new RateLimit(0),
    admission: untimedAdmission(10),
    nowMs: () => 0,
    credentialOf: (request: { headers: { authorization?: string | undefined } }) =>
      request.headers.authorization,
  };
  return createApp({
    door,
    routes: [
      echo,
      ...sessionRoutes({ secret: 'sixteen letters!', storeOf: () => undefined, nowMs: () => 0 }),
    ],
    mount: () => undefined,
    observe: (line) => void lines.push(line),
  });
};

const post = (path: string, text: string, headers = ''): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key.text}\r\nContent-Type: application/json\r\n${headers}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n`;

test('a body behind Expect: 100-continue is asked for, then read', async () => {
  const connect = await listen(appWith([]));
  const talk = connect();
  talk.socket.write(post('/v1/echo/a', '{"word":"hi"}', 'Expect: 100-continue\r\n'));
  await until(() => talk.text.startsWith('HTTP/1.1 100'));
  talk.socket.write('{"word":"hi"}');
  await until(() => talk.text.includes('200 OK'));
  expect(talk.text).toContain('{"word":"hi","store":"S"}');
});

test.each([
  ['DELETE /v1/echo/a', 405, 'method-not-allowed'],
  ['POST /v1/echo/A', 400, 'invalid-id'],
  ['POST /v1/echo/%ZZ', 400, 'invalid-id'],
  ['POST /v1/echo/a/', 404, 'not-found'],
  ['POST /v1/echo/a?x=1', 400, 'invalid-query'],
  ['POST //v1/echo/a', 404, 'not-found'],
])('%s: %d %s', async (line, status, code) => {
  const connect = await listen(appWith([]));
  const talk = connect();
  const [method = '', path = ''] = line.split(' ');
  talk.socket.write(`${post(path, '{"word":"hi"}').replace('POST', method)}{"word":"hi"}`);
  await until(() => parseAnswers(Buffer.from(talk.text)).length > 0);
  const [answer] = parseAnswers(Buffer.from(talk.text));
  expect(answer?.status).toBe(status);
  expect(JSON.parse(answer?.body ?? '')).toMatchObject({ type: `/problems/${code}` });
});

test('whoever is signed in may sign out, also with a key that has lost the scope to sign in', async () => {
  const connect = await listen(appWith([]));
  const talk = connect();
  talk.socket.write(post('/v1/session', '') + post('/v1/session/end', ''));
  await until(() => parseAnswers(Buffer.from(talk.text)).length === 2);
  expect(parseAnswers(Buffer.from(talk.text)).map(({ status }) => status)).toEqual([403, 200]);
});

test('a bug of ours is told as one, without its message, and the log line names the route, not the path', async () => {
  const lines: RequestLine[] = [];
  const connect = await listen(appWith(lines));
  const talk = connect();
  talk.socket.write(
    `${post('/v1/echo/secretpath', '{"word":"canary","fail":true}')}{"word":"canary","fail":true}`,
  );
  await until(() => lines.length > 0 && parseAnswers(Buffer.from(talk.text)).length > 0);
  const [answer] = parseAnswers(Buffer.from(talk.text));
  expect(JSON.parse(answer?.body ?? '')).toMatchObject({ status: 500, type: '/problems/internal-error' });
  expect(talk.text).not.toContain('canary');
  const { fault, ...told } = lines[0] as RequestLine;
  expect(fault).toBeInstanceOf(TypeError);
  expect(told).toMatchObject({
    route: '/v1/echo/{id}',
    method: 'POST',
    status: 500,
    store: 'S',
    problem: 'internal-error',
  });
  expect(JSON.stringify(told)).not.toMatch(/secretpath|canary/);
});

test('an unread small body leaves the connection open, a large one closes it after the answer', async () => {
  const connect = await listen(appWith([]));
  const small = connect();
  small.socket.write(`${post('/nowhere', '{}')}{}${get}`);
  await until(() => parseAnswers(Buffer.from(small.text)).length === 2);
  const large = connect();
  large.socket.write(post('/nowhere', 'x'.repeat(100_000)));
  await until(() => large.closed);
  expect(parseAnswers(Buffer.from(large.text))).toMatchObject([
    { status: 404, headers: { connection: 'close' } },
  ]);
});

test('a refused expectation waits until the request before it has its answer', async () => {
  const connect = await listen((_request, response) => {
    setTimeout(() => response.end('slow'), 50);
  });
  const talk = connect();
  talk.socket.write(`${get}POST / HTTP/1.1\r\nHost: a\r\nExpect: bogus\r\nContent-Length: 2\r\n\r\n{}`);
  await until(() => talk.closed);
  expect(talk.text.indexOf('slow')).toBeGreaterThan(0);
  expect(talk.text.indexOf(' 417 ')).toBeGreaterThan(talk.text.indexOf('slow'));
  expect(talk.text).toContain('expectation-failed');
});
