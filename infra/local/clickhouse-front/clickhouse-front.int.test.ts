import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { connectClickhouse } from '../../clients/clickhouse.ts';
import type { RunningEngine } from '../engine-process.ts';
import { freePort } from '../free-port.ts';
import { startClickhouse } from '../start-clickhouse.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'clickhouse-front-'));
let engine: RunningEngine;
let client: ClickHouseClient;

const start = async (): Promise<void> => {
  engine = await startClickhouse({ folder, port: await freePort(0) });
  client = createClient({
    url: engine.url,
    compression: { request: true, response: true },
    log: { level: ClickHouseLogLevel.OFF },
  });
};

beforeAll(start);
afterAll(async () => {
  await client.close();
  await engine.stop();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  await client.command({ query: 'DROP DATABASE IF EXISTS shop' });
  await client.command({ query: 'CREATE DATABASE shop' });
  await client.command({
    query: `CREATE TABLE shop.sales (id UInt64, sku String, price_minor Int64, note String DEFAULT 'none')
            ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 1000`,
  });
});

const rowsOf = async <T>(query: string, params: Record<string, unknown> = {}): Promise<T[]> =>
  (await client.query({ query, query_params: params, format: 'JSONEachRow' })).json<T>();

const sale = (id: number, sku = `s${id}`) => ({ id, sku, price_minor: id * 100 });

const failureOf = async (work: Promise<unknown>): Promise<ClickHouseError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ClickHouseError)) throw new Error(`not a ClickHouseError: ${String(error)}`);
  return error;
};

test('answers a ping and a ping by SELECT', async () => {
  expect(await client.ping()).toEqual({ success: true });
  expect(await client.ping({ select: true })).toEqual({ success: true });
});

test('gives back the rows that were inserted, defaults of omitted columns included', async () => {
  const inserted = await client.insert({
    table: 'shop.sales',
    values: [sale(1), sale(2)],
    format: 'JSONEachRow',
  });
  expect(inserted.summary?.written_rows).toBe('2');
  expect(await rowsOf('SELECT * FROM shop.sales ORDER BY id')).toEqual([
    { ...sale(1), note: 'none' },
    { ...sale(2), note: 'none' },
  ]);
});

test('a client that never looks at the summary gets none, and its rows are written', async () => {
  const ours = connectClickhouse({ url: engine.url, database: 'shop' });
  const inserted = await ours.insert({ table: 'sales', values: [sale(1)], format: 'JSONEachRow' });
  await ours.close();
  expect(inserted.summary).toBeUndefined();
  expect(await rowsOf('SELECT * FROM shop.sales')).toEqual([{ ...sale(1), note: 'none' }]);
});

test('streams an insert of many rows and a column list', async () => {
  const many = Readable.from(
    (function* () {
      for (let i = 0; i < 20_000; i += 1) yield { id: i, sku: 'many' };
    })(),
    { objectMode: true },
  );
  const inserted = await client.insert({
    table: 'shop.sales',
    columns: ['id', 'sku'],
    values: many,
    format: 'JSONEachRow',
  });
  expect(inserted.summary?.written_rows).toBe('20000');
  expect(await rowsOf('SELECT count() AS n, sum(id) AS s FROM shop.sales')).toEqual([
    { n: 20_000, s: 199_990_000 },
  ]);
});

test('takes RowBinary bytes as they are', async () => {
  const row = (id: bigint, sku: string) => {
    const bytes = Buffer.alloc(8 + 1 + sku.length);
    bytes.writeBigUInt64LE(id, 0);
    bytes[8] = sku.length;
    bytes.write(sku, 9);
    return bytes;
  };
  const result = await client.exec({
    query: 'INSERT INTO shop.sales (id, sku) FORMAT RowBinary',
    values: Readable.from([row(7n, 'a\nb'), row(255n, "';")]),
  });
  result.stream.resume();
  expect(await rowsOf('SELECT id, sku FROM shop.sales ORDER BY id')).toEqual([
    { id: 7, sku: 'a\nb' },
    { id: 255, sku: "';" },
  ]);
});

