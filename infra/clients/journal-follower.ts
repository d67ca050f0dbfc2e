import type { JournalPosition } from '../../schemas/accept-journal-record.ts';
import { journalStart } from '../../schemas/accept-journal-record.ts';
import type { Body, EventEnvelope } from '../../schemas/envelope.ts';
import { decodeRecords, type RecordSource } from './decode-records.ts';
import type { Following } from './follow-compacted.ts';
import { type AcceptedEvent, createJournalAcceptor } from './journal-acceptor.ts';
import type { Log, LogReader, LogRecord } from './log.ts';

export interface FollowJournalOptions<B extends Body> extends RecordSource<EventEnvelope<B>> {
  readonly log: Pick<Log, 'offsetsOf'>;
  readonly reader: LogReader;
  /** Positions of a snapshot, by partition; a partition that is not in it is read from its beginning. */
  readonly from?: ReadonlyMap<number, JournalPosition>;
  /** Valid records in order, a Barrier too; void ones never come. A throw halts. */
  apply(partition: number, accepted: AcceptedEvent<B>): void;
  /** Following has ended: an unreadable record, a position of another journal, records that are gone. Page. */
  onHalted(error: Error): void;
}

/**
 * Follows every partition of a journal without a group: what a process keeps in memory, such as prices. `caughtUp`
 * resolves when everything that stood there at the start has been applied.
 */
export async function followJournal<B extends Body>(options: FollowJournalOptions<B>): Promise<Following> {
  const { topic } = options.codec;
  const ranges = await options.log.offsetsOf(topic);
  const behind = new Set<number>();
  let settle = (): void => undefined;
  const caughtUp = new Promise<void>((resolve) => {
    settle = resolve;
  });

  const reads = [...ranges].map(([partition, { end }]) => {
    const at = { topic, partition };
    const acceptor = createJournalAcceptor<B>(options.from?.get(partition) ?? journalStart);
    if (end > acceptor.readFrom) behind.add(partition);
    async function applyAll(records: readonly LogRecord[]): Promise<void> {
      const { values, unreadable } = await decodeRecords(options, at, records);
      records.forEach(({ offset, key }, i) => {
        const event = values[i];
        const accepted = event && acceptor.take(offset, key?.toString() ?? null, event);
        if (accepted) options.apply(partition, accepted);
      });
      if (unreadable) throw unreadable;
      const last = records.at(-1);
      if (last && last.offset >= end - 1n && behind.delete(partition) && behind.size === 0) settle();
    }
    return options.reader.read(at, acceptor.readFrom, {
      onRecords: applyAll,
      onFatal: (error) => options.onHalted(error),
    });
  });
  if (behind.size === 0) settle();
  return { caughtUp, stop: () => reads.forEach((read) => read.stop()) };
}
