import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Received, sendPlain } from '../../infra/corpus/http/exchange.ts';
import { StoreDirectory } from '../auth/store-directory.ts';
import { createRoutes, type RouteParts } from '../routes.ts';
import { untimedAdmission } from './testing/untimed-admission.ts';
import { ok } from './answer.ts';
import { createApp } from './create-app.ts';
import { mountPages, serve } from './mount-pages.ts';
import { RateLimit } from './rate-limit.ts';

const parts = { codecs: {}, partitions: 4, nowMs: () => 0, open: new Set(), quoteSecrets: [''] };
const routes = createRoutes(parts as unknown as RouteParts);
const pages = [
  '/livez',
  '/openapi.json',
  '/docs',
  '/docs.css',
  '/problems',
  '/problems/not-found',
  '/app.js',
];
const ours = 'https://shop.example';
const file = { contentType: 'text/javascript', bytes: Buffer.from('1'), tag: '"1"' };

/** An API without engines behind it: who has no key gets as far as these tests go. */
async function listen(corsOrigins: readonly string[]): Promise<http.Server> {
  const app = createApp({
    door: {
      directory: new StoreDirectory(),
      rateLimit: new RateLimit(0),
      admission: untimedAdmission(10),
      nowMs: () => 0,
    },
    routes,
    corsOrigins,
    mount: (express) => {
      serve(express, '/livez', () => ok({ live: true }));
      const files = new Map([['/app.js', { ...file, gzipped: Buffer.from('1'), gzippedTag: '"2"' }]]);
      mountPages(express, { openApi: { info: { title: '' }, paths: {} }, files });
    },
    observe: () => undefined,
  });
  const server = http.createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

let closed: http.Server;
let open: http.Server;
beforeAll(async () => {
  closed = await listen([]);
  open = await listen([ours, 'http://localhost:3000']);
});
afterAll(() => {
  closed.close();
  open.close();
});

async function ask(
  server: http.Server,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Received> {
  const target = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  const { answers } = await sendPlain(target, { method, path, headers }, () => undefined);
  const [answer] = answers;
  if (!answer) throw new Error('no answer');
  return answer;
}

const samplePath = (path: string): string => path.replaceAll(/\{\w+\}/g, 'sample');
const byPath = [...Map.groupBy(routes, ({ path }) => path)].map(
  ([path, of]) => [samplePath(path), of.map(({ method }) => method as string)] as const,
);

test.each([...byPath, ...pages.map((path) => [path, ['GET']] as const)])(
  'OPTIONS %s names its methods, and no other method gets through',
  async (path, methods) => {
    const all = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].toSorted().join(', ');
    const options = await ask(closed, 'OPTIONS', path);
    expect([options.status, options.headers['allow'], options.body]).toEqual([204, all, '']);
    expect(options.headers['content-length']).toBeUndefined();
    const patch = await ask(closed, 'PATCH', path);
    expect([patch.status, patch.headers['allow']]).toEqual([405, all]);
    expect(JSON.parse(patch.body)).toMatchObject({ type: '/problems/method-not-allowed' });
  },
);

const gets = [
  ...routes.filter(({ method }) => method === 'GET').map(({ path }) => samplePath(path)),
  ...pages,
];

test.each(gets)('HEAD %s says what GET says, without the body', async (path) => {
  const [get, head] = [await ask(closed, 'GET', path), await ask(closed, 'HEAD', path)];
  expect(head.status).toBe(get.status);
  expect(head.body).toBe('');
  const told = ({ 'request-id': _id, date: _date, ...headers }: Received['headers']) => headers;
  expect(told(head.headers)['content-type']).toBe(told(get.headers)['content-type']);
  expect(Object.keys(told(head.headers)).toSorted()).toEqual(Object.keys(told(get.headers)).toSorted());
});

test('a path that does not exist has no methods', async () => {
  expect((await ask(closed, 'OPTIONS', '/v1/nowhere')).status).toBe(404);
});

describe('pages of other origins', () => {
  const preflight = (origin: string) => ({
    Origin: origin,
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'authorization,idempotency-key',
  });
  const corsHeaders = ({ headers }: Received): readonly string[] =>
    Object.keys(headers).filter((name) => name.startsWith('access-control-'));

  test('are told nothing unless an origin is configured', async () => {
    for (const path of ['/v1/orders', '/openapi.json', '/livez']) {
      expect(corsHeaders(await ask(closed, 'OPTIONS', path, preflight(ours)))).toEqual([]);
      const get = await ask(closed, 'GET', path, { Origin: ours });
      expect(corsHeaders(get)).toEqual([]);
      expect(get.headers['vary']).toBeUndefined();
    }
  });

  test.each(['https://evil.example', 'https://shop.example.evil', 'http://shop.example', 'null', `${ours}/`])(
    'of %s are told nothing, only that it depends on who asks',
    async (origin) => {
      const answers = [
        await ask(open, 'OPTIONS', '/v1/orders', preflight(origin)),
        await ask(open, 'GET', '/v1/orders', { Origin: origin }),
      ];
      for (const answer of answers) {
        expect(corsHeaders(answer)).toEqual([]);
        expect(answer.headers['vary']).toBe('Origin');
      }
    },
  );

  test('of a configured origin may ask, send a key and read what they need, errors too; never with credentials', async () => {
    const asked = await ask(open, 'OPTIONS', '/v1/orders', preflight(ours));
    expect(asked).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': ours,
        'access-control-allow-methods': 'GET, HEAD, POST',
        'access-control-allow-headers': expect.stringMatching(/^Authorization, .*Idempotency-Key/),
        vary: 'Origin',
      },
    });
    const refused = await ask(open, 'GET', '/v1/orders', { Origin: ours });
    expect(refused).toMatchObject({
      status: 401,
      headers: {
        'access-control-allow-origin': ours,
        'access-control-expose-headers': expect.stringContaining('Retry-After'),
      },
    });
    for (const answer of [asked, refused])
      expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
    expect((await ask(open, 'OPTIONS', '/v1/orders', { Origin: ours })).headers).not.toHaveProperty(
      'access-control-allow-methods',
    );
  });
});
