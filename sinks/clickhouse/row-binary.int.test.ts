import { Readable } from 'node:stream';
import { createClient } from '@clickhouse/client';
import { expect, test } from 'vitest';
import { type ColumnType, ledgerTables, sinkPositionsColumns } from '../../schemas/clickhouse-columns.ts';
import { createDatabase, migrate } from './migrate.ts';
import { createRowEncoder } from './row-binary.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';

const url = testEngines().clickhouseUrl;

const columns = {
  text: 'String',
  small: 'UInt16',
  middle: 'UInt32',
  big: 'UInt64',
  money: 'Int64',
  at: 'DateTime64(3)',
  text_or_not: 'Nullable(String)',
  money_or_not: 'Nullable(Int64)',
  at_or_not: 'Nullable(DateTime64(3))',
} as const satisfies Record<string, ColumnType>;

const rows = [
  {
    text: '',
    small: 0,
    middle: 0,
    big: 0,
    money: 0,
    at: 0,
    text_or_not: null,
    money_or_not: null,
    at_or_not: null,
  },
  {
    text: `雪'\n\t\\${'x'.repeat(300)}`,
    small: 65_535,
    middle: 4_294_967_295,
    big: Number.MAX_SAFE_INTEGER,
    money: Number.MAX_SAFE_INTEGER,
    at: 4_102_444_800_123,
    text_or_not: '',
    money_or_not: -1,
    at_or_not: 1,
  },
  {
    text: 'y'.repeat(20_000),
    small: 1,
    middle: 2 ** 31,
    big: 2 ** 32,
    money: Number.MIN_SAFE_INTEGER,
    at: 951_782_400_000,
    text_or_not: 'é',
    money_or_not: -(2 ** 32),
    at_or_not: 1_700_000_000_999,
  },
];

test('ClickHouse reads back the very values that were encoded', async () => {
  const client = createClient({ url });
  await client.command({ query: 'DROP TABLE IF EXISTS default.row_binary_test' });
  await client.command({
    query: `CREATE TABLE default.row_binary_test (${Object.entries(columns)
      .map((column) => column.join(' '))
      .join()}) ENGINE = Memory`,
  });
  const { stream } = await client.exec({
    query: 'INSERT INTO default.row_binary_test FORMAT RowBinary',
    values: Readable.from([createRowEncoder(columns)(rows)], { objectMode: false }),
  });
  stream.resume();
  const answer = await client.query({
    query: `SELECT * REPLACE (toUnixTimestamp64Milli(at) AS at, toUnixTimestamp64Milli(at_or_not) AS at_or_not)
      FROM default.row_binary_test ORDER BY small = 1, small`,
    format: 'JSONEachRow',
  });
  const read = (await answer.json<Record<string, unknown>>()).map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([k, v]) => [k, k.startsWith('text') || v === null ? v : Number(v)]),
    ),
  );
  expect(read).toEqual(rows);
  await client.command({ query: 'DROP TABLE default.row_binary_test' });
  await client.close();
});

test.each([
  ['a fraction', { money: 0.5 }, 'money'],
  ['an unsafe integer', { money: 2 ** 53 }, 'money'],
  ['a negative unsigned', { big: -1 }, 'big'],
  ['too large a number', { small: 65_536 }, 'small'],
  ['a null where none may stand', { text: null }, 'text'],
  ['a missing column', { at: undefined }, 'at'],
])('refuses %s and names the column', (_, wrong, column) => {
  expect(() => createRowEncoder(columns)([{ ...rows[0], ...wrong }])).toThrow(
    new RegExp(`column ${column}:`),
  );
});

test('the tables have the columns and sorting keys of the map, and migrating again changes nothing', async () => {
  const database = 'sink_columns';
  await createDatabase({ url: url, database: database });
  const client = createClient({ url, database });
  await client.command({ query: 'CREATE TABLE IF NOT EXISTS probe (x UInt8) ENGINE = Memory' });
  expect(await migrate(client)).toEqual([
    '0001-ledger.sql',
    '0002-sales-by-minute.sql',
    '0003-whole-life.sql',
    '0004-stock-and-unknown-money.sql',
  ]);
  expect(await migrate(client)).toEqual([]);
  const all = {
    ...ledgerTables,
    sink_positions: { columns: sinkPositionsColumns, sortedBy: ['topic', 'partition'] },
  };
  for (const [table, { columns, sortedBy }] of Object.entries(all)) {
    const answer = await client.query({
      query: `SELECT name, type, is_in_sorting_key FROM system.columns
        WHERE database = {database:String} AND table = {table:String} AND default_kind = '' ORDER BY position`,
      query_params: { database, table },
      format: 'JSONEachRow',
    });
    const found = await answer.json<{ name: string; type: string; is_in_sorting_key: number }>();
    const plain = (type: string) => type.replace(/LowCardinality\((.*)\)/, '$1').replace(", 'UTC'", '');
    expect(Object.fromEntries(found.map(({ name, type }) => [name, plain(type)]))).toEqual(columns);
    expect(
      found
        .filter((column) => column.is_in_sorting_key)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...sortedBy].sort());
  }
  await client.command({ query: `DROP DATABASE ${database}` });
  await client.close();
});

test('an applied migration that was edited since is refused by name', async () => {
  const database = 'sink_edited';
  await createDatabase({ url: url, database: database });
  const client = createClient({ url, database });
  const one = {
    version: 1,
    name: '0001-x.sql',
    sha256: 'a',
    statements: ['CREATE TABLE IF NOT EXISTS x (a UInt8) ENGINE = Memory'],
  };
  await migrate(client, [one]);
  await expect(migrate(client, [{ ...one, sha256: 'b' }])).rejects.toThrow(/0001-x.sql was edited/);
  await client.command({ query: `DROP DATABASE ${database}` });
  await client.close();
});
