import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ok } from './answer.ts';
import { createApp, type RequestLine } from './create-app.ts';
import { serve } from './mount-pages.ts';
import { contextOf } from './request-context.ts';
import type { Doorkeeper } from './run-route.ts';

let server: Server;
let base: string;
const lines: RequestLine[] = [];
beforeAll(async () => {
  const app = createApp({
    door: {} as Doorkeeper, // who is shed comes to no door
    routes: [],
    mount: (express) => serve(express, '/page', () => ok({ page: true })),
    observe: (line) => void lines.push(line),
  });
  server = createServer((request, response) => {
    contextOf(request).shed = request.headers['x-shed'] !== undefined;
    contextOf(request).caller = { store: 'S', keyId: 'k', scopes: new Set() };
    app(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test.each(['/page', '/nowhere'])(
  'who is shed gets 503 from %s as from a route, and is counted as whose he is',
  async (path) => {
    const shed = await fetch(base + path, { headers: { 'x-shed': '1' } });
    expect(await shed.json()).toMatchObject({ status: 503, type: expect.stringMatching(/overloaded$/) });
    expect(lines.at(-1)).toMatchObject({ status: 503, problem: 'overloaded', store: 'S', keyId: 'k' });
    expect((await fetch(base + path)).status).not.toBe(503);
  },
);
