import { journalOf } from '../../schemas/topic-catalogue.ts';
import { askClickhouse, type Asking } from './ask-clickhouse.ts';

const sql = `SELECT partition, toUnixTimestamp64Milli(argMax(watermark, seq)) AS watermark_ms
  FROM sink_positions WHERE topic = {topic:String} GROUP BY partition`;

/**
 * The instant up to which the ledger holds every event: the lowest watermark over the partitions of a journal; null while one of them has none. Ask it before the figures: rows that come between only add to later
 * buckets, never to those it covers.
 */
export async function completeUntilMs(
  asking: Asking,
  partitions: number,
  journal: 'orders' | 'stock' = 'orders',
): Promise<number | null> {
  const { rows } = await askClickhouse(asking, { sql, parameters: { topic: journalOf(journal) } });
  const watermarks = rows.map((row) => Number(row['watermark_ms']));
  if (watermarks.length < partitions || watermarks.includes(0)) return null;
  return watermarks.reduce((least, watermark) => Math.min(least, watermark), Number.MAX_SAFE_INTEGER);
}
