import type { Ledger } from '../../sinks/clickhouse/ledger.ts';
import type { Link } from './link.ts';
import type { Scheduler } from './scheduler.ts';
import { ClickHouseFailure, type ClickHouseModel, type Effect } from './simulated-clickhouse.ts';

/** What may befall an insert on its way through ClickHouse; shares are 0 to 1, and all of them 0 is calm. */
export interface InsertFaults {
  /** It fails before its last effect: one part of two stands, or a base without its view. */
  torn: number;
  /** Between its look at the position and its first effect, and between two effects, this long at most, ms. */
  gapMs: number;
}

export interface SimulatedClickHouse {
  readonly model: ClickHouseModel;
  /** Changed while the world runs: storms, healing. */
  readonly faults: InsertFaults;
}

/** The ledger as a process reaches it: each call is one request, an insert one that takes its time. */
export function createSimulatedLedger(
  scheduler: Scheduler,
  link: Link,
  { model, faults }: SimulatedClickHouse,
): Ledger {
  const ask = <T>(act: () => T | Promise<T>): Promise<T> => scheduler.request(link, act);
  const gap = (): Promise<void> =>
    new Promise((resolve) => void scheduler.after(scheduler.way(faults.gapMs), resolve));

  /** Effects in any order: the engine promises none between parts, nor between a base and its view. */
  const run = async (effects: readonly Effect[]): Promise<void> => {
    const rest = [...effects];
    const { draws, reached } = scheduler;
    const failsAfter = draws.faults.chance(faults.torn) ? draws.faults.below(rest.length) : rest.length;
    while (rest.length > 0) {
      await gap();
      if (effects.length - rest.length === failsAfter) {
        reached.reach(failsAfter === 0 ? 'table insert failed' : 'table insert torn');
        throw new ClickHouseFailure('Code: 159. TIMEOUT_EXCEEDED');
      }
      if (model.isAway) throw new ClickHouseFailure('socket hang up');
      const [effect] = rest.splice(draws.network.below(rest.length), 1);
      if (effect) model.commit(effect, scheduler.nowMs());
    }
  };

  return {
    readPosition: (at) => ask(() => model.readPosition(at)),
    countRows: (table, at) => ask(() => model.countRows(table, at)),
    insertRows: (table, at) => ask(() => run(model.insertRows(table, at))),
    insertPosition: (at, row, follows) => ask(() => run(model.insertPosition(at, row, follows))),
    differencesOfView: (at, minutes) => ask(() => model.differencesOfView(at, minutes)),
    mendView: (at, differences) => ask(() => run(model.mendView(at, differences))),
  };
}
