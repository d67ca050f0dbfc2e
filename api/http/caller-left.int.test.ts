import { once } from 'node:events';
import type { Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { until } from '../../infra/clients/testing/test-kafka.ts';
import { untimedAdmission } from './testing/untimed-admission.ts';
import { ok } from './answer.ts';
import { createApp, type RequestLine } from './create-app.ts';
import { createHardenedServer } from './http-server.ts';
import { RateLimit } from './rate-limit.ts';
import { defineRoute, jsonType } from './route.ts';
import type { Doorkeeper } from './run-route.ts';

/** A caller who gives up leaves a line for each request that was read of him, whether it was begun or waited. */
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const principal = { store: 'S', keyId: 'k', scopes: new Set(['orders:read']) };

/** An API of one route; `onTurn` is called when the turn of a request has come, `enter` holds it. */
async function listen(enter: () => Promise<void>, onTurn: () => void = () => undefined) {
  const lines: RequestLine[] = [];
  const admission = untimedAdmission(100);
  const app = createApp({
    door: {
      directory: { authenticate: () => principal, isCurrent: () => false },
      rateLimit: new RateLimit(0),
      nowMs: () => 0,
      admission,
    } as unknown as Doorkeeper,
    routes: [
      defineRoute({
        path: '/v1/thing',
        method: 'GET',
        scope: 'orders:read',
        idempotencyKey: 'none',
        params: {},
        query: z.strictObject({}),
        produces: [jsonType],
        docs: { summary: '', tag: '', answers: {} },
        handle: async () => {
          await enter();
          return ok({});
        },
      }),
    ],
    mount: () => undefined,
    observe: (line) => void lines.push(line),
  });
  let read = 0;
  const server = createHardenedServer((request, response) => {
    onTurn();
    app(request, response);
  }).on('request', () => (read += 1));
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    lines,
    admission,
    requestsRead: () => read,
    connect: async (): Promise<net.Socket> => {
      const socket = net.connect(port, '127.0.0.1').on('error', () => undefined);
      await once(socket, 'connect');
      return socket;
    },
  };
}

const ask = 'GET /v1/thing HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer k\r\n\r\n';
const told = (lines: readonly RequestLine[]): string[] =>
  lines.map(({ method, route, status }) => `${method} ${route} ${status}`).toSorted();

test('of requests behind each other each has its line, the one that was begun and those that waited', async () => {
  const gate = Promise.withResolvers<void>();
  const { lines, admission, requestsRead, connect } = await listen(() => gate.promise);
  const socket = await connect();
  socket.write(ask.repeat(4));
  await until(() => requestsRead() === 4 && admission.inFlight === 1);
  socket.resetAndDestroy();
  await until(() => lines.length >= 4);
  gate.resolve();
  await until(() => admission.inFlight === 0);
  expect(told(lines)).toEqual(Array(4).fill('GET /v1/thing 499'));
});

test('a request whose caller left while it waited for the loop is not begun, and has its line', async () => {
  const sockets: net.Socket[] = [];
  let begun = 0;
  const enter = async (): Promise<void> => void (begun += 1);
  const { lines, requestsRead, connect } = await listen(enter, () => {
    for (const socket of sockets.splice(0).slice(1)) socket.resetAndDestroy();
    for (const endMs = performance.now() + 3; performance.now() < endMs; ); // no second one in this turn of the loop
  });
  for (let i = 0; i < 20; i += 1) sockets.push(await connect());
  sockets.forEach((socket) => socket.write(ask));
  await until(() => begun > 0 && lines.length === requestsRead());
  const left = lines.filter(({ status }) => status === 499);
  expect(left.length).toBeGreaterThan(0);
  expect([begun, left.length]).toEqual([1, requestsRead() - 1]);
});
