import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createClickhouseLedger } from './clickhouse-ledger.ts';
import type { Ledger } from './ledger.ts';
import { createLedgerFold } from './ledger-fold.ts';
import { batchOf } from './testing/journal.ts';
import {
  at,
  foldAll,
  forgetTokens,
  once,
  rule,
  someSales,
  summaryOf,
  tables,
} from './testing/ledger-world.ts';
import { type OwnEngine, startOwnEngine } from './testing/own-engine.ts';

// Each of the three guards of DESIGN §4 where its neighbours cannot help: two that stand together hide each other.

let engine: OwnEngine;
beforeAll(async () => {
  engine = await startOwnEngine();
});
afterAll(() => engine.remove());
beforeEach(async () => {
  await setWindow(10_000);
  for (const table of tables) await engine.client.command({ query: `TRUNCATE TABLE ${table}` });
});

const setWindow = async (blocks: number): Promise<void> => {
  for (const table of tables) {
    const query = `ALTER TABLE ${table} MODIFY SETTING non_replicated_deduplication_window = ${blocks}`;
    await engine.client.command({ query });
  }
};

const ledger = (): Ledger => createClickhouseLedger(engine.client);
const sink = (of: Ledger = ledger()) => createLedgerFold({ ledger: of, rule });

/** The real ledger, whose every insert waits where the test stops it. */
function stoppable(stop: (call: string) => Promise<void>): Ledger {
  return new Proxy(ledger(), {
    get:
      (target, call: keyof Ledger) =>
      async (...args: unknown[]): Promise<unknown> => {
        await stop(call);
        return (target[call] as (...args: unknown[]) => Promise<unknown>)(...args);
      },
  });
}

test('the token: what passed the look at the position before another writer wrote the same block is dropped', async () => {
  // All of them see the position the block follows: the guard in the insert lets each of them pass.
  const events = someSales(8);
  let waiting: (() => void)[] = [];
  const together = (call: string): Promise<void> =>
    new Promise((resolve) => {
      if (call !== 'insertPosition') return resolve();
      waiting.push(resolve);
      if (waiting.length < 3) return;
      for (const goOn of waiting) goOn();
      waiting = [];
    });
  const sinks = [1, 2, 3].map(() => sink(stoppable(together)));
  await Promise.all(sinks.map((each) => foldAll(each, events)));
  expect(await summaryOf(engine.client)).toEqual(once(8));
});

test('the guard: a zombie that wakes in the middle of a block long written, its token gone, writes nothing', async () => {
  const events = someSales(12);
  let wake = (): void => undefined;
  let asleep = (): void => undefined;
  const isAsleep = new Promise<void>((resolve) => (asleep = resolve));
  const zombie = sink(
    stoppable(async (call) => {
      if (call !== 'insertRows') return;
      asleep();
      await new Promise<void>((resolve) => (wake = resolve));
    }),
  );
  await zombie.position(at);
  const late = zombie.apply(at, batchOf(events, 0, at));
  await isAsleep;
  await foldAll(sink(), events);
  await forgetTokens(engine.client);
  const wakeAll = setInterval(() => wake(), 5); // also before each of its other inserts
  expect(await late).not.toEqual(events.at(-1)?.position);
  clearInterval(wakeAll);
  expect(await summaryOf(engine.client)).toEqual(once(12));
});

test('the count: a block whose token other partitions have pushed out of the window is not sent again', async () => {
  await setWindow(3);
  const events = someSales(6);
  const killed = sink(
    stoppable(async (call) => {
      if (call === 'insertPosition' && (await rowsOf('orders')) > 0) throw new TypeError('killed');
    }),
  );
  await expect(foldAll(killed, events)).rejects.toThrow('killed');
  const before = await rowsOf('orders');
  expect(before).toBeGreaterThan(0);
  const neighbour = { ...at, partition: 4 };
  await foldAll(sink(), someSales(20), neighbour);
  await foldAll(sink(), events);
  expect(await summaryOf(engine.client)).toEqual(once(6 + 20));
});

async function rowsOf(table: string): Promise<number> {
  const answer = await engine.client.query({
    query: `SELECT count() AS n FROM ${table}`,
    format: 'JSONEachRow',
  });
  const [row] = await answer.json<{ n: string }>();
  return Number(row?.n);
}
