import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClickHouseClient, connectClickhouse } from '../../infra/clients/clickhouse.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';
import { checkMigrations, planMigrations } from './check-migrations.ts';
import { createDatabase, migrate, readMigrations } from './migrate.ts';

const database = `checked_${randomUUID().replaceAll('-', '')}`;
const url = testEngines().clickhouseUrl;
let client: ClickHouseClient;
const command = (query: string) => client.command({ query });

beforeAll(async () => {
  await createDatabase({ url, database });
  client = connectClickhouse({ url, database });
});
afterAll(async () => {
  await command(`DROP DATABASE ${database}`);
  await client.close();
});

test('a plan names what is to come and creates nothing; after it, tables and files agree', async () => {
  const files = readMigrations();
  expect(await planMigrations(client)).toEqual(files);
  expect((await checkMigrations(client)).map(({ is, what }) => [is, what])).toEqual(
    files.map(({ name }) => ['pending', name]),
  );
  const answer = await client.query({ query: 'SHOW TABLES', format: 'JSONEachRow' });
  expect(await answer.json()).toEqual([]);

  await migrate(client, files.slice(0, 2));
  expect((await planMigrations(client)).map(({ name }) => name)).toEqual(
    files.slice(2).map(({ name }) => name),
  );
  await migrate(client);
  expect(await planMigrations(client)).toEqual([]);
  expect(await checkMigrations(client)).toEqual([]);
});

test('another engine, another window, a view that selects or writes something else are found', async () => {
  const changed = [
    'ALTER TABLE order_events MODIFY SETTING non_replicated_deduplication_window = 10',
    'ALTER TABLE orders RESET SETTING non_replicated_deduplication_window',
    'RENAME TABLE payments TO kept',
    `CREATE TABLE payments AS kept ENGINE = ReplacingMergeTree PARTITION BY toYYYYMM(at)
       ORDER BY (store, event, at, partition, seq) SETTINGS non_replicated_deduplication_window = 10000`,
    'DROP VIEW sales_by_minute_view',
    `CREATE MATERIALIZED VIEW sales_by_minute_view TO other_sales AS SELECT store FROM orders`,
    'DROP VIEW unknown_money',
    'CREATE VIEW unknown_money AS SELECT 1 AS store',
  ];
  await command('CREATE TABLE other_sales AS sales_by_minute');
  for (const query of changed) await command(query);
  const found = await checkMigrations(client);
  expect(found.map(({ is, what }) => `${is}: ${what}`).toSorted()).toEqual([
    'engine: payments',
    'setting: order_events.non_replicated_deduplication_window',
    'setting: orders.non_replicated_deduplication_window',
    'view: sales_by_minute_view',
    'view: sales_by_minute_view',
    'view: unknown_money',
  ]);
  expect(found).toContainEqual({
    is: 'view',
    what: 'sales_by_minute_view',
    detail: 'writes to other_sales, wanted sales_by_minute',
  });
  for (const query of ['DROP TABLE payments', 'DROP VIEW sales_by_minute_view', 'DROP VIEW unknown_money'])
    await command(query);
  await command('RENAME TABLE kept TO payments');
  for (const table of ['orders', 'order_events'])
    await command(`ALTER TABLE ${table} MODIFY SETTING non_replicated_deduplication_window = 10000`);
  for (const { statements } of readMigrations()) for (const query of statements) await command(query);
  expect(await checkMigrations(client)).toEqual([]);
});

test('what somebody changed by hand is found: columns, types, keys, tables, files of another build', async () => {
  const files = readMigrations();
  await command('ALTER TABLE payments DROP COLUMN psp_ref');
  await command('ALTER TABLE payments ADD COLUMN note String');
  await command('ALTER TABLE money_back MODIFY COLUMN amount_minor Int128');
  await command('DROP VIEW sales_by_minute_view');
  await command('DROP TABLE fulfilment');
  await command('CREATE TABLE fulfilment AS orders ENGINE = MergeTree ORDER BY store');
  await command('DROP TABLE sales_by_minute');
  const [first, ...rest] = files;
  if (!first) throw new Error('there are migrations');
  const edited = [{ ...first, sha256: 'another' }, ...rest.slice(0, -1)];
  const found = await checkMigrations(client, edited);
  expect(
    found.filter(({ what }) => !what.startsWith('fulfilment')).map(({ is, what }) => [is, what]),
  ).toEqual([
    ['edited', '0001-ledger.sql'],
    ['unknown', String(rest.at(-1)?.version)],
    ['column-missing', 'payments.psp_ref'],
    ['column-strange', 'payments.note'],
    ['table-missing', 'sales_by_minute'],
    ['table-missing', 'sales_by_minute_view'],
    ['column-type', 'money_back.amount_minor'],
  ]);
  expect(found).toContainEqual({
    is: 'key',
    what: 'fulfilment',
    detail: 'sorting key is (store), wanted (store, event, at, partition, seq, line)',
  });
});
