import { randomUUID } from 'node:crypto';
import http, { type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClickHouseClient, connectClickhouse } from '../../infra/clients/clickhouse.ts';
import { createApiKey } from '../../schemas/api-key.ts';
import { createClickhouseLedger } from '../../sinks/clickhouse/clickhouse-ledger.ts';
import { createLedgerFold } from '../../sinks/clickhouse/ledger-fold.ts';
import { createDatabase, migrate } from '../../sinks/clickhouse/migrate.ts';
import { batchOf, createJournal } from '../../sinks/clickhouse/testing/journal.ts';
import { StoreDirectory } from '../auth/store-directory.ts';
import { untimedAdmission } from '../http/testing/untimed-admission.ts';
import { createApp } from '../http/create-app.ts';
import { RateLimit } from '../http/rate-limit.ts';
import { rowsSql } from './export-compared.ts';
import { ExportRoom } from './export-room.ts';
import type { Report, ReportRow } from './report.ts';
import { analyticsRoutes } from './router.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';

const url = testEngines().clickhouseUrl;
const database = `analytics_${randomUUID().replaceAll('-', '')}`;
const partitions = 2;
const nowMs = Date.UTC(2026, 10, 21, 12);
const key = createApiKey('test');
const foreign = createApiKey('test');
const blind = createApiKey('test');
let client: ClickHouseClient;
let away: ClickHouseClient;
let server: Server;
let base: string;

const line = (sku: string, quantity: number, unitMinor: number) => ({ sku, quantity, unitMinor });
/** Two sales at each of these moments of the accepted clock, in two partitions. */
const moments = [
  '2026-03-28T23:30:00Z', // London: Saturday; Chatham (+13:45): Sunday 13:15
  '2026-03-29T00:30:00Z', // London: Sunday, of 23 hours
  '2026-03-29T22:59:59.999Z', // London: Sunday 23:59:59.999
  '2026-03-29T23:00:00Z', // London: Monday
  '2026-10-25T00:30:00Z', // London: 01:30, the first time
  '2026-10-25T01:30:00Z', // London: 01:30, the second time
  '2026-10-25T23:59:00Z', // London: Sunday still, of 25 hours
  '2026-10-26T00:00:30Z',
];
const lastTick = Date.parse('2026-10-26T00:05:00Z');

beforeAll(async () => {
  await createDatabase({ url: url, database: database });
  client = connectClickhouse({ url: url, database: database });
  away = connectClickhouse({ url: 'http://127.0.0.1:1', database: database });
  await migrate(client);
  const fold = createLedgerFold({
    ledger: createClickhouseLedger(client),
    rule: { intervalMs: 2_000, rowsMax: 50_000 },
  });
  for (let partition = 0; partition < partitions; partition += 1) {
    const journal = createJournal('w', Date.parse('2026-03-01T00:00:00Z'));
    let clock = Date.parse('2026-03-01T00:00:00Z');
    for (const [i, moment] of moments.entries()) {
      clock = journal.wait(Date.parse(moment) - clock);
      journal.sell(`${partition}-${i}`, [line('A', 2, 100), line('B', 1, 250 + i)], {
        orderedAtMs: i === 0 ? null : Date.UTC(2010, 11, 1 + i),
        currency: partition === 0 ? 'GBP' : 'JPY',
        shippingMinor: 50,
        totalMinor: 500 + i,
      });
    }
    journal.sell('other', [line('Z', 1, 1)], { store: 'other' });
    // The second owner's clock is a little behind: it decides how far the answer is complete.
    journal.wait(lastTick - clock - partition * 60_000);
    journal.tick();
    const at = { topic: 'orders.events.v1', partition };
    await fold.position(at);
    await fold.apply(at, batchOf(journal.events, 0, at));
  }

  const directory = new StoreDirectory();
  const put = (store: string, { keyId, sha256 }: typeof key, scopes: readonly string[]) =>
    directory.apply({
      store,
      atMs: 0,
      requestId: null,
      body: { type: 'KeyPut', keyId, sha256, label: '', scopes, expiresAtMs: null, dailyQuota: null },
    });
  put('demo', key, ['analytics:read']);
  put('nobody', foreign, ['analytics:read']);
  put('demo', blind, ['orders:read']);
  const deps = {
    clickhouse: client,
    exports: new ExportRoom(client),
    partitions,
    nowMs: () => nowMs,
    timeZoneOf: () => 'Europe/London',
  };
  const awayRoutes = analyticsRoutes({ ...deps, clickhouse: away }).map((route) => ({
    ...route,
    path: `/away${route.path}`,
  }));
  const narrowRoutes = analyticsRoutes({ ...deps, rowsToReadMax: 3 }).map((route) => ({
    ...route,
    path: `/narrow${route.path}`,
  }));
  const app = createApp({
    door: { directory, rateLimit: new RateLimit(0), admission: untimedAdmission(100), nowMs: () => nowMs },
    routes: [...analyticsRoutes(deps), ...awayRoutes, ...narrowRoutes],
    mount: () => undefined,
    observe: () => undefined,
  });
  server = http.createServer(app).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
  await client.command({ query: `DROP DATABASE ${database}` });
  await Promise.all([client.close(), away.close()]);
});

