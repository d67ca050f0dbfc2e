import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClickHouseClient, connectClickhouse } from '../../infra/clients/clickhouse.ts';
import { orderIdOf } from '../../schemas/ids.ts';
import { createClickhouseLedger } from '../../sinks/clickhouse/clickhouse-ledger.ts';
import { createLedgerFold } from '../../sinks/clickhouse/ledger-fold.ts';
import { createDatabase, migrate } from '../../sinks/clickhouse/migrate.ts';
import { batchOf, createJournal, startMs } from '../../sinks/clickhouse/testing/journal.ts';
import { readOrderLedger } from './order-ledger.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';

const url = testEngines().clickhouseUrl;
const database = `ledger_${randomUUID().replaceAll('-', '')}`;
const at = { topic: 'orders.events.v1', partition: 3 };
const orderId = orderIdOf('demo', 'mine');
const order = { store: 'demo', orderId, createdAtMs: startMs };
let client: ClickHouseClient;

beforeAll(async () => {
  await createDatabase({ url: url, database: database });
  client = connectClickhouse({ url: url, database: database });
  await migrate(client);
  const fold = createLedgerFold({
    ledger: createClickhouseLedger(client),
    rule: { intervalMs: 2_000, rowsMax: 50_000 },
  });
  const journal = createJournal();
  const lines = [{ sku: 'A', quantity: 2, unitMinor: 100 }];
  journal.live('mine', lines);
  journal.sell('other', lines);
  journal.add({
    type: 'CommandRefused',
    command: 'CancelOrder',
    key: orderId,
    reason: 'partly-shipped',
    commandId: 'C1',
    fingerprint: 'k1.aa',
    requestId: null,
    detail: null,
  });
  journal.wait(10_000);
  journal.tick();
  await fold.position(at);
  await fold.apply(at, batchOf(journal.events, 0, at));
});

afterAll(async () => {
  await client?.command({ query: `DROP DATABASE ${database}` });
  await client?.close();
});

test('the ledger gives every event of an order in order, refusals of commands too, and how far it has come', async () => {
  const ledger = await readOrderLedger(client, order, at.partition);
  const types = ledger?.events.map(({ type }) => type) ?? [];
  expect(types.slice(0, 3)).toEqual(['OrderPlaced', 'PaymentCaptured', 'OrderConfirmed']);
  expect(types).toContain('RefundRequested');
  expect(types.at(-1)).toBe('CommandRefused');
  expect(ledger?.events[0]).toMatchObject({
    seq: 1,
    atMs: startMs,
    offset: 1,
    cause: { offset: 1, source: null },
  });
  expect(ledger?.events.at(-1)?.detail).toMatchObject({ reason: 'partly-shipped', commandId: 'C1' });
  expect(ledger?.throughSeq).toBeGreaterThanOrEqual(ledger?.events.at(-1)?.seq ?? Infinity);
  const said = JSON.stringify(ledger);
  for (const secret of ['sealed', 'k1.aa', 'c-1']) expect(said).not.toContain(secret);
});

test("another store's order, another partition and an unknown order have no event of it", async () => {
  for (const [of, partition] of [
    [{ ...order, orderId: orderIdOf('demo', 'nobody') }, at.partition],
    [order, 0],
  ] as const) {
    expect((await readOrderLedger(client, of, partition))?.events).toEqual([]);
  }
  const foreign = await readOrderLedger(client, { ...order, store: 'S2' }, at.partition);
  expect(foreign?.events.map(({ type }) => type)).not.toContain('OrderPlaced');
});

test('a ledger that is away is null, never an empty history', async () => {
  const away = connectClickhouse({ url: 'http://127.0.0.1:1', database: database });
  expect(await readOrderLedger(away, order, at.partition)).toBeNull();
  await away.close();
});
