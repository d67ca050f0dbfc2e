import { factsOf } from '../../infra/audit/self-test/memory-recording.ts';
import { ledgerContract } from '../../sinks/clickhouse/testing/ledger.contract.ts';
import { ClickHouseModel } from './simulated-clickhouse.ts';
import { createSimulatedLedger } from './simulated-ledger.ts';
import { drive } from './testing/drive.ts';
import { simulatedWorld } from './testing/simulated-world.ts';

const monthOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 7);

ledgerContract('simulated ClickHouse', async () => {
  const { scheduler, linkTo } = simulatedWorld();
  const model = new ClickHouseModel({ partOf: monthOf });
  const driving = drive(scheduler);
  return {
    ledger: createSimulatedLedger(scheduler, linkTo('table'), { model, faults: { torn: 0, gapMs: 2 } }),
    facts: async () => factsOf(model.dump()),
    forgetTokens: async () => model.forgetTokens(Number.POSITIVE_INFINITY),
    emptyView: async () => model.emptyView(),
    close: () => driving.stop(),
  };
});
