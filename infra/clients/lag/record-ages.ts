import type { LogReader, OffsetRange, TopicPartition } from '../log.ts';
import { readPartition } from '../read-partition.ts';

export interface RecordAges {
  /**
   * Time in the log, epoch ms, of the first record kept at or after `offset`; null if none stands there. Rejects if it
   * does not come.
   */
  timestampMs(at: TopicPartition, offset: bigint, range: OffsetRange): Promise<number | null>;
}

const stallMs = 5_000;

/** Remembers the last answer for each partition: where a reader stands still, nothing is fetched twice. */
export function createRecordAges(reader: LogReader): RecordAges {
  const known = new Map<string, number>();
  const remembered = 1_000;
  return {
    async timestampMs(at, offset, { first, end }) {
      const from = offset < first ? first : offset;
      if (from >= end) return null;
      const key = `${at.topic}/${at.partition}/${from}`;
      const before = known.get(key);
      if (before !== undefined) return before;
      for await (const [record] of readPartition(reader, at, { first: from, end: from + 1n }, stallMs)) {
        if (!record) continue;
        if (known.size >= remembered) known.clear();
        known.set(key, record.timestampMs);
        return record.timestampMs;
      }
      return null;
    },
  };
}
