import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventBody } from '../../schemas/generated/stock-events.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import { createClickhouseLedger } from '../../sinks/clickhouse/clickhouse-ledger.ts';
import { createStockLedgerFold } from '../../sinks/clickhouse/ledger-fold.ts';
import { type OwnEngine, startOwnEngine } from '../../sinks/clickhouse/testing/own-engine.ts';
import { startMs } from '../../sinks/clickhouse/testing/journal.ts';
import { holdOf, received, stockBatch } from '../../sinks/clickhouse/testing/stock-journal.ts';
import { planReport } from './plan-report.ts';
import { reportKinds } from './report-kinds.ts';
import type { ReportRow } from './report.ts';
import { runReport } from './run-report.ts';

let engine: OwnEngine;
const at = { topic: journalOf('stock'), partition: 0 };
/** The event of place i happens in second i. */
const second = (i: number): string => new Date(startMs + (i - 1) * 1_000).toISOString();
const bodies: readonly EventBody[] = [
  received(10),
  { ...received(2), sku: 'B' },
  holdOf('HoldPlaced', 4),
  holdOf('HoldRefused', 9),
  holdOf('HoldCommitted', 4),
  holdOf('CommitReversed', 1),
  holdOf('AllocationShipped', 2),
  { ...received(5), store: 'other' },
  { type: 'TimePassed', atMs: Date.parse(second(9)) },
];

beforeAll(async () => {
  engine = await startOwnEngine();
  const fold = createStockLedgerFold({
    ledger: createClickhouseLedger(engine.client),
    rule: { intervalMs: 2_000, rowsMax: 50_000 },
  });
  await fold.position(at);
  await fold.apply(at, stockBatch(at, bodies));
});
afterAll(() => engine.remove());

const kind = reportKinds.find(({ name }) => name === 'stock');
async function ask(asked: Readonly<Record<string, string>>) {
  if (kind === undefined) throw new Error('there is no stock report');
  const nowMs = startMs + 60_000;
  const query = kind.query.parse(asked);
  const plan = planReport(kind, { store: 'demo', query, timeZone: 'UTC', nowMs });
  return runReport({ clickhouse: engine.client, partitions: 1, nowMs: () => nowMs }, plan);
}
const pick = (rows: readonly ReportRow[], ...names: readonly string[]) =>
  rows.map((row) => names.map((name) => row[name]));
const levels = ['sku', 'on_hand', 'held', 'available', 'allocated'];

test('levels at the end and what moved in the range, for each SKU of the store alone', async () => {
  const { data, totals, meta } = await ask({ from: second(2.5), to: second(9) });
  expect(pick(data, ...levels)).toEqual([
    ['A', 7, 0, 7, 1],
    ['B', 2, 0, 2, 0], // nothing moved in the range, it stands there all the same
  ]);
  expect(data[0]).toMatchObject({ received: 0, held_units: 4, committed: 4, reversed: 1, shipped: 2 });
  expect(data[0]).toMatchObject({ stock_outs: 1, stock_out_units: 9 });
  expect(totals).toMatchObject([{ received: 0, committed: 4 }]);
  expect(meta.complete_until).toBe(second(9));
});

test('as of an instant the levels of then', async () => {
  const { data } = await ask({ from: second(0), asOf: second(5) });
  expect(pick(data, ...levels)).toEqual([
    ['A', 10, 4, 6, 0],
    ['B', 2, 0, 2, 0],
  ]);
});

test('by bucket: movements of the bucket, levels at its end', async () => {
  const { data } = await ask({ bucket: 'minute', sku: 'a', from: '2026-01-31', to: '2026-02-01T00:00:00Z' });
  expect(pick(data, 'bucket', 'received', ...levels, 'partial')).toEqual([
    ['2026-01-31T23:59:00Z', 10, 'A', 7, 0, 7, 1, true],
  ]);
});