test('takes rows that stand in the statement, VALUES and FORMAT', async () => {
  await client.command({ query: "INSERT INTO shop.sales (id, sku) VALUES (1, 'a;b'), (2, lower('X'))" });
  await client.command({ query: 'INSERT INTO shop.sales FORMAT JSONEachRow\n{"id":3,"sku":"ü"}\n' });
  await client.command({ query: 'INSERT INTO shop.sales (id) SELECT number + 4 FROM numbers(2);' });
  expect((await rowsOf<{ sku: string }>('SELECT sku FROM shop.sales ORDER BY id')).map((r) => r.sku)).toEqual(
    ['a;b', 'x', 'ü', '', ''],
  );
});

test('binds parameters of every shape, and no text of theirs becomes SQL', async () => {
  const params = {
    s: "it's\ta \\ 'test' — 雪",
    n: 42,
    list: ['a', "b'"],
    none: null,
    big: '18446744073709551615',
  };
  const query =
    'SELECT {s:String} AS s, {n:UInt32} AS n, {list:Array(String)} AS list, {none:Nullable(String)} AS none, {big:UInt64} AS big, {t:Identifier} FROM shop.sales';
  await client.insert({ table: 'shop.sales', values: [sale(1)], format: 'JSONEachRow' });
  expect(await rowsOf(query, { ...params, t: 'sku' })).toEqual([
    { ...params, big: expect.anything(), sku: 's1' },
  ]);
  const form = await client.query({
    query: 'SELECT {s:String} AS s',
    query_params: params,
    use_multipart_params: true,
    format: 'JSONEachRow',
  });
  expect(await form.json()).toEqual([{ s: params.s }]);
});

test.each(['JSON', 'JSONEachRow', 'JSONCompact', 'CSVWithNames', 'TabSeparated'] as const)(
  'answers in %s',
  async (format) => {
    const text = await (await client.query({ query: 'SELECT 1 AS x, 2 AS y', format })).text();
    expect(text).toMatch(/1[\s\S]*2/);
    if (format === 'JSON') expect(JSON.parse(text)).toMatchObject({ data: [{ x: 1, y: 2 }], rows: 1 });
  },
);

test('answers bytes in RowBinary and Parquet, compressed only when asked', async () => {
  const binary = await fetch(
    `${engine.url}/?query=${encodeURIComponent('SELECT toUInt32(258) FORMAT RowBinary')}`,
  );
  expect([...new Uint8Array(await binary.arrayBuffer())]).toEqual([2, 1, 0, 0]);
  expect(binary.headers.get('content-encoding')).toBeNull();
  const parquet = await fetch(`${engine.url}/?enable_http_compression=1`, {
    method: 'POST',
    body: 'SELECT 1 AS x FORMAT Parquet',
  });
  expect(parquet.headers.get('content-encoding')).toBe('gzip');
  expect(
    Buffer.from(await parquet.arrayBuffer())
      .subarray(0, 4)
      .toString(),
  ).toBe('PAR1');
});

test('a deduplication token drops the repeat from the table and from a dependent materialized view', async () => {
  await client.command({
    query: `CREATE TABLE shop.by_sku (sku String, n AggregateFunction(count)) ENGINE = AggregatingMergeTree ORDER BY sku
            SETTINGS non_replicated_deduplication_window = 1000`,
  });
  await client.command({
    query:
      'CREATE MATERIALIZED VIEW shop.to_by_sku TO shop.by_sku AS SELECT sku, countState() AS n FROM shop.sales GROUP BY sku',
  });
  const insert = (token: string, rows: object[]) =>
    client.insert({
      table: 'shop.sales',
      values: rows,
      format: 'JSONEachRow',
      clickhouse_settings: {
        insert_deduplication_token: token,
        deduplicate_blocks_in_dependent_materialized_views: 1,
      },
    });
  const counts = () =>
    rowsOf<{ n: number }>(
      'SELECT (SELECT count() FROM shop.sales) AS n, (SELECT countMerge(n) FROM shop.by_sku) AS m',
    );
  expect((await insert('orders/0/1-2/r1', [sale(1, 'a'), sale(2, 'a')])).summary?.written_rows).toBe('2');
  expect((await insert('orders/0/1-2/r1', [sale(1, 'a'), sale(2, 'a')])).summary?.written_rows).toBe('0');
  expect(await counts()).toEqual([{ n: 2, m: 2 }]);
  // The same rows under a new token are new rows: a view that dropped them by content would lose a sale.
  expect((await insert('orders/0/3-4/r1', [sale(1, 'a'), sale(2, 'a')])).summary?.written_rows).toBe('2');
  expect(await counts()).toEqual([{ n: 4, m: 4 }]);
});

