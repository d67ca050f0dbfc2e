import type { LogReader, LogRecord, ReadHandle, TopicPartition } from './log.ts';

/**
 * The records of a partition from `first` to just before `end`, batch by batch; the next batch is fetched while one is
 * worked on and no more. Throws if the log ends before `end`, and after `stallMs` without a record.
 */
export async function* readPartition(
  reader: LogReader,
  at: TopicPartition,
  { first, end }: { readonly first: bigint; readonly end: bigint },
  stallMs = 60_000,
): AsyncGenerator<readonly LogRecord[]> {
  if (first >= end) return;
  const channel = new Channel(`${at.topic}/${at.partition}`, stallMs);
  const handle: ReadHandle = reader.read(at, first, channel);
  try {
    for (;;) {
      const records = await channel.take();
      const last = records.at(-1)?.offset ?? -1n;
      yield last < end ? records : records.filter(({ offset }) => offset < end);
      if (last + 1n >= end) return;
    }
  } finally {
    handle.stop();
    channel.release();
  }
}

/** Hands one delivery over to its reader, and holds the next until that one was taken. */
class Channel {
  private readonly name: string;
  private readonly stallMs: number;
  private filled = Promise.withResolvers<readonly LogRecord[]>();
  private emptied = Promise.withResolvers<void>();

  constructor(name: string, stallMs: number) {
    this.name = name;
    this.stallMs = stallMs;
    this.filled.promise.catch(() => undefined); // whoever takes next gets the error
  }

  readonly onRecords = (records: readonly LogRecord[]): Promise<void> => {
    const { promise } = this.emptied;
    this.filled.resolve(records);
    return promise;
  };

  readonly onFatal = (error: Error): void => {
    this.filled.reject(error);
  };

  async take(): Promise<readonly LogRecord[]> {
    const stalled = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => stalled.reject(new Error(`${this.name}: no record came within ${this.stallMs} ms`)),
      this.stallMs,
    );
    try {
      const records = await Promise.race([this.filled.promise, stalled.promise]);
      this.filled = Promise.withResolvers();
      this.filled.promise.catch(() => undefined); // as above
      this.release();
      return records;
    } finally {
      clearTimeout(timer);
    }
  }

  release(): void {
    this.emptied.resolve();
    this.emptied = Promise.withResolvers();
  }
}