const get = (path: string, text = key.text) =>
  fetch(`${base}${path}`, { headers: { authorization: `Bearer ${text}` } });
async function ask(path: string): Promise<Report> {
  const response = await get(`/v1/analytics/${path}`);
  const body = (await response.json()) as Report;
  if (response.status !== 200) throw new Error(JSON.stringify(body));
  return body;
}
const pick = (rows: readonly ReportRow[], ...names: readonly string[]) =>
  rows.map((row) => names.map((name) => row[name]));

test('days are those of the zone, with 23 and 25 hours, and hold every sale once', async () => {
  const { data, totals, meta } = await ask('sales?bucket=day&currency=GBP&from=2026-03-01&to=2026-11-01');
  expect(pick(data, 'bucket', 'bucket_local', 'orders', 'units', 'gross_minor', 'partial')).toEqual([
    ['2026-03-28T00:00:00Z', '2026-03-28T00:00:00+00:00', 1, 3, 500, false],
    ['2026-03-29T00:00:00Z', '2026-03-29T00:00:00+00:00', 2, 6, 1003, false],
    ['2026-03-29T23:00:00Z', '2026-03-30T00:00:00+01:00', 1, 3, 503, false],
    ['2026-10-24T23:00:00Z', '2026-10-25T00:00:00+01:00', 3, 9, 1515, false],
    ['2026-10-26T00:00:00Z', '2026-10-26T00:00:00+00:00', 1, 3, 507, true],
  ]);
  expect(totals).toEqual([
    {
      currency: 'GBP',
      orders: 8,
      units: 24,
      gross_minor: 4028,
      refunds_minor: 0,
      chargebacks_minor: 0,
      net_minor: 4028,
      discount_minor: 0,
      tax_minor: 0,
      shipping_minor: 400,
      average_minor: 504,
    },
  ]);
  expect(meta).toMatchObject({
    complete_until: '2026-10-26T00:04:00.000Z',
    tz: 'Europe/London',
    bucket: 'day',
    definition_version: 2,
  });
  expect(meta.sql).toContain('sales_by_minute');
});

test('two hours of one name, when the clocks go back, are two buckets', async () => {
  const { data } = await ask('sales?bucket=hour&currency=GBP&from=2026-10-25&to=2026-10-26');
  expect(pick(data, 'bucket', 'bucket_local')).toEqual([
    ['2026-10-25T00:00:00Z', '2026-10-25T01:00:00+01:00'],
    ['2026-10-25T01:00:00Z', '2026-10-25T01:00:00+00:00'],
    ['2026-10-25T23:00:00Z', '2026-10-25T23:00:00+00:00'],
  ]);
});

