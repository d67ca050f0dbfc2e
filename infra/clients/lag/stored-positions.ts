import type { ViewName } from '../../../schemas/redis-keys.ts';
import type { ClickHouseClient } from '../clickhouse.ts';
import { LiveViews } from '../live-views.ts';
import type { Redis } from '../redis.ts';

/** How far a fold says it has come, inside its own data. */
export interface FoldedTo {
  /** Of the last record folded, -1 before the first. */
  readonly offset: bigint;
  readonly seq: number;
  /** Epoch ms of the log's clock; 0 before the first. */
  readonly watermarkMs: number;
}

const nothing: FoldedTo = { offset: -1n, seq: 0, watermarkMs: 0 };

/** Of each partition's live view, by its position hash; one that is absent, or is being emptied, has folded nothing. */
export async function viewPositions(
  redis: Redis,
  view: ViewName,
  partitions: number,
): Promise<readonly FoldedTo[]> {
  const views = new LiveViews(redis);
  const read = (partition: number) =>
    view === 'orders'
      ? views.orders(partition, (keys) => redis.hmget(keys.position(partition), 'offset', 'seq', 'atMs'))
      : views.stock(partition, (keys) => redis.hmget(keys.position(partition), 'offset', 'seq', 'atMs'));
  const numbers = Array.from({ length: partitions }, (_, partition) => partition);
  return Promise.all(
    numbers.map(async (partition) => {
      const [offset, seq, atMs] = await read(partition);
      if (offset == null || seq == null) return nothing;
      return { offset: BigInt(offset), seq: Number(seq), watermarkMs: Number(atMs ?? 0) };
    }),
  );
}

const sinkSql = `SELECT partition, toString(argMax(offset, (seq, offset))) AS last, toString(max(seq)) AS top,
    toUnixTimestamp64Milli(argMax(watermark, (seq, offset))) AS watermark_ms
  FROM sink_positions WHERE topic = {topic:String} GROUP BY partition`;

/** Of each partition of a journal, by the sink's position rows. */
export async function sinkPositions(
  clickhouse: ClickHouseClient,
  topic: string,
  partitions: number,
): Promise<readonly FoldedTo[]> {
  const answer = await clickhouse.query({
    query: sinkSql,
    query_params: { topic },
    format: 'JSONEachRow',
  });
  const rows = await answer.json<{
    partition: number;
    last: string;
    top: string;
    watermark_ms: number | string;
  }>();
  return Array.from({ length: partitions }, (_, partition) => {
    const row = rows.find((each) => each.partition === partition);
    if (row === undefined) return nothing;
    return { offset: BigInt(row.last), seq: Number(row.top), watermarkMs: Number(row.watermark_ms) };
  });
}
