import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClickhouseLedger } from '../../sinks/clickhouse/clickhouse-ledger.ts';
import { createLedgerFold } from '../../sinks/clickhouse/ledger-fold.ts';
import { batchOf, createJournal } from '../../sinks/clickhouse/testing/journal.ts';
import { type OwnEngine, startOwnEngine } from '../../sinks/clickhouse/testing/own-engine.ts';
import { planReport } from './plan-report.ts';
import { reportKinds } from './report-kinds.ts';
import { runReport } from './run-report.ts';

let engine: OwnEngine;
const dayMs = 86_400_000;
const fromMs = Date.UTC(2026, 0, 2);

beforeAll(async () => {
  engine = await startOwnEngine();
  const journal = createJournal('w', fromMs - dayMs);
  const sell = (day: string, currency: string, sku: string, quantity: number): void =>
    journal.sell(`${day} ${currency} ${sku}`, [{ sku, quantity, unitMinor: 100 }], { currency });
  sell('1', 'GBP', 'X', 7);
  sell('1', 'USD', 'X', 30);
  sell('1', 'USD', 'Y', 5);
  journal.wait(dayMs);
  sell('2', 'GBP', 'X', 8);
  sell('2', 'USD', 'X', 40);
  sell('2', 'USD', 'Y', 50);
  journal.wait(dayMs);
  journal.tick();
  const at = { topic: 'orders.events.v1', partition: 0 };
  const fold = createLedgerFold({
    ledger: createClickhouseLedger(engine.client),
    rule: { intervalMs: 2_000, rowsMax: 50_000 },
  });
  await fold.position(at);
  await fold.apply(at, batchOf(journal.events, 0, at));
});
afterAll(() => engine.remove());

const kind = reportKinds.find(({ name }) => name === 'top-skus');

test('each SKU stands beside itself in its own currency: one that ranks lower in another has no row of zeros', async () => {
  if (kind === undefined) throw new Error('there is no such report');
  const query = kind.query.parse({
    from: '2026-01-02',
    to: '2026-01-03',
    limit: '1',
    compare: 'previousPeriod',
  });
  const nowMs = fromMs + 2 * dayMs;
  const plan = planReport(kind, { store: 'demo', query, timeZone: 'UTC', nowMs });
  const { data, totals } = await runReport(
    { clickhouse: engine.client, partitions: 1, nowMs: () => nowMs },
    plan,
  );
  expect(
    data.map(({ currency, sku, units, previous_units }) => [currency, sku, units, previous_units]),
  ).toEqual([
    ['GBP', 'X', 8, 7],
    ['USD', 'Y', 50, 5],
  ]);
  expect(totals).toMatchObject([
    { currency: 'GBP', units: 8, previous_units: 7 },
    { currency: 'USD', units: 50, previous_units: 5 },
  ]);
});
