import type { LogReader, LogRecord, TopicPartition } from '../../infra/clients/log.ts';
import { Dropped, FatalFault } from './faults.ts';

/** Records from one offset to before another, of one partition. */
export interface ReadRange {
  readonly at: TopicPartition;
  readonly from: bigint;
  /** Exclusive, and known to be in the log: reading never ends for being idle. */
  readonly until: bigint;
  /** A compacted topic: offsets may be missing, and the range ends with the first record at or behind its last. */
  readonly isSparse?: boolean;
}

/**
 * Hands every record of the range to `onRecord`, in order. Journals are dense, so a missing offset is a fault.
 * `onRecord` may return a promise where it has to wait; most records cost no promise.
 *
 * Rejects with FatalFault `journal-short` if an offset is missing, `journal-unreadable` if the reader gives up,
 * Dropped once the signal is aborted, or with what `onRecord` threw.
 */
export function readRange(
  reader: LogReader,
  range: ReadRange,
  onRecord: (record: LogRecord) => void | Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { at, from, until, isSparse = false } = range;
  if (from >= until) return Promise.resolve();
  return new Promise((resolve, reject) => {
    let next = from;
    let over = false;
    const end = (act: () => void): void => {
      if (over) return;
      over = true;
      handle?.stop();
      signal.removeEventListener('abort', drop);
      act();
    };
    const drop = (): void => end(() => reject(new Dropped()));
    const take = async (records: readonly LogRecord[]): Promise<void> => {
      for (const record of records) {
        if (over) return;
        if (record.offset !== next && !isSparse) throw jump(at, next, record.offset);
        if (record.offset >= until) return end(resolve);
        const wait = onRecord(record);
        if (wait) await wait;
        next = record.offset + 1n;
        if (next >= until) return end(resolve);
      }
    };
    if (signal.aborted) return reject(new Dropped());
    signal.addEventListener('abort', drop);
    let handle: { stop(): void } | null = null;
    handle = reader.read(at, from, {
      onRecords: (records) => take(records).catch((error: unknown) => end(() => reject(error))),
      onFatal: (error) =>
        end(() => reject(new FatalFault('journal-unreadable', error.message, { cause: error }))),
    });
    if (over) handle.stop();
  });
}

function jump(at: TopicPartition, expected: bigint, found: bigint): FatalFault {
  return new FatalFault(
    'journal-short',
    `${at.topic}/${at.partition}: offset ${found} follows where ${expected} must stand`,
  );
}
