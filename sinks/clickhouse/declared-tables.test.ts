import { expect, test } from 'vitest';
import { ledgerTableNames } from '../../schemas/clickhouse-columns.ts';
import { declaredTables } from './declared-tables.ts';
import { readMigrations } from './migrate.ts';

const of = (statement: string) =>
  declaredTables([{ version: 9, name: '0009-x.sql', sha256: '', statements: [statement] }]);

test('the files say every table of the ledger with its keys, and the views', () => {
  const declared = declaredTables(readMigrations());
  expect(declared.map(({ name }) => name).toSorted()).toEqual(
    [
      ...ledgerTableNames,
      'sink_positions',
      'sales_by_minute',
      'sales_by_minute_view',
      'unknown_money',
    ].toSorted(),
  );
  expect(declared.find(({ name }) => name === 'sink_positions')).toEqual({
    name: 'sink_positions',
    kind: 'table',
    columns: {
      topic: 'LowCardinality(String)',
      partition: 'UInt16',
      offset: 'Int64',
      seq: 'UInt64',
      writer: 'Nullable(String)',
      watermark: "DateTime64(3, 'UTC')",
      next_rule: 'LowCardinality(String)',
      written_at: "DateTime64(3, 'UTC')",
    },
    sortingKey: 'topic, partition',
    partitionKey: '',
    engine: 'ReplacingMergeTree(seq)',
    settings: { non_replicated_deduplication_window: '10000' },
    select: '',
    target: '',
  });
  expect(declared.find(({ name }) => name === 'sales_by_minute_view')).toMatchObject({
    kind: 'materialized view',
    target: 'sales_by_minute',
    select: expect.stringMatching(/^SELECT\n {2}store,[\s\S]*GROUP BY store, minute, currency, partition$/),
  });
  expect(declared.find(({ name }) => name === 'unknown_money')).toMatchObject({
    kind: 'view',
    target: '',
    select: expect.stringMatching(/^SELECT store, partition, order_id/),
  });
  expect(declared.find(({ name }) => name === 'order_events')).toMatchObject({
    columns: { detail: 'String', seq: 'UInt64' },
    sortingKey: 'store, at, partition, seq',
    partitionKey: 'toYYYYMM(at)',
  });
});

test('a statement it cannot read is refused, so that no check passes over it', () => {
  expect(() => of('ALTER TABLE orders ADD COLUMN x UInt8')).toThrow(/0009-x\.sql: `ALTER TABLE orders/);
});
