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
