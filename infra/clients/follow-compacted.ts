import { decodeRecords, type RecordSource } from './decode-records.ts';
import type { Log, LogReader, LogRecord } from './log.ts';

/** One record of a compacted topic: the newest of a key counts. `value` is null where the key was deleted. */
export interface CompactedRecord<T> {
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string | null;
  readonly value: T | null;
}

export interface FollowOptions<T> extends RecordSource<T> {
  readonly log: Pick<Log, 'offsetsOf'>;
  readonly reader: LogReader;
  /** In the order of the log; a throw halts. */
  apply(record: CompactedRecord<T>): void;
  /** Following has ended: a record that cannot be read, or records that are gone. Page. */
  onHalted(error: Error): void;
}

export interface Following {
  /** Resolves when everything that stood in the log at the start has been applied. Never resolves once halted. */
  readonly caughtUp: Promise<void>;
  stop(): void;
}

/** Applies a compacted topic (no seq, gaps between offsets) from its beginning, then follows it. */
export async function followCompacted<T>(options: FollowOptions<T>): Promise<Following> {
  const { topic } = options.codec;
  const ranges = await options.log.offsetsOf(topic);
  const behind = new Set(
    [...ranges].filter(([, { first, end }]) => end > first).map(([partition]) => partition),
  );
  let settle = (): void => undefined;
  const caughtUp = new Promise<void>((resolve) => {
    settle = resolve;
  });
  if (behind.size === 0) settle();

  const reads = [...ranges].map(([partition, { first, end }]) => {
    const at = { topic, partition };
    async function applyAll(records: readonly LogRecord[]): Promise<void> {
      const kept = records.filter(({ value }) => value !== null);
      const { values, unreadable } = await decodeRecords(options, at, kept);
      const valueAt = new Map(values.map((value, i) => [kept[i]?.offset, value]));
      for (const { offset, key } of records) {
        if (offset === unreadable?.offset) throw unreadable;
        const value = valueAt.get(offset) ?? null;
        options.apply({ partition, offset, key: key?.toString() ?? null, value });
      }
      const last = records.at(-1);
      if (last && last.offset >= end - 1n && behind.delete(partition) && behind.size === 0) settle();
    }
    return options.reader.read(at, first, {
      onRecords: applyAll,
      onFatal: (error) => options.onHalted(error),
    });
  });
  return { caughtUp, stop: () => reads.forEach((read) => read.stop()) };
}
