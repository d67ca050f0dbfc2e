import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { until } from '../../infra/clients/testing/test-kafka.ts';
import { parseAnswers, type Received } from '../../infra/corpus/http/exchange.ts';
import { createApiKey } from '../../schemas/api-key.ts';
import { StoreDirectory } from '../auth/store-directory.ts';
import { Admission } from './admission.ts';
import { untimedAdmission } from './testing/untimed-admission.ts';
import { ok } from './answer.ts';
import { createApp } from './create-app.ts';
import { createHardenedServer, type ServerLimits, serverLimits } from './http-server.ts';
import { RateLimit } from './rate-limit.ts';
import { defineRoute, jsonType } from './route.ts';

/** What the front door does to those who hold it open, and to the others meanwhile (reliability §7). */
const servers: Server[] = [];
const sockets: net.Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Talk {
  readonly socket: net.Socket;
  text: string;
  closed: boolean;
}

interface Door {
  readonly connect: () => Talk;
  readonly port: number;
}

async function listen(
  listener: RequestListener,
  limits: Partial<ServerLimits> = {},
  certificate: { readonly cert: string; readonly key: string } | null = null,
): Promise<Door> {
  const server = createHardenedServer(listener, {
    limits: { ...serverLimits, ...limits },
    tls: certificate,
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    connect() {
      const socket = net.connect(port, '127.0.0.1');
      sockets.push(socket);
      const talk: Talk = { socket, text: '', closed: false };
      socket.on('data', (chunk) => (talk.text += String(chunk)));
      socket.on('error', () => undefined);
      socket.on('close', () => (talk.closed = true));
      return talk;
    },
  };
}

const answersOf = ({ text }: Talk): readonly Received[] => parseAnswers(Buffer.from(text));
const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** Its answer to one request on a connection of its own. */
async function ask({ connect }: Door, text = get): Promise<Received> {
  const talk = connect();
  talk.socket.write(text);
  await until(() => answersOf(talk).length > 0 || talk.closed);
  const [answer] = answersOf(talk);
  if (!answer) throw new Error('closed without an answer');
  return answer;
}

const key = createApiKey('test');

/** A POST of the lane `commands` and a GET of the lane `reads` that wait for `gate`, in so much room. */
function appOf(admission: Admission, gate: () => Promise<unknown>) {
  const directory = new StoreDirectory();
  const { keyId, sha256 } = key;
  const scopes = ['orders:write', 'orders:read'];
  const body = { type: 'KeyPut' as const, keyId, sha256, label: '', scopes, expiresAtMs: null };
  directory.apply({ store: 'S', atMs: 0, requestId: null, body: { ...body, dailyQuota: null } });
  const common = {
    path: '/v1/thing',
    idempotencyKey: 'none',
    params: {},
    query: z.strictObject({}),
    produces: [jsonType],
    docs: { summary: '', tag: '', answers: {} },
    handle: async () => {
      await gate();
      return ok({});
    },
  } as const;
  return createApp({
    door: { directory, rateLimit: new RateLimit(0), admission, nowMs: () => 0 },
    routes: [
      defineRoute({ ...common, method: 'POST', scope: 'orders:write', body: z.object({}) }),
      defineRoute({ ...common, method: 'GET', scope: 'orders:read' }),
    ],
    mount: () => undefined,
    observe: () => undefined,
  });
}

const withKey = `Host: a\r\nAuthorization: Bearer ${key.text}\r\n`;
const read = `GET /v1/thing HTTP/1.1\r\n${withKey}\r\n`;
/** The head of a POST; `bytes` of a body are announced. */
const headOf = (bytes: number): string =>
  `POST /v1/thing HTTP/1.1\r\n${withKey}Content-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`;

test('connections above the cap are closed; one that ends makes room', async () => {
  const door = await listen((_request, response) => void response.end('in'), { connectionsMax: 3 });
  const inside = [door.connect(), door.connect(), door.connect()];
  for (const { socket } of inside) socket.write(get);
  await until(() => inside.every((talk) => talk.text.includes('in')));
  const outside = door.connect();
  outside.socket.write(get);
  await until(() => outside.closed);
  expect(outside.text).toBe('');
  inside[0]?.socket.destroy();
  await until(async () => (await ask(door).catch(() => null))?.body === 'in');
});

test('with as many requests inside as may be, the next is told overloaded before its body is read, and one later is served', async () => {
  const gate = Promise.withResolvers<void>();
  const admission = untimedAdmission(2);
  const door = await listen(appOf(admission, () => gate.promise));
  const inside = [door.connect(), door.connect()];
  for (const { socket } of inside) socket.write(`${headOf(2)}{}`);
  await until(() => admission.inFlight === 2);
  const refused = await ask(door, headOf(60_000)); // none of its body is ever sent
  expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  expect(JSON.parse(refused.body)).toMatchObject({ type: '/problems/overloaded', retryable: true });
  gate.resolve();
  await until(() => inside.every((talk) => answersOf(talk).length === 1));
  expect((await ask(door, `${headOf(2)}{}`)).status).toBe(200);
  expect(admission.inFlight).toBe(0);
});

test('readers who wait for a view take their share of the room and leave the rest to orders', async () => {
  const gate = Promise.withResolvers<void>();
  const admission = untimedAdmission(10);
  const door = await listen(appOf(admission, () => gate.promise));
  const readers = Array.from({ length: 9 }, () => door.connect());
  for (const { socket } of readers) socket.write(read);
  await until(() => readers.filter((talk) => answersOf(talk).length === 1).length === 5);
  expect(readers.flatMap(answersOf).map(({ status }) => status)).toEqual([503, 503, 503, 503, 503]);
  const orders = Array.from({ length: 6 }, () => door.connect());
  for (const { socket } of orders) socket.write(`${headOf(2)}{}`);
  await until(() => admission.inFlight === 10);
  gate.resolve();
  await until(() => orders.every((talk) => answersOf(talk)[0]?.status === 200));
});

test('while the loop lags for long everybody is told overloaded, and nobody once it turns again', async () => {
  const admission = new Admission(10);
  const door = await listen(appOf(admission, () => Promise.resolve()));
  const loop = { isBusy: true };
  const busy = (async () => {
    for (; loop.isBusy; await delay(0))
      for (const endMs = performance.now() + 150; performance.now() < endMs; );
  })();
  let answer = await ask(door, read);
  await until(async () => (answer = await ask(door, read)).status === 503);
  expect(answer.headers['retry-after']).toBe('1');
  expect(JSON.parse(answer.body)).toMatchObject({ type: '/problems/overloaded' });
  loop.isBusy = false;
  await busy;
  await until(async () => (await ask(door, read)).status === 200);
  admission.close();
});

/** Sends a little again and again until the other side has had enough. */
async function trickle(talk: Talk, text: string): Promise<void> {
  for (; !talk.closed; await delay(20)) talk.socket.write(text);
}

test('sockets that trickle a head or a body, or say nothing, are told 408 or closed; others are served meanwhile', async () => {
  const admission = untimedAdmission(200);
  const door = await listen(
    appOf(admission, () => Promise.resolve()),
    {
      headersTimeoutMs: 600,
      requestTimeoutMs: 900,
    },
  );
  const many = (): Talk[] => Array.from({ length: 50 }, () => door.connect());
  const [heads, bodies, silent] = [many(), many(), many()];
  for (const { socket } of heads) socket.write(read.slice(0, -2));
  for (const { socket } of bodies) socket.write(headOf(60_000));
  const trickling = [
    ...heads.map((talk) => trickle(talk, 'X: y\r\n')),
    ...bodies.map((talk) => trickle(talk, ' ')),
  ];
  await until(() => admission.inFlight === 50);
  for (let i = 0; i < 20; i += 1) expect((await ask(door, read)).status).toBe(200);
  const slow = [...heads, ...bodies, ...silent];
  expect(slow.some(({ closed }) => !closed)).toBe(true);
  await until(() => slow.every(({ closed }) => closed));
  await Promise.all(trickling);
  const told = [...heads, ...bodies].flatMap(answersOf);
  expect(told.map(({ status }) => status)).toEqual(told.map(() => 408));
  expect(told.length).toBeGreaterThan(90); // a byte that was on its way may turn the last words into a reset
  expect(silent.map(({ text }) => text)).toEqual(silent.map(() => ''));
  await until(() => admission.inFlight === 0); // the client may learn of the end first
});

test('those who are late together are not turned away in one piece: it waits for slices of the loop', async () => {
  const door = await listen((_request, response) => void response.end(), { headersTimeoutMs: 200 });
  const late = Array.from({ length: 60 }, () => door.connect());
  for (const { socket } of late) socket.write('GET / HTTP/1.1\r\nHost: a\r\n');
  let atOnce = 0;
  servers.at(-1)?.on('clientError', ({ code }: NodeJS.ErrnoException, socket: net.Socket) => {
    if (code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.writableEnded) atOnce += 1;
  });
  await until(() => late.every(({ closed }) => closed));
  expect(late.flatMap(answersOf).map(({ status }) => status)).toEqual(late.map(() => 408));
  expect(atOnce).toBe(0);
});

test('a socket that never reads its answer is closed; one that reads slowly gets all of it', async () => {
  const large = 'x'.repeat(24_000_000);
  const served: net.Socket[] = [];
  const door = await listen(
    (request, response) => {
      served.push(request.socket);
      response.setHeader('Content-Length', large.length).end(large);
    },
    { stalledTimeoutMs: 1_000 },
  );
  const never = door.connect();
  never.socket.pause();
  never.socket.write(get);
  await until(() => served.length === 1);
  const slow = net.connect(door.port, '127.0.0.1');
  sockets.push(slow);
  slow.write(get);
  let bytes = 0;
  for await (const chunk of slow) {
    bytes += (chunk as Buffer).length;
    await delay(1);
    if (bytes > large.length) break;
  }
  await until(() => served[0]?.destroyed === true);
  expect(bytes).toBeGreaterThan(large.length);
});

test('of requests behind each other on a connection one is worked on at a time, and all are answered in order', async () => {
  let inside = 0;
  let most = 0;
  const door = await listen((request, response) => {
    inside += 1;
    most = Math.max(most, inside);
    setTimeout(() => {
      inside -= 1;
      response.end(request.url);
    }, 1);
  });
  const { socket } = door.connect();
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk)));
  const names = Array.from({ length: 50 }, (_, i) => `/${i}`);
  socket.write(names.map((name) => `GET ${name} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''));
  await until(() => parseAnswers(Buffer.from(text)).length === names.length);
  expect(parseAnswers(Buffer.from(text)).map(({ body }) => body)).toEqual(names);
  expect(most).toBe(1);
});

test('what nobody takes is bounded in bytes: those who owe the most are cut off, a reader is not', async () => {
  const large = 'x'.repeat(2_000_000);
  const huge = 'x'.repeat(30_000_000); // more than the system takes off our hands
  const served = new Set<net.Socket>();
  const door = await listen(
    (request, response) => {
      served.add(request.socket);
      const text = request.url === '/huge' ? huge : large;
      response.setHeader('Content-Length', text.length).end(text);
    },
    { unsentBytesMax: 20_000_000 },
  );
  const greedy = [door.connect(), door.connect()];
  for (const { socket } of greedy) {
    socket.pause();
    socket.write(get.replace('/', '/huge'));
  }
  await until(() => served.size === 2);
  const reader = await ask(door);
  expect(reader.body.length).toBe(large.length);
  await until(() => [...served].filter(({ destroyed }) => destroyed).length >= 2);
});

const openssl = spawnSync('openssl', ['version']).status === 0;

/** A certificate for an hour and its key, in PEM. */
function selfSigned(): { readonly cert: string; readonly key: string } {
  const args = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-subj', '/CN=localhost'];
  const pem = execFileSync('openssl', ['req', '-x509', '-nodes', '-days', '1', '-keyout', '-', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return { cert: pem.slice(pem.indexOf('-----BEGIN CERT')), key: pem };
}

test.runIf(openssl)(
  'over TLS: who does not finish the handshake is closed, others are served meanwhile',
  async () => {
    const inside: RequestListener = (_request, response) => void response.end('in');
    const door = await listen(inside, { headersTimeoutMs: 500 }, selfSigned());
    const silent = [door.connect(), door.connect()];
    silent[1]?.socket.write(Buffer.from([22, 3, 1])); // a handshake that goes no further
    const good = tls.connect({ port: door.port, host: '127.0.0.1', rejectUnauthorized: false });
    sockets.push(good);
    let text = '';
    good.on('data', (chunk) => (text += String(chunk)));
    good.write(get);
    await until(() => text.endsWith('in'));
    await until(() => silent.every(({ closed }) => closed));
  },
);
