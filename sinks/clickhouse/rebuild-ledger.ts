import type { ClickHouseClient } from '../../infra/clients/clickhouse.ts';
import { ledgerTableNames, salesByMinute } from '../../schemas/clickhouse-columns.ts';
import { ledgerTopics } from './ledger-topics.ts';
import { emptyingRule, emptyingSeq, FlipUnderWay, flippingSeq } from './emptying.ts';

export interface RebuildOptions {
  readonly client: ClickHouseClient;
  /** Of each journal. */
  readonly partitions: number;
  readonly pause: (ms: number) => Promise<void>;
  readonly onStep?: (step: string) => void;
}

/** Rows of each table that a rebuild throws away, and that come back from the journal. */
export async function rowsToEmpty(client: ClickHouseClient): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const table of ledgerTableNames) {
    const answer = await client.query({ query: `SELECT count() AS n FROM ${table}`, format: 'JSONEachRow' });
    const [row] = await answer.json<{ n: number | string }>();
    counts[table] = Number(row?.n ?? 0);
  }
  return counts;
}

/** A report that began before the fence is done by then: its statement may run 10 s. */
const reportsEndMs = 12_000;

/**
 * Empties the ledger under a fence; running sinks then fill it again from the journals' first records by themselves.
 * First a position row above all others: every insert's guard fails, `complete_until` is unknown to every report, and
 * sinks wait. Then, when no insert and no report can be under way that saw the time before it, the tables are
 * emptied, the positions last. Killed at any step it leaves the fence up: run it again. Throws FlipUnderWay, with nothing
 * emptied, where a flip's fence stands for the live positions: asked before and after its own, so that of the two, begun
 * at once, none goes on without having seen the other.
 */
export async function rebuildLedger({ client, partitions, pause, onStep }: RebuildOptions): Promise<void> {
  await refuseFlip(client);
  onStep?.('fence');
  await client.insert({
    table: 'sink_positions',
    values: ledgerTopics.flatMap((topic) =>
      Array.from({ length: partitions }, (_, partition) => ({
        topic,
        partition,
        offset: -1,
        seq: emptyingSeq,
        writer: null,
        watermark: 0,
        next_rule: emptyingRule,
      })),
    ),
    format: 'JSONEachRow',
    clickhouse_settings: { insert_deduplicate: 0, async_insert: 0 },
  });
  onStep?.('wait');
  await pause(reportsEndMs);
  while ((await insertsUnderWay(client)) > 0) await pause(500);
  await refuseFlip(client);
  for (const table of [...ledgerTableNames, salesByMinute.table, 'sink_positions']) {
    onStep?.(table);
    await client.command({ query: `TRUNCATE TABLE ${table}` });
  }
}

/** The live table itself is asked: who may only empty the tables does not see what is beside. */
async function refuseFlip(client: ClickHouseClient): Promise<void> {
  const answer = await client.query({
    query: 'SELECT count() AS n FROM sink_positions WHERE seq >= {flipping:UInt64}',
    query_params: { flipping: flippingSeq },
    format: 'JSONEachRow',
  });
  const [row] = await answer.json<{ n: number | string }>();
  if (Number(row?.n ?? 0) > 0) throw new FlipUnderWay();
}

/** Inserts of the client's database that may have looked at the position before a fence. */
export async function insertsUnderWay(client: ClickHouseClient): Promise<number> {
  const answer = await client.query({
    query: `SELECT count() AS n FROM system.processes
      WHERE current_database = currentDatabase() AND query LIKE 'INSERT INTO %'`,
    format: 'JSONEachRow',
  });
  const [row] = await answer.json<{ n: number | string }>();
  return Number(row?.n ?? 0);
}
