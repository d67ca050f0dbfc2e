import type { ClickHouseClient } from '../../infra/clients/clickhouse.ts';
import { ledgerTableNames, salesByMinute } from '../../schemas/clickhouse-columns.ts';
import { emptyingSeq } from './emptying.ts';

/** The database in which the ledger is rebuilt beside the live one, and where the former one stands after a flip. */
export const besideOf = (database: string): string => `${database}_beside`;

/** Every table that rows of a block come into, their views' too. */
export const filledTables: readonly string[] = [...ledgerTableNames, salesByMinute.table];

/** Where a ledger stands in one journal partition. */
export interface LedgerPlace {
  readonly topic: string;
  readonly partition: number;
  readonly seq: number;
  readonly watermarkMs: number;
}

/** The stored positions of the ledger in `database`, by topic and partition; none where nothing was folded yet. */
export async function placesOf(
  client: ClickHouseClient,
  database: string,
  table = 'sink_positions',
): Promise<readonly LedgerPlace[]> {
  const answer = await client.query({
    query: `SELECT topic, partition, max(seq) AS top, toUnixTimestamp64Milli(argMax(watermark, seq)) AS watermark_ms
      FROM {database:Identifier}.{table:Identifier} WHERE seq < {fence:UInt64} GROUP BY topic, partition ORDER BY topic, partition`,
    query_params: { database, table, fence: emptyingSeq },
    format: 'JSONEachRow',
  });
  const rows = await answer.json<{
    topic: string;
    partition: number;
    top: string | number;
    watermark_ms: string | number;
  }>();
  return rows.map(({ topic, partition, top, watermark_ms }) => ({
    topic,
    partition,
    seq: Number(top),
    watermarkMs: Number(watermark_ms),
  }));
}

/** The places that `behind` has not reached yet, in words; empty where it has all that `ahead` has. */
export function missingPlaces(
  behind: readonly LedgerPlace[],
  ahead: readonly LedgerPlace[],
): readonly string[] {
  const seqOf = new Map(behind.map(({ topic, partition, seq }) => [`${topic}/${partition}`, seq]));
  return ahead.flatMap(({ topic, partition, seq }) => {
    const at = `${topic}/${partition}`;
    const is = seqOf.get(at) ?? 0;
    return is >= seq ? [] : [`${at}: seq ${is} of ${seq}`];
  });
}