test('a zone a quarter of an hour off cuts its own days and hours', async () => {
  const zone = 'currency=GBP&tz=pacific/chatham&from=2026-03-01&to=2026-04-01';
  const days = await ask(`sales?bucket=day&${zone}`);
  expect(pick(days.data, 'bucket', 'bucket_local', 'orders')).toEqual([
    ['2026-03-28T10:15:00Z', '2026-03-29T00:00:00+13:45', 2],
    ['2026-03-29T10:15:00Z', '2026-03-30T00:00:00+13:45', 2],
  ]);
  const hours = await ask(`sales?bucket=hour&${zone}`);
  expect(hours.data[0]).toMatchObject({
    bucket: '2026-03-28T23:15:00Z',
    bucket_local: '2026-03-29T13:00:00+13:45',
  });
  expect(hours.meta.tz).toBe('Pacific/Chatham');
});

test.each([
  [
    'week',
    [
      '2026-03-23T00:00:00+00:00',
      '2026-03-30T00:00:00+01:00',
      '2026-10-19T00:00:00+01:00',
      '2026-10-26T00:00:00+00:00',
    ],
  ],
  ['month', ['2026-03-01T00:00:00+00:00', '2026-10-01T00:00:00+01:00']],
] as const)('a %s begins with its first local day', async (bucket, starts) => {
  const { data } = await ask(`sales?bucket=${bucket}&currency=GBP`);
  expect(data.map((row) => row['bucket_local'])).toEqual(starts);
});

test('by the time of the order no watermark speaks, and an order without a claim counts when it was placed', async () => {
  const { data, meta } = await ask('sales?basis=ordered&bucket=day&currency=GBP');
  expect(data[0]).toEqual({
    bucket: '2010-12-02T00:00:00Z',
    bucket_local: '2010-12-02T00:00:00+00:00',
    currency: 'GBP',
    orders: 1,
    units: 3,
    gross_minor: 501,
    refunds_minor: 0,
    chargebacks_minor: 0,
    net_minor: 501,
    discount_minor: 0,
    tax_minor: 0,
    shipping_minor: 50,
    average_minor: 501,
  });
  expect(data.at(-1)).toMatchObject({ bucket: '2026-03-28T00:00:00Z', orders: 1 });
  expect(data).toHaveLength(8);
  expect([meta.complete_until, meta.lag_seconds]).toEqual([null, null]);
});

test('one currency never enters the sum of another', async () => {
  const { totals } = await ask('sales?bucket=month');
  expect(totals).toMatchObject([
    { currency: 'GBP', gross_minor: 4028 },
    { currency: 'JPY', gross_minor: 4028 },
  ]);
});

test.each(['minute', '5m', '15m', 'hour', 'day', 'week', 'month'])(
  'sums by %s are the same from minutes and from orders',
  async (bucket) => {
    const range = bucket === 'minute' ? 'from=2026-10-25&to=2026-10-28' : 'from=2026-10-01&to=2026-11-01';
    const minutes = await ask(`sales?bucket=${bucket}&${range}`);
    const off = range
      .replace('to=2026-10-28', 'to=2026-10-27T23:59:59.999Z')
      .replace('to=2026-11-01', 'to=2026-10-31T22:59:59.999Z');
    const orders = await ask(`sales?bucket=${bucket}&${off}`);
    expect(minutes.meta.sql).toContain('FROM sales_by_minute');
    expect(orders.meta.sql).not.toContain('sales_by_minute');
    expect(orders.data).toEqual(minutes.data);
    expect(orders.data.length).toBeGreaterThan(0);
  },
);

