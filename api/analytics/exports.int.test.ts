import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type ClickHouseClient, connectClickhouse } from '../../infra/clients/clickhouse.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';
import { createApiKey } from '../../schemas/api-key.ts';
import { createDatabase, migrate } from '../../sinks/clickhouse/migrate.ts';
import { StoreDirectory } from '../auth/store-directory.ts';
import { untimedAdmission } from '../http/testing/untimed-admission.ts';
import { createApp } from '../http/create-app.ts';
import { RateLimit } from '../http/rate-limit.ts';
import { ExportRoom } from './export-room.ts';
import { analyticsRoutes } from './router.ts';

const url = testEngines().clickhouseUrl;
const database = `exports_${randomUUID().replaceAll('-', '')}`;
const nowMs = Date.UTC(2026, 1, 1);
const keys = { demo: createApiKey('test'), other: createApiKey('test'), third: createApiKey('test') };
/** Some 27 MB as CSV: more than the buffers of a connection take from a reader who reads nothing. */
const rows = 200_000;
const large = 'sales?groupBy=sku&bucket=month&from=2026-01-01&to=2026-02-01';
const compared = 'sales?bucket=day&from=2026-01-01&to=2026-02-01&compare=previousPeriod';
let client: ClickHouseClient;

beforeAll(async () => {
  await createDatabase({ url, database });
  client = connectClickhouse({ url, database });
  await migrate(client);
  const columns = 'store, entry, at, order_id, sku, currency, units, gross_minor';
  await client.command({
    query: `INSERT INTO order_lines (${columns})
      SELECT arrayJoin(['demo', 'other']), 'sold', toDateTime64('2026-01-10 00:00:00', 3, 'UTC'), toString(number),
        concat('SKU-', leftPad(toString(number), 60, '0')), 'GBP', 1, 100
      FROM numbers(${rows})`,
  });
  await client.command({
    query: `INSERT INTO order_lines (${columns})
      VALUES ('demo', 'sold', '2025-06-01 00:00:00', 'wide', 'W', 'GBP', 1, 9007199254740993)`,
  });
});
afterAll(async () => {
  await client.command({ query: `DROP DATABASE ${database}` });
  await client.close();
});

