import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClickhouseLedger } from './clickhouse-ledger.ts';
import type { Ledger } from './ledger.ts';
import { createLedgerFold } from './ledger-fold.ts';
import { createJournal } from './testing/journal.ts';
import { foldAll, once, summaryOf, tables } from './testing/ledger-world.ts';
import { type OwnEngine, startOwnEngine } from './testing/own-engine.ts';

let engine: OwnEngine;
beforeAll(async () => {
  engine = await startOwnEngine();
});
afterAll(() => engine.remove());

const truncate = async (): Promise<void> => {
  for (const table of tables) await engine.client.command({ query: `TRUNCATE TABLE ${table}` });
};

/** Runs the sink of `testing/killed-sink.ts` until it dies at its `kill`th call; the signal it died of, or null. */
const sinkProcess = (sales: number, kill: number): Promise<string | null> =>
  new Promise((resolve, reject) => {
    const program = path.join(import.meta.dirname, 'testing/killed-sink.ts');
    const options = { url: engine.url, database: 'sink', sales: String(sales), kill: String(kill) };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      code === null || code === 0 ? resolve(signal) : reject(new Error(`the sink exited with ${code}`)),
    );
  });

test('a sink process killed with kill -9 in one request after the other ends with every row once', async () => {
  await truncate();
  let kills = 0;
  for (let kill = 1; (await sinkProcess(6, kill)) === 'SIGKILL'; kill += 1) kills += 1;
  expect(kills).toBeGreaterThan(8);
  expect(await summaryOf(engine.client)).toEqual(once(6));
});

test('an engine killed with kill -9 in the middle of inserts of two months ends with every row once', async () => {
  await truncate();
  const journal = createJournal();
  const sales = 4_000;
  for (let i = 0; i < sales; i += 1) {
    journal.live(`big-${i}`, [
      { sku: 'A', quantity: 2, unitMinor: 100 },
      { sku: 'B', quantity: 1, unitMinor: 250 },
    ]);
    if (i === sales / 2) journal.wait(20_000); // midnight, the end of a month
  }
  journal.wait(200_000);
  journal.tick();
  const wide = { intervalMs: 100_000, rowsMax: 1_000_000 };
  // Of an insert of 50 ms and more the engine dies at its begin, in its middle, near its end, behind it.
  const killAfterMs = [0, 10, 25, 50, 100, 200];
  let kills = 0;
  const real = createClickhouseLedger(engine.client);
  const ledger = new Proxy(real, {
    get:
      (target, call: keyof Ledger) =>
      (...args: unknown[]) => {
        const run = (): Promise<unknown> =>
          (target[call] as (...args: unknown[]) => Promise<unknown>)(...args);
        const delayMs = call === 'insertRows' ? killAfterMs[kills] : undefined;
        if (delayMs === undefined) return run();
        kills += 1;
        return killWithin(run, delayMs);
      },
  });
  /** The answer counts as lost, also where it came before the kill. */
  const killWithin = async (run: () => Promise<unknown>, delayMs: number): Promise<never> => {
    const answer = run().catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await engine.kill();
    await answer;
    await engine.start();
    throw new Error('killed');
  };
  await foldAll(createLedgerFold({ ledger, rule: wide }), journal.events);
  expect(kills).toBe(killAfterMs.length);
  expect(await summaryOf(engine.client)).toEqual(once(sales));
});