test('a guarded insert writes its rows only where the stored position is the one it follows', async () => {
  await client.command({
    query: 'CREATE TABLE shop.positions (p UInt32, seq UInt64) ENGINE = MergeTree ORDER BY p',
  });
  const guarded = async (follows: number, rows: object[]): Promise<string | undefined> => {
    const done = await client.command({
      query: `INSERT INTO shop.sales (id, sku, price_minor)
              SELECT id, sku, price_minor FROM input('id UInt64, sku String, price_minor Int64')
              WHERE (SELECT max(seq) FROM shop.positions WHERE p = {p:UInt32}) = {follows:UInt64} -- the guard
              FORMAT JSONEachRow\n${rows.map((row) => JSON.stringify(row)).join('\n')}`,
      query_params: { p: 3, follows },
    });
    return done.summary?.written_rows;
  };
  expect(await guarded(0, [sale(1), sale(2)])).toBe('2');
  await client.insert({ table: 'shop.positions', values: [{ p: 3, seq: 9 }], format: 'JSONEachRow' });
  expect(await guarded(0, [sale(3)])).toBe('0');
  const streamed = await client.exec({
    query:
      "INSERT INTO shop.sales (id, sku) SELECT id, upper(sku) FROM input('id UInt64, sku String') WHERE (SELECT max(seq) FROM shop.positions) = {follows:UInt64} FORMAT JSONEachRow",
    query_params: { follows: 9 },
    values: Readable.from(['{"id":10,"sku":"x"}\n', '{"id":11,"sku":"y"}\n']),
  });
  streamed.stream.resume();
  expect(streamed.summary?.written_rows).toBe('2');
  expect((await rowsOf<{ sku: string }>('SELECT sku FROM shop.sales ORDER BY id')).map((r) => r.sku)).toEqual(
    ['s1', 's2', 'X', 'Y'],
  );
});

test('counts the rows of a block that spans several partitions', async () => {
  await client.command({
    query:
      'CREATE TABLE shop.monthly (d Date, n UInt8) ENGINE = MergeTree PARTITION BY toYYYYMM(d) ORDER BY d',
  });
  const values = ['2026-01-31', '2026-02-01', '2026-02-02'].map((d) => ({ d, n: 1 }));
  expect(
    (await client.insert({ table: 'shop.monthly', values, format: 'JSONEachRow' })).summary?.written_rows,
  ).toBe('3');
});

test.each([
  ['an unknown table', 'SELECT * FROM shop.nothing', '60', 'UNKNOWN_TABLE', 404],
  ['an unknown database', 'SELECT * FROM nowhere.t', '81', 'UNKNOWN_DATABASE', 404],
  ['an unknown column', 'SELECT nothing FROM shop.sales', '47', 'UNKNOWN_IDENTIFIER', 404],
  ['no SQL', 'selec', '62', 'SYNTAX_ERROR', 400],
  ['two statements', 'SELECT 1; DROP TABLE shop.sales', '62', 'SYNTAX_ERROR', 400],
  ['a file to write', "SELECT 1 INTO OUTFILE '/tmp/never.csv'", '62', 'SYNTAX_ERROR', 400],
  ['a missing parameter', 'SELECT {x:UInt8}', '456', 'UNKNOWN_QUERY_PARAMETER', 500],
  [
    'too much memory',
    'SELECT groupArray(number) FROM numbers(1000000000)',
    '241',
    'MEMORY_LIMIT_EXCEEDED',
    500,
  ],
])('refuses %s with the code and status of a server, and goes on', async (_, query, code, type, status) => {
  expect(await failureOf(client.command({ query }))).toMatchObject({ code, type });
  const raw = await fetch(engine.url, { method: 'POST', body: query });
  expect(raw.status).toBe(status);
  expect(raw.headers.get('x-clickhouse-exception-code')).toBe(code);
  expect(await raw.text()).toMatch(new RegExp(`^Code: ${code}\\. DB::Exception: `));
  expect(await rowsOf('SELECT count() AS n FROM shop.sales')).toEqual([{ n: 0 }]);
});

