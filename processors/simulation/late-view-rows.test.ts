import { expect, test } from 'vitest';
import type { Block } from '../../sinks/clickhouse/cut-blocks.ts';
import { createLedgerFold } from '../../sinks/clickhouse/ledger-fold.ts';
import type { Ledger, SalesDifference } from '../../sinks/clickhouse/ledger.ts';
import { batchOf } from '../../sinks/clickhouse/testing/journal.ts';
import { at, someSales } from '../../sinks/clickhouse/testing/ledger-world.ts';
import { ClickHouseModel, type Effect } from './simulated-clickhouse.ts';

const sales = 240; // two minutes of the log
const rule = { intervalMs: 2_000, rowsMax: 50_000 };

/** The model without a network; `held` view rows come when they are released. */
function world() {
  const model = new ClickHouseModel({ partOf: () => '' });
  let nowMs = 1_000_000;
  let held: Effect[] = [];
  let stalls = false;
  const looks: Block[] = [];
  const found: (readonly SalesDifference[])[] = [];
  const commit = (effects: readonly Effect[]): void => {
    for (const effect of effects) model.commit(effect, nowMs);
  };
  const ledger: Ledger = {
    readPosition: async (of) => model.readPosition(of),
    countRows: async (table, of) => model.countRows(table, of),
    async insertRows(table, of) {
      const effects = model.insertRows(table, of);
      const late = stalls ? effects.filter((effect) => effect.table === 'sales_by_minute') : [];
      commit(effects.filter((effect) => !late.includes(effect)));
      if (late.length === 0) return;
      // the engine forgets the token of what it has not written, and is still at it
      held.push(...late);
      stalls = false;
      throw new Error('Timeout error');
    },
    insertPosition: async (of, row, follows) => commit(model.insertPosition(of, row, follows)),
    async differencesOfView(of, minutes) {
      looks.push(of.block);
      return model.differencesOfView(of, minutes);
    },
    mendView: async (of, differences) => commit(model.mendView(of, differences)),
  };
  const clock = { nowMs: () => nowMs, setTimer: () => ({ cancel: () => undefined }) };
  return {
    ledger,
    fold: () =>
      createLedgerFold({
        ledger,
        rule,
        clock,
        onDifferences: (_at, _minutes, differences) => void found.push(differences),
      }),
    found,
    looks,
    sold: () => model.dump().sales.reduce((sum, { sums }) => sum + (sums['orders'] ?? 0n), 0n),
    stall: () => void (stalls = true),
    release: (): void => {
      commit(held);
      held = [];
    },
    wait: (ms: number) => void (nowMs += ms),
  };
}

test('view rows of an insert that nobody waited for come after the mend, and are taken out again', async () => {
  const { fold, stall, release, wait, found, looks, sold } = world();
  const events = someSales(sales);
  const sink = fold();
  await sink.position(at);
  let taken = 0;
  /** So many of the journal's events, a tenth at a time. */
  const apply = async (tenths: number): Promise<void> => {
    for (let i = 0; i < tenths; i += 1) {
      const before = taken;
      taken += Math.floor(events.length / 10);
      await sink.apply(at, batchOf(events.slice(0, taken), before, at)).catch(async (error: unknown) => {
        if (!(error instanceof Error) || error.message !== 'Timeout error') throw error;
        await sink.apply(at, batchOf(events.slice(0, taken), before, at));
      });
    }
  };
  await apply(1);
  wait(60_000);
  await apply(1);
  stall();
  await apply(4);
  expect(found).toHaveLength(1); // what the stalled insert has not brought yet
  const sums = sold();
  release();
  expect(sold()).toBeGreaterThan(sums);
  await apply(1);
  expect(found).toHaveLength(2);
  wait(60_000);
  await apply(1); // the last look at what was in doubt
  looks.length = 0;
  await apply(2);
  expect(looks.length).toBeGreaterThan(0);
  expect(new Set(looks).size).toBe(looks.length); // each block's own minutes alone
  expect(found).toHaveLength(2);
  await sink.apply(at, batchOf(events, taken, at));
  expect(sold()).toBe(BigInt(sales));
}, 30_000);