test('by SKU it counts the lines, and the money of the lines without shipping', async () => {
  const { data, totals } = await ask('sales?bucket=month&groupBy=sku&currency=GBP&from=2026-10-01');
  expect(pick(data, 'sku', 'orders', 'units', 'gross_minor')).toEqual([
    ['A', 4, 8, 800],
    ['B', 4, 4, 1022],
  ]);
  expect(totals).toEqual([{ currency: 'GBP', units: 12, gross_minor: 1822, tax_minor: 0 }]);
  const one = await ask('sales?bucket=month&sku=a&currency=GBP&from=2026-10-01');
  expect(pick(one.data, 'orders', 'units')).toEqual([[4, 8]]);
});

test('orders are counted in the bucket of the event that says what became of them', async () => {
  const { data, totals } = await ask('orders?bucket=day&from=2026-10-25&to=2026-10-27');
  expect(pick(data, 'bucket', 'placed', 'confirmed', 'rejected', 'partial')).toEqual([
    ['2026-10-24T23:00:00Z', 6, 6, 0, false],
    ['2026-10-26T00:00:00Z', 2, 2, 0, true],
  ]);
  expect(totals).toMatchObject([{ placed: 8, confirmed: 8, cancelled: 0 }]);
});

test('the best sold SKUs come first, so many of each currency', async () => {
  const byMoney = await ask('top-skus?limit=1');
  expect(pick(byMoney.data, 'sku', 'currency', 'units', 'orders', 'gross_minor')).toEqual([
    ['B', 'GBP', 8, 8, 2028],
    ['B', 'JPY', 8, 8, 2028],
  ]);
  const byPieces = await ask('top-skus?sort=units&limit=2&currency=GBP');
  expect(pick(byPieces.data, 'sku', 'units')).toEqual([
    ['A', 16],
    ['B', 8],
  ]);
});

test('a store sees its own figures alone', async () => {
  const answer = (await (await get('/v1/analytics/sales?bucket=month', foreign.text)).json()) as Report;
  expect(answer.data).toEqual([]);
});

test.each([
  ['sales?bucket=minute&from=2026-01-01&to=2026-02-01', 'range-too-wide'],
  ['sales?bucket=second', 'invalid-query'],
  ['sales?bucket=day&bucket=day', 'invalid-query'],
  ['sales?colour=red', 'invalid-query'],
  ['sales?tz=Mars/Olympus', 'invalid-query'],
  ['sales?tz=%2B05:30', 'invalid-query'],
  ['sales?from=2026-02-31', 'invalid-query'],
  ['sales?from=2026-03-02&to=2026-03-01', 'invalid-query'],
  ["sales?currency=GBP'%20OR%201=1", 'invalid-query'],
  ['sales?groupBy=customer_id', 'invalid-query'],
  ['top-skus?limit=101', 'invalid-query'],
  ['top-skus?limit=0', 'invalid-query'],
  ['orders?basis=ordered', 'invalid-query'],
  ['sales?groupBy=sku,', 'invalid-query'],
  ['sales?groupBy=sku%3BDROP', 'invalid-query'],
  ['orders?groupBy=customer', 'invalid-query'],
  ['orders?outcome=Confirmed', 'invalid-query'],
  ['refunds?why=whim', 'invalid-query'],
  ['sales?compare=lastDecade', 'invalid-query'],
  ['sales?compare=previousWeek&bucket=month', 'invalid-query'],
  ['sales?compare=previousYear&from=1970-01-01&to=1970-02-01', 'invalid-query'],
  ['sales?format=xlsx', 'invalid-query'],
])('refuses %s as %s', async (path, code) => {
  for (const prefix of ['/v1/analytics/', '/away/v1/analytics/']) {
    const response = await get(`${prefix}${path}`);
    expect([response.status, ((await response.json()) as { type: string }).type]).toEqual([
      400,
      `/problems/${code}`,
    ]);
  }
});

test.each(['sales', 'refunds', 'payments', 'orders', 'funnel', 'top-skus', 'stock'])(
  'without ClickHouse %s is unavailable, never zeros',
  async (report) => {
    const response = await get(`/away/v1/analytics/${report}`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.json()).toMatchObject({ type: '/problems/view-unavailable', retryable: true });
  },
);

