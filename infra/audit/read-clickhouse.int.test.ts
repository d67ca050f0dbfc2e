import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ledgerTables, type LedgerTable, ledgerTableNames } from '../../schemas/clickhouse-columns.ts';
import { createDatabase, migrate } from '../../sinks/clickhouse/migrate.ts';
import { type ClickHouseClient, connectClickhouse } from '../clients/clickhouse.ts';
import { groupKey } from './group-rows.ts';
import { readClickHouse } from './read-clickhouse.ts';
import type { ClickHouseFacts } from './recording.ts';
import { createCleanRun } from './self-test/clean-run.ts';
import { toRecording } from './self-test/memory-recording.ts';
import { testEngines } from '../local/testing/test-engines.ts';

const database = `audit_${randomUUID().replaceAll('-', '')}`;
const url = testEngines().clickhouseUrl;
const run = createCleanRun();
let client: ClickHouseClient;

/** Times as ClickHouse writes them; everything else as it is. */
function toJson(table: LedgerTable, row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const columns: Readonly<Record<string, string>> = ledgerTables[table].columns;
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      const isTime = columns[name]?.includes('DateTime64') && typeof value === 'number';
      return [name, isTime ? new Date(value).toISOString().replace('T', ' ').replace('Z', '') : value];
    }),
  );
}

beforeAll(async () => {
  await createDatabase({ url: url, database: database });
  client = connectClickhouse({ url: url, database: database });
  await migrate(client);
  for (const table of ledgerTableNames) {
    await client.insert({
      table,
      format: 'JSONEachRow',
      values: run.tables[table].map((row) => toJson(table, row)),
    });
  }
  const topic = 'orders.events.v1';
  const rest = { topic, watermark: '2026-01-05 12:00:00.000', next_rule: 't2000-n50000' };
  const older = run.positions.map((position) => ({ ...position, ...rest, seq: 1, offset: 1 }));
  const latest = run.positions.map((position) => ({ ...position, ...rest }));
  await client.insert({ table: 'sink_positions', format: 'JSONEachRow', values: older });
  await client.insert({ table: 'sink_positions', format: 'JSONEachRow', values: latest });
  const ofStock = run.stockPositions?.map((position) => ({
    ...position,
    ...rest,
    topic: 'stock.events.v1',
  }));
  await client.insert({ table: 'sink_positions', format: 'JSONEachRow', values: ofStock ?? [] });
});
afterAll(async () => {
  await client.command({ query: `DROP DATABASE ${database}` });
  await client.close();
});

const comparable = ({ positions, groups, sales, salesBase, stock }: ClickHouseFacts) => ({
  stock: {
    positions: stock?.positions.toSorted((a, b) => a.partition - b.partition),
    groups: stock?.groups.toSorted((a, b) => (groupKey(a) < groupKey(b) ? -1 : 1)),
  },
  positions: positions.toSorted((a, b) => a.partition - b.partition),
  groups: groups.toSorted((a, b) => (groupKey(a) < groupKey(b) ? -1 : 1)),
  sales: sales.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
  salesBase: salesBase.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
});

test('the engine counts, sums and checksums rows as the auditor does in memory', async () => {
  const expected = await toRecording(run).clickHouse();
  expect(expected && comparable(expected)).toEqual(comparable(await readClickHouse(client)));
});

test('rows above the sink’s position are not counted yet, and a row written twice is seen', async () => {
  const before = await readClickHouse(client);
  const [payment] = run.tables.payments;
  if (!payment) throw new Error('the clean run has payments');
  const row = toJson('payments', payment);
  await client.insert({
    table: 'payments',
    format: 'JSONEachRow',
    values: [{ ...row, seq: 1_000_000, code: 'later' }],
  });
  expect((await readClickHouse(client)).groups).toEqual(expect.arrayContaining([...before.groups]));
  await client.insert({ table: 'payments', format: 'JSONEachRow', values: [row] });
  const doubled = (await readClickHouse(client)).groups.filter(({ rows, distinct }) => rows !== distinct);
  expect(doubled).toHaveLength(1);
  expect(doubled[0]).toMatchObject({ table: 'payments', event: payment['event'] });
});

test('what a sink of the next version has said beside is passed over, and nothing else', async () => {
  const before = await readClickHouse(client);
  const write = async (more: (event: string) => object): Promise<void> => {
    await client.command({ query: 'TRUNCATE TABLE order_events' });
    const values = run.tables.order_events.map((row) => {
      const detail = { ...(JSON.parse(String(row['detail'])) as object), ...more(String(row['event'])) };
      return toJson('order_events', { ...row, detail: JSON.stringify(detail) });
    });
    await client.insert({ table: 'order_events', format: 'JSONEachRow', values });
  };
  const differing = async (): Promise<ReadonlySet<string>> => {
    const has = new Map(before.groups.map((group) => [groupKey(group), group.checksum]));
    const { groups } = await readClickHouse(client);
    return new Set(
      groups.filter((group) => has.get(groupKey(group)) !== group.checksum).map(({ event }) => event),
    );
  };
  await write(() => ({ salesChannel: 'web', picked: [{ by: 'hand' }] }));
  expect(await differing()).toEqual(new Set());
  await write((event) => (event === 'OrderPlaced' ? { salesChannel: 'web', totalMinor: 1 } : {}));
  expect(await differing()).toEqual(new Set(['OrderPlaced']));
});
