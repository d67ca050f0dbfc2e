import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { EventBody } from '../../schemas/generated/stock-events.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import { createClickhouseLedger } from './clickhouse-ledger.ts';
import type { Ledger } from './ledger.ts';
import { createLedgerFold, createStockLedgerFold } from './ledger-fold.ts';
import { at as ordersAt, foldAll, rule, someSales, tables } from './testing/ledger-world.ts';
import { type OwnEngine, startOwnEngine } from './testing/own-engine.ts';
import { holdOf, received, stockBatch, stockEvent } from './testing/stock-journal.ts';

let engine: OwnEngine;
beforeAll(async () => {
  engine = await startOwnEngine();
});
afterAll(() => engine.remove());
beforeEach(async () => {
  for (const table of tables) await engine.client.command({ query: `TRUNCATE TABLE ${table}` });
});

const at = { topic: journalOf('stock'), partition: 3 };
const tick = (seq: number): EventBody => ({ type: 'TimePassed', atMs: stockEvent(seq, received(1)).atMs });
const bodies: readonly EventBody[] = [
  received(10),
  holdOf('HoldPlaced', 4),
  holdOf('HoldRefused', 9),
  tick(4),
  holdOf('HoldCommitted', 4),
  holdOf('CommitReversed', 1),
  holdOf('AllocationShipped', 2),
  tick(8),
];

const ask = async <T>(query: string): Promise<readonly T[]> =>
  (await engine.client.query({ query, format: 'JSONEachRow' })).json<T>();
const levels = () =>
  ask(`SELECT toInt32(count()) AS rows, toInt32(sum(on_hand_change)) AS on_hand, toInt32(sum(held_change)) AS held,
    toInt32(sum(on_hand_change - held_change)) AS available, toInt32(sum(allocated_change)) AS allocated
    FROM stock_movements WHERE store = 'demo' AND sku = 'A'`);
const whole = { rows: 6, on_hand: 7, held: 0, available: 7, allocated: 1 };

async function foldStock(ledger: Ledger = createClickhouseLedger(engine.client)): Promise<void> {
  const fold = createStockLedgerFold({ ledger, rule });
  const stored = await fold.position(at);
  await fold.apply(at, stockBatch(at, bodies, 'seq' in stored ? stored.seq : 0));
}

test('levels are the sums of what moved, and a sink that starts again adds nothing', async () => {
  await foldStock();
  await foldStock();
  expect(await levels()).toEqual([whole]);
  const refused = await ask(`SELECT toInt32(units) AS units, toInt32(available) AS available
    FROM stock_movements WHERE event = 'HoldRefused' AND reason = 'insufficient'`);
  expect(refused).toEqual([{ units: 9, available: 1 }]);
});

test('a sink that dies between its rows and their position is finished by the next', async () => {
  const ledger = createClickhouseLedger(engine.client);
  const dying: Ledger = {
    ...ledger,
    insertPosition: (of, ...rest) =>
      of.block === undefined ? ledger.insertPosition(of, ...rest) : Promise.reject(new Error('killed')),
  };
  await expect(foldStock(dying)).rejects.toThrow('killed');
  expect(await levels()).toMatchObject([{ rows: 3 }]);
  await foldStock();
  expect(await levels()).toEqual([whole]);
});

test('the two journals stand in the same partition number and know nothing of each other', async () => {
  await foldStock();
  await foldAll(createLedgerFold({ ledger: createClickhouseLedger(engine.client), rule }), someSales(8));
  const positions =
    await ask(`SELECT topic, toInt32(max(seq)) AS top, toUnixTimestamp64Milli(argMax(watermark, seq)) AS ms
    FROM sink_positions GROUP BY topic ORDER BY topic`);
  expect(positions).toMatchObject([
    { topic: ordersAt.topic, top: someSales(8).length },
    { topic: at.topic, top: bodies.length, ms: expect.anything() },
  ]);
  expect(await levels()).toEqual([whole]);
  await foldStock();
  expect(await levels()).toEqual([whole]);
});

test('unknown money holds from each word that leaves it unknown to the next word on it', async () => {
  const row = (seq: number, second: number, order: string, event: string, amount: number | null) => ({
    store: 'demo',
    partition: 0,
    seq,
    at: `2026-01-01 00:00:${second}.000`,
    order_id: order,
    event,
    op_id: `${order}:capture:1`,
    attempt: 1,
    kind: 'capture',
    amount_minor: amount,
    currency: amount === null ? null : 'GBP',
    psp_ref: null,
    code: event === 'PaymentUnknown' ? 'timeout' : null,
  });
  await engine.client.insert({
    table: 'payments',
    format: 'JSONEachRow',
    values: [
      row(1, 10, 'o-1', 'PaymentUnknown', 500),
      row(2, 20, 'o-1', 'PaymentUnknown', 500),
      row(3, 30, 'o-1', 'PaymentCaptured', 500),
      row(4, 40, 'o-1', 'PaymentUnknown', 500),
      row(5, 50, 'o-2', 'PaymentCaptured', 900),
    ],
  });
  const view = (column: string) => `toSecond(${column}) AS ${column}_s`;
  const found =
    await ask(`SELECT order_id, subject, cause, currency, toInt32(amount_minor) AS minor, ${view('since')},
    ${view('spell_since')}, ${view('until')} FROM unknown_money WHERE store = 'demo' ORDER BY since`);
  const of = { order_id: 'o-1', subject: 'o-1', cause: 'timeout', currency: 'GBP', minor: 500 };
  expect(found).toEqual([
    { ...of, since_s: 10, spell_since_s: 10, until_s: 20 },
    { ...of, since_s: 20, spell_since_s: 10, until_s: 30 },
    { ...of, since_s: 40, spell_since_s: 40, until_s: null },
  ]);
});
