import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { LineageBroken } from '../../infra/clients/journal-acceptor.ts';
import { createClickhouseLedger } from './clickhouse-ledger.ts';
import { LedgerEmptying } from './emptying.ts';
import { createLedgerFold } from './ledger-fold.ts';
import { rebuildLedger, rowsToEmpty } from './rebuild-ledger.ts';
import { batchOf } from './testing/journal.ts';
import { at, foldAll, once, rule, someSales, summaryOf, tables } from './testing/ledger-world.ts';
import { type OwnEngine, startOwnEngine } from './testing/own-engine.ts';

let engine: OwnEngine;
beforeAll(async () => {
  engine = await startOwnEngine();
});
afterAll(() => engine.remove());
beforeEach(async () => {
  for (const table of tables) await engine.client.command({ query: `TRUNCATE TABLE ${table}` });
});

const sink = () => createLedgerFold({ ledger: createClickhouseLedger(engine.client), rule });
const options = () => ({ client: engine.client, partitions: 4, pause: () => delay(50) });

test('tables of another journal are waited for with the way out, emptied, and filled from this one', async () => {
  await foldAll(sink(), someSales(4, 'of another journal'));
  const mine = someSales(9);
  const late = sink();
  const stored = await late.position(at);
  if (!('seq' in stored)) throw new Error('the ledger stores whole positions');
  const fault = new LineageBroken(stored, 'stands another');
  await expect(late.onLineage(at, fault)).rejects.toThrow(/npx millrace sink rebuild/);
  expect(await rowsToEmpty(engine.client)).toEqual({
    orders: 8,
    order_lines: 16,
    payments: 12,
    money_back: 8,
    fulfilment: 24,
    order_events: 40,
    stock_movements: 0,
  });
  await rebuildLedger(options());
  expect(await late.onLineage(at, fault)).toBe('start-over');
  await foldAll(late, mine);
  expect(await summaryOf(engine.client)).toEqual(once(9));
});

test('sinks that go on writing while the tables are emptied lose and double nothing', async () => {
  const events = someSales(30);
  const sinks = [sink(), sink()];
  const over = new AbortController();
  const follow = async (one: ReturnType<typeof sink>): Promise<void> => {
    while (!over.signal.aborted) await foldAll(one, events);
  };
  const following = sinks.map(follow);
  for (let i = 0; i < 4; i += 1) await rebuildLedger({ ...options(), pause: () => delay(20 * i) });
  over.abort();
  await Promise.all(following);
  await foldAll(sink(), events);
  expect(await summaryOf(engine.client)).toEqual(once(30));
});

test('killed between two tables, sinks wait until it is run again', async () => {
  const events = someSales(6);
  const before = sink();
  await foldAll(before, events.slice(0, 12));
  const dies = rebuildLedger({
    ...options(),
    onStep: (step) => {
      if (step === 'payments') throw new Error('killed');
    },
  });
  await expect(dies).rejects.toThrow('killed');
  await expect(sink().position(at)).rejects.toBeInstanceOf(LedgerEmptying);
  const seq = (batchOf(events, 12, at).from as { seq: number }).seq;
  await before.apply(at, batchOf(events, seq, at)).catch(() => undefined);
  expect(await rowsToEmpty(engine.client)).toMatchObject({ orders: 0, order_lines: 0 });
  await rebuildLedger(options());
  await foldAll(sink(), events);
  expect(await summaryOf(engine.client)).toEqual(once(6));
});