test('while a partition has no watermark nothing is called complete', async () => {
  await client.command({ query: 'CREATE TABLE kept AS sink_positions' });
  await client.command({ query: 'INSERT INTO kept SELECT * FROM sink_positions' });
  await client.command({ query: 'DELETE FROM sink_positions WHERE partition = 1' });
  const { data, meta } = await ask('sales?bucket=month');
  expect(meta.complete_until).toBeNull();
  expect(new Set(data.map((row) => row['partial']))).toEqual(new Set([true]));
  await client.command({ query: 'INSERT INTO sink_positions SELECT * FROM kept WHERE partition = 1' });
});

test.each([
  'sales?bucket=day',
  'orders?bucket=hour',
  'top-skus',
  'sales?groupBy=sku,hour&tz=Pacific/Chatham',
  'sales?bucket=day&from=2026-03-29&to=2026-11-01&compare=previousWeek', // rows of either range alone, balances unknown
  'sales?groupBy=weekday&basis=ordered&from=2010-12-01&to=2010-12-08&compare=previousPeriod',
  'top-skus?from=2026-10-26&to=2026-10-27&compare=previousPeriod',
])('every format of %s holds the rows of the JSON answer', async (path) => {
  const { data } = await ask(path);
  expect(data.length).toBeGreaterThan(0);
  const as = (format: string) =>
    get(`/v1/analytics/${path}${path.includes('?') ? '&' : '?'}format=${format}`);
  const ndjson = await (await as('ndjson')).text();
  const rows = ndjson.trim().split('\n');
  expect(rows.map((text) => JSON.parse(text) as unknown)).toEqual(data);
  const columns = Object.keys(data[0] ?? {});
  const csv = (await (await as('csv')).text()).trim().split('\r\n');
  expect(csv[0]?.split(',').toSorted()).toEqual(columns.toSorted());
  const order = csv[0]?.split(',') ?? [];
  expect(csv.slice(1)).toEqual(data.map((row) => order.map((name) => String(row[name] ?? '')).join(',')));

  const answer = await as('parquet');
  expect(answer.headers.get('content-type')).toBe('application/vnd.apache.parquet');
  const file = Buffer.from(await answer.arrayBuffer());
  // read back by the engine itself, whose function takes a file's bytes
  const back = await client.query({
    query: `SELECT * FROM format('Parquet', unhex('${file.toString('hex')}'))`,
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0, max_query_size: '10000000' },
    format: 'JSONEachRow',
  });
  const instants = new Set(['bucket', 'previous_bucket']);
  const read = (await back.json<Record<string, unknown>>()).map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, cell]) =>
        instants.has(name) && typeof cell === 'string'
          ? [name, `${cell.replace(' ', 'T').slice(0, 19)}Z`]
          : [name, cell],
      ),
    ),
  );
  expect(read).toEqual(data);
});

test('a comparison in Parquet has its columns without a row too, and its texts whatever they hold', async () => {
  const path = 'sales?bucket=day&from=2026-01-01&to=2026-01-02&compare=previousPeriod&format=parquet';
  const answer = await get(`/v1/analytics/${path}`);
  expect(answer.headers.get('complete-until')).toBe('2026-10-26T00:04:00.000Z');
  const file = Buffer.from(await answer.arrayBuffer()).toString('hex');
  const told = await client.query({
    query: `DESCRIBE format('Parquet', unhex('${file}'))`,
    format: 'JSONEachRow',
  });
  const names = (await told.json<{ readonly name: string }>()).map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      'bucket',
      'currency',
      'gross_minor',
      'previous_bucket',
      'previous_gross_minor',
      'partial',
    ]),
  );
  const texts = [`a'b`, '\\', '"', 'x\ny', '{p:String}', 'Ж'].map((text) => ({ text, n: 1 }));
  const sql = rowsSql(texts, [
    { name: 'text', type: 'String' },
    { name: 'n', type: 'Nullable(Int64)' },
  ]);
  const back = await client.query({
    query: sql,
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    format: 'JSONEachRow',
  });
  expect(await back.json()).toEqual(texts);
});

