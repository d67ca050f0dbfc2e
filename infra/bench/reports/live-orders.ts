import { setTimeout as delay } from 'node:timers/promises';
import type { ClickHouseClient } from '../../clients/clickhouse.ts';
import { seededRandom } from '../../clients/seeded-random.ts';
import { journalStart } from '../../../schemas/accept-journal-record.ts';
import { journalOf } from '../../../schemas/topic-catalogue.ts';
import { createClickhouseLedger } from '../../../sinks/clickhouse/clickhouse-ledger.ts';
import { createLedgerFold } from '../../../sinks/clickhouse/ledger-fold.ts';
import { ordersJournal } from '../sink/sink-workload.ts';

export interface LiveOrders {
  /** Orders whose rows are in, the journal's and the clock's seconds since the beginning: equal while the sink keeps up. */
  progress(): { readonly orders: number; readonly logS: number; readonly clockS: number };
  stop(): Promise<void>;
}

/**
 * Folds `rate` orders a second, as they come, through the product's sink into the ledger: a journal partition of its own,
 * a block each two seconds. For `seconds` at most.
 */
export async function startLiveOrders(
  client: ClickHouseClient,
  of: { readonly partition: number; readonly rate: number; readonly seconds: number },
): Promise<LiveOrders> {
  const at = { topic: journalOf('orders'), partition: of.partition };
  const beginMs = Date.now();
  const events = ordersJournal(of.rate * of.seconds, of.rate, seededRandom(1), beginMs);
  const fold = createLedgerFold({
    ledger: createClickhouseLedger(client),
    rule: { intervalMs: 2_000, rowsMax: 50_000 },
  });
  await fold.position(at);
  let from = journalStart;
  let taken = 0;
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted && taken < events.length) {
      const nowMs = Date.now();
      const first = taken;
      while (taken < events.length && (events[taken]?.event.atMs ?? nowMs) < nowMs) taken += 1;
      const batch = events.slice(first, taken);
      const to = batch.at(-1)?.position ?? from;
      if (batch.length > 0) await fold.apply(at, { at, from, to, events: batch, watermarkMs: null });
      from = to;
      await delay(200);
    }
  };
  const running = run();
  return {
    progress: () => {
      const logMs = (events[taken - 1]?.event.atMs ?? beginMs) - beginMs;
      return {
        orders: Math.round((logMs / 1000) * of.rate),
        logS: logMs / 1000,
        clockS: (Date.now() - beginMs) / 1000,
      };
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