/** A server whose connections are counted: the way to another one, or, without, one that takes and never answers. */
async function counted(to?: string) {
  const open = new Set<net.Socket>();
  const server = net.createServer((near) => {
    open.add(near);
    near.once('close', () => open.delete(near)).on('error', () => undefined);
    if (to === undefined) {
      near.resume();
      return;
    }
    const far = net.connect(Number(new URL(to).port), '127.0.0.1');
    far.on('error', () => near.destroy()).once('close', () => near.destroy());
    near.once('close', () => far.destroy());
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, open };
}

function connect(to: string): ClickHouseClient {
  const connected = connectClickhouse({ url: to, database });
  onTestFinished(() => connected.close());
  return connected;
}

interface Serving {
  readonly reports?: ClickHouseClient;
  readonly exports: ExportRoom;
  readonly answerWithinMs?: number;
  /** Requests of a key; without it no limit, and no header that tells of one. */
  readonly perSecond?: number;
}

async function serve({ reports = client, exports, answerWithinMs, perSecond = 0 }: Serving) {
  const directory = new StoreDirectory();
  for (const [store, { keyId, sha256 }] of Object.entries(keys)) {
    const scopes = ['analytics:read'];
    directory.apply({
      store,
      atMs: 0,
      requestId: null,
      body: { type: 'KeyPut', keyId, sha256, label: '', scopes, expiresAtMs: null, dailyQuota: null },
    });
  }
  const app = createApp({
    door: {
      directory,
      rateLimit: new RateLimit(perSecond),
      admission: untimedAdmission(100),
      nowMs: () => nowMs,
    },
    routes: analyticsRoutes({
      clickhouse: reports,
      exports,
      partitions: 1,
      nowMs: () => nowMs,
      timeZoneOf: () => 'UTC',
      ...(answerWithinMs === undefined ? {} : { answerWithinMs }),
    }),
    mount: () => undefined,
    observe: () => undefined,
  });
  const server = http.createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/analytics/`;
  return (path: string, store: keyof typeof keys = 'demo', signal: AbortSignal | null = null) =>
    fetch(`${base}${path}`, { headers: { authorization: `Bearer ${keys[store].text}` }, signal });
}

/** Less than the idle time after which a client's connection ends by itself. */
const soon = { timeout: 15_000 };

test('each CSV holds one of a few connections of its own while JSON goes on; a reader that leaves gives it back at once', async () => {
  const csv = `${large}&format=csv`;
  const way = await counted(url);
  const exports = new ExportRoom(connect(way.url));
  const get = await serve({ exports });
  const readers = new AbortController();
  const begin = (store: keyof typeof keys) => get(csv, store, readers.signal);
  const refused = async (store: keyof typeof keys): Promise<void> => {
    const answer = await get(csv, store);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await answer.json()).toMatchObject({ type: '/problems/overloaded', retryable: true });
  };

  const held = [await begin('demo'), await begin('demo')];
  await refused('demo'); // there is room still, but not for a third of one store
  held.push(await begin('other'), await begin('other'));
  await refused('third');
  expect(held.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect([exports.size, way.open.size]).toEqual([4, 4]);
  for (const store of ['demo', 'third'] as const)
    expect((await get('top-skus?from=2026-01-01&to=2026-02-01', store)).status).toBe(200);

  readers.abort();
  await expect.poll(() => [exports.size, way.open.size], soon).toEqual([0, 0]);
  const whole = await get(csv);
  expect((await whole.text()).match(/SKU-/g)).toHaveLength(rows);
});

test('a reader that does not come to the end in time loses the rest, and can tell', async () => {
  const way = await counted(url);
  const exports = new ExportRoom(connect(way.url), 6_000);
  const get = await serve({ exports });
  const slow = await get(`${large}&format=ndjson`);
  expect(slow.status).toBe(200);
  await expect.poll(() => [exports.size, way.open.size], soon).toEqual([0, 0]);
  await expect(slow.text()).rejects.toThrow();
});

test('an engine that says nothing: the caller is told before his connection is given up, in every format', async () => {
  const silent = await counted();
  const nobody = connect(silent.url);
  for (const reports of [nobody, client]) {
    const get = await serve({ reports, exports: new ExportRoom(nobody), answerWithinMs: 1_000 });
    for (const format of reports === nobody ? ['json', 'csv', 'parquet'] : ['csv', 'parquet']) {
      const answer = await get(`sales?bucket=month&format=${format}`);
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({
        type: '/problems/view-unavailable',
        detail: expect.stringContaining('in time'),
      });
    }
  }
  await expect.poll(() => silent.open.size, soon).toBe(0);
});

test('a reader that leaves before the first byte: the statement is given up', async () => {
  const silent = await counted();
  const exports = new ExportRoom(connect(silent.url));
  const get = await serve({ exports });
  const reader = new AbortController();
  const answer = get(`${large}&format=csv`, 'demo', reader.signal);
  await expect.poll(() => silent.open.size, soon).toBe(1);
  reader.abort();
  await expect(answer).rejects.toThrow();
  await expect.poll(() => [exports.size, silent.open.size], soon).toEqual([0, 0]);
});

test('a reader that leaves while a comparison is asked for: its statement is given up', async () => {
  const silent = await counted();
  const exports = new ExportRoom(client);
  const get = await serve({ reports: connect(silent.url), exports });
  const reader = new AbortController();
  const answer = get(`${compared}&format=parquet`, 'demo', reader.signal);
  await expect.poll(() => silent.open.size, soon).toBe(1);
  reader.abort();
  await expect(answer).rejects.toThrow();
  await expect.poll(() => [exports.size, silent.open.size], soon).toEqual([0, 0]);
});

test('every answer begins with the limits its caller came under, whatever its format', async () => {
  const get = await serve({ exports: new ExportRoom(client), perSecond: 1_000 });
  for (const asked of ['sales', compared])
    for (const format of ['json', 'csv', 'ndjson', 'parquet']) {
      const answer = await get(`${asked}${asked.includes('?') ? '&' : '?'}format=${format}`);
      await answer.arrayBuffer();
      expect([asked, format, answer.status, answer.headers.get('ratelimit')]).toEqual([
        asked,
        format,
        200,
        expect.stringMatching(/^"key";r=\d+/),
      ]);
    }
});

test('integers of 64 bits keep their digits in a file; JSON refuses what it would round', async () => {
  const get = await serve({ exports: new ExportRoom(client) });
  const wide = 'sales?groupBy=sku&bucket=month&from=2025-06-01&to=2025-07-01';
  expect(await (await get(wide)).json()).toMatchObject({ type: '/problems/range-too-wide' });
  for (const format of ['csv', 'ndjson'])
    expect(await (await get(`${wide}&format=${format}`)).text()).toContain('9007199254740993');
});