test('an export says how far it is complete, and has its names without a row too', async () => {
  const csv = await get('/v1/analytics/sales?bucket=day&format=csv&from=2026-01-01&to=2026-01-02');
  expect(csv.headers.get('complete-until')).toBe('2026-10-26T00:04:00.000Z');
  expect(csv.headers.get('content-disposition')).toBe('attachment; filename="sales.csv"');
  expect(await csv.text()).toMatch(/^bucket,bucket_local,currency,orders,[a-z_,]+\r\n$/);
});

test('without ClickHouse an export is unavailable, never an empty file', async () => {
  for (const format of ['csv', 'ndjson', 'parquet']) {
    const response = await get(`/away/v1/analytics/sales?format=${format}`);
    expect([response.status, response.headers.get('content-disposition')]).toEqual([503, null]);
  }
});

test('what would read too many rows is refused with what to narrow, in every format', async () => {
  for (const format of ['json', 'csv', 'parquet']) {
    const response = await get(`/narrow/v1/analytics/sales?basis=ordered&from=2010-12-01&format=${format}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      type: '/problems/range-too-wide',
      detail: expect.stringContaining('Narrow from and to'),
    });
  }
});

test('as of an instant the figures are the same for ever, whatever comes later', async () => {
  const asOf = '2026-10-25T12:00:00Z';
  for (const path of [
    'sales?bucket=day',
    'sales?bucket=day&basis=ordered',
    'orders?bucket=day',
    'top-skus',
    'funnel',
  ]) {
    const then = await ask(`${path}${path.includes('?') ? '&' : '?'}asOf=${asOf}`);
    expect(then.meta.as_of).toBe('2026-10-25T12:00:00.000Z');
    expect(then.data).not.toEqual((await ask(path)).data);
  }
  const { data, totals, meta } = await ask(
    `sales?bucket=day&currency=GBP&from=2026-10-25&to=2026-10-27&asOf=${asOf}`,
  );
  expect(pick(data, 'orders', 'gross_minor', 'partial')).toEqual([[2, 1009, true]]);
  expect(totals).toMatchObject([{ orders: 2 }]);
  expect([meta.complete_until, meta.lag_seconds]).toEqual([meta.as_of, 0]);
  // by the caller's clock: of what was claimed, what the log had by then
  const ordered = await ask(`sales?basis=ordered&bucket=month&currency=GBP&asOf=${asOf}`);
  expect(ordered.totals).toMatchObject([{ orders: 6 }]);
});

test('as of an instant that is not complete yet nothing is said; one in the future is no instant', async () => {
  const early = await get('/v1/analytics/sales?asOf=2026-10-26T00:04:00.001Z');
  expect([early.status, early.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await early.json()).toMatchObject({ type: '/problems/view-behind' });
  expect((await get('/v1/analytics/sales?asOf=2026-10-26T00:04:00Z')).status).toBe(200);
  expect((await get('/away/v1/analytics/sales?asOf=2027-01-01')).status).toBe(400);
});

test('each row stands beside the one it is compared with', async () => {
  const { data, totals, meta } = await ask(
    'sales?bucket=day&currency=GBP&from=2026-10-26&to=2026-10-27&compare=previousPeriod',
  );
  expect(
    pick(
      data,
      'bucket',
      'orders',
      'gross_minor',
      'previous_bucket',
      'previous_orders',
      'previous_gross_minor',
    ),
  ).toEqual([['2026-10-26T00:00:00Z', 1, 507, '2026-10-24T23:00:00Z', 3, 1515]]);
  expect(totals).toMatchObject([{ orders: 1, previous_orders: 3, previous_average_minor: 505 }]);
  expect(meta.compare).toMatchObject({ with: 'previousPeriod', from: '2026-10-24T23:00:00.000Z' });
  const csv = await (await get('/v1/analytics/sales?bucket=day&compare=previousWeek&format=csv')).text();
  expect(csv).toContain('previous_gross_minor');
  const skus = await ask(
    'top-skus?limit=1&currency=GBP&from=2026-10-26&to=2026-10-27&compare=previousPeriod',
  );
  expect(pick(skus.data, 'sku', 'units', 'previous_units')).toEqual([['B', 1, 3]]);
});

test('groups of a report: by customer, by weekday and hour of the zone, by reason and code', async () => {
  const path = 'currency=GBP&from=2026-03-01&to=2026-11-01';
  const clocks = await ask(`sales?groupBy=weekday,hour&${path}`);
  expect(clocks.meta.bucket).toBeNull();
  expect(pick(clocks.data, 'weekday', 'hour', 'orders')).toEqual([
    [1, 0, 2], // Monday 30 March 00:00 and 26 October 00:00
    [6, 23, 1],
    [7, 0, 1],
    [7, 1, 2], // the two 01:30 of 25 October
    [7, 23, 2],
  ]);
  const chatham = await ask(`sales?groupBy=weekday&tz=Pacific/Chatham&${path}`);
  expect(pick(chatham.data, 'weekday', 'orders')).toEqual([
    [1, 4],
    [7, 4],
  ]);
  const customers = await ask(`sales?groupBy=customer&bucket=month&${path}`);
  expect(pick(customers.data, 'customer_id', 'orders')).toEqual([
    ['c-1', 4],
    ['c-1', 4],
  ]);
  expect((await ask(`sales?customer=c-2&${path}`)).data).toEqual([]);
  expect((await ask(`sales?customer=c-1&groupBy=sku,customer&bucket=month&${path}`)).data).toHaveLength(4);
  const reasons = await ask('orders?groupBy=currency&bucket=month');
  expect(pick(reasons.data, 'currency', 'placed')).toEqual([
    ['GBP', 4],
    ['JPY', 4],
    ['GBP', 4],
    ['JPY', 4],
  ]);
});

test.each([
  "sales?customer=' OR 1=1 --",
  'sales?customer={store:String}',
  'sales?customer=c-1\\',
  "orders?reason=x') UNION ALL SELECT 1 --",
  'payments?code=%27%29%3B%20DROP%20TABLE%20orders%3B--',
  'payments?code=%00%09%0A',
])('%s is a value and finds nothing', async (path) => {
  const answer = await ask(path.replaceAll(' ', '%20').replaceAll('\\', '%5C'));
  expect(answer.data).toEqual([]);
});

test('the list names every report, and each of them answers', async () => {
  const { reports } = (await (await get('/v1/analytics')).json()) as {
    reports: { name: string; path: string }[];
  };
  expect(reports.map(({ name }) => name)).toEqual([
    'sales',
    'refunds',
    'payments',
    'orders',
    'funnel',
    'top-skus',
    'stock',
  ]);
  for (const { path } of reports) expect((await get(path)).status).toBe(200);
});

test('a key without the scope is refused, and nobody without a key', async () => {
  expect((await get('/v1/analytics/sales', blind.text)).status).toBe(403);
  expect((await fetch(`${base}/v1/analytics/sales`)).status).toBe(401);
});

test('answers have the shape their documents promise', async () => {
  for (const route of analyticsRoutes({
    clickhouse: client,
    exports: new ExportRoom(client),
    partitions,
    nowMs: () => nowMs,
    timeZoneOf: () => 'UTC',
  })) {
    const schema = route.docs.answers[200]?.schema;
    const answer: unknown = await (await get(route.path)).json();
    expect(schema?.safeParse(answer).error).toBeUndefined();
    expect(schema).toBeDefined();
  }
});