test('an insert with one bad row writes none of its rows', async () => {
  const values = Readable.from(['{"id":1,"sku":"a"}\n{"id":"no number"}\n']);
  const failed = await failureOf(client.exec({ query: 'INSERT INTO shop.sales FORMAT JSONEachRow', values }));
  expect(failed.code).toMatch(/^(27|72)$/);
  expect(await rowsOf('SELECT count() AS n FROM shop.sales')).toEqual([{ n: 0 }]);
});

test('refuses an unknown setting, a session and a broken body, each without harm', async () => {
  const unknown = client.query({
    query: 'SELECT 1',
    clickhouse_settings: JSON.parse('{"no_such_setting":"1"}'),
  });
  expect(await failureOf(unknown)).toMatchObject({ code: '115' });
  expect(await failureOf(client.query({ query: 'SELECT 1', session_id: 'x' }))).toMatchObject({ code: '48' });
  const broken = await fetch(
    `${engine.url}/?query=${encodeURIComponent('INSERT INTO shop.sales FORMAT JSONEachRow')}`,
    {
      method: 'POST',
      headers: { 'content-encoding': 'gzip' },
      body: 'this is no gzip',
    },
  );
  expect(broken.status).toBeGreaterThanOrEqual(400);
  expect(await rowsOf('SELECT count() AS n FROM shop.sales')).toEqual([{ n: 0 }]);
});

test('no setting, database, parameter or temporary table of one request is seen by the next', async () => {
  await client.command({ query: 'SET max_threads = 1' });
  await client.command({ query: 'USE shop' });
  await client.command({ query: 'CREATE TEMPORARY TABLE mine (x UInt8)' });
  await client.query({
    query: 'SELECT {a:UInt8}',
    query_params: { a: 1 },
    clickhouse_settings: { max_block_size: '77' },
  });
  expect(
    await rowsOf(
      "SELECT countIf(changed) AS n FROM system.settings WHERE name IN ('max_threads', 'max_block_size')",
    ),
  ).toEqual([{ n: 0 }]);
  expect(await rowsOf('SELECT currentDatabase() AS d')).toEqual([{ d: 'default' }]);
  expect(await failureOf(client.query({ query: 'SELECT * FROM mine' }))).toMatchObject({ code: '60' });
  expect(await failureOf(client.query({ query: 'SELECT {a:UInt8}' }))).toMatchObject({ code: '456' });
});

test('a client with a database of its own works in it', async () => {
  const inShop = createClient({ url: engine.url, database: 'shop' });
  await inShop.insert({ table: 'sales', values: [sale(5)], format: 'JSONEachRow' });
  expect(await (await inShop.query({ query: 'SELECT id FROM sales', format: 'JSONEachRow' })).json()).toEqual(
    [{ id: 5 }],
  );
  await inShop.close();
});

test('a GET changes nothing', async () => {
  const refused = await fetch(`${engine.url}/?query=${encodeURIComponent('TRUNCATE TABLE shop.sales')}`);
  expect([refused.status, refused.headers.get('x-clickhouse-exception-code')]).toEqual([500, '164']);
});

test('inserts and queries at the same time all come through', async () => {
  const inserts = Array.from({ length: 20 }, (_, i) =>
    client.insert({ table: 'shop.sales', values: [sale(i)], format: 'JSONEachRow' }),
  );
  const reads = Array.from({ length: 20 }, () => rowsOf('SELECT sum(price_minor) FROM shop.sales'));
  await Promise.all([...inserts, ...reads]);
  expect(await rowsOf('SELECT count() AS n FROM shop.sales')).toEqual([{ n: 20 }]);
});

test('rows, tables and deduplication tokens survive a stop, and a kill', async () => {
  const insert = () =>
    client.insert({
      table: 'shop.sales',
      values: [sale(1)],
      format: 'JSONEachRow',
      clickhouse_settings: { insert_deduplication_token: 't1' },
    });
  await insert();
  await engine.stop();
  await client.close();
  await start();
  expect((await insert()).summary?.written_rows).toBe('0');
  process.kill(engine.pid, 'SIGKILL');
  await engine.exited;
  await client.close();
  await start();
  expect((await insert()).summary?.written_rows).toBe('0');
  expect(await rowsOf('SELECT count() AS n FROM shop.sales')).toEqual([{ n: 1 }]);
});
