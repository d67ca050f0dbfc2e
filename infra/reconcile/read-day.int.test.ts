import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, migrate } from '../../sinks/clickhouse/migrate.ts';
import { type ClickHouseClient, connectClickhouse } from '../clients/clickhouse.ts';
import type { BookedMove } from './money-books.ts';
import { readSinkRows } from './read-day.ts';
import { testEngines } from '../local/testing/test-engines.ts';

const database = `reconcile_${randomUUID().replaceAll('-', '')}`;
const url = testEngines().clickhouseUrl;
const at = '2026-01-07 09:00:00.000';
const origin = { store: 's-1', partition: 2, at, order_id: 'o-1', currency: 'GBP' };
const payment = { ...origin, kind: 'capture', attempt: 1, op_id: 'o-1:capture:1', amount_minor: 1_000 };
const refund = { ...origin, event: 'RefundRecorded', kind: 'refund', ref: 'r-1', amount_minor: 200 };
const dispute = { ...origin, event: 'DisputeRecorded', kind: 'chargeback', ref: 'd-1', amount_minor: 800 };
let client: ClickHouseClient;

beforeAll(async () => {
  await createDatabase({ url: url, database: database });
  client = connectClickhouse({ url: url, database: database });
  await migrate(client);
  const insert = (table: string, values: readonly object[]) =>
    client.insert({ table, format: 'JSONEachRow', values: [...values] });
  await insert('payments', [
    { ...payment, event: 'PaymentOpRequested', seq: 1 },
    { ...payment, event: 'PaymentCaptured', seq: 2 },
    { ...payment, event: 'PaymentCaptured', seq: 3, at: '2026-01-06 23:59:59.999', op_id: 'o-0:capture:1' },
    // the same event twice
    { ...payment, event: 'PaymentCaptured', seq: 4, order_id: 'o-2', op_id: 'o-2:capture:1' },
    { ...payment, event: 'PaymentCaptured', seq: 4, order_id: 'o-2', op_id: 'o-2:capture:1' },
  ]);
  await insert('money_back', [
    { ...refund, event: 'RefundRequested', state: 'requested', seq: 5 },
    { ...refund, state: 'succeeded', seq: 6 },
    { ...refund, state: 'failed', seq: 7 },
    { ...refund, state: 'failed', ref: 'never', seq: 8 },
    { ...dispute, state: 'open', seq: 9 },
    { ...dispute, state: 'won', seq: 10, at: '2026-01-17 09:00:00.000' },
  ]);
  const position = { topic: 'orders.events.v1', partition: 2, watermark: at, next_rule: 't2000-n50000' };
  await insert('sink_positions', [{ ...position, offset: 20, seq: 10 }]);
});
afterAll(async () => {
  await client.command({ query: `DROP DATABASE ${database}` });
  await client.close();
});

test('ClickHouse’s money of a day comes by operation: moved, not asked for or failed; an event that stands twice is told', async () => {
  const { rows, isFolded } = await readSinkRows(client, '2026-01-07');
  const row = { store: 's-1', orderId: 'o-1', currency: 'GBP', atMs: Date.parse(`${at}Z`), isDouble: false };
  expect([...rows].toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual([
    ['o-1:capture:1', { ...row, kind: 'charge', amountMinor: 1_000 }],
    ['o-1:dispute:d-1', { ...row, kind: 'dispute', amountMinor: 800 }],
    ['o-1:refund:r-1', { ...row, kind: 'refund', amountMinor: 200 }],
    ['o-2:capture:1', { ...row, orderId: 'o-2', kind: 'charge', amountMinor: 1_000, isDouble: true }],
  ]);
  const folded = (partition: number, seq: number) => isFolded({ partition, seq } as BookedMove);
  expect([folded(2, 10), folded(2, 11), folded(1, 0)]).toEqual([true, false, false]);
});
