import type { Append, Log, OutgoingRecord } from '../../clients/log.ts';
import { partitionOf } from '../../../schemas/murmur2.ts';
import { sagaLitePartitions } from './workload.ts';

export interface KeyedRecord {
  readonly topic: string;
  readonly key: string;
  readonly value: Buffer;
}

const recordsPerSend = 900;

/** Appends records to the partitions of their keys, each partition in order. Throws if an append is not acknowledged. */
export async function preload(log: Log, records: Iterable<KeyedRecord>): Promise<void> {
  const waiting = new Map<string, { topic: string; partition: number; records: OutgoingRecord[] }>();
  const flush = async (appends: readonly Append[]): Promise<void> => {
    if (appends.length === 0) return;
    const failed = (await log.append(appends)).find(({ is }) => is !== 'appended');
    if (failed) throw new Error(`preload: an append is ${failed.is}`);
  };
  for (const { topic, key, value } of records) {
    const partition = partitionOf(key, sagaLitePartitions);
    const at = `${topic}/${partition}`;
    const append = waiting.get(at) ?? { topic, partition, records: [] };
    waiting.set(at, append);
    append.records.push({ key, value });
    if (append.records.length < recordsPerSend) continue;
    await flush([...waiting.values()]);
    waiting.clear();
  }
  await flush([...waiting.values()]);
}
