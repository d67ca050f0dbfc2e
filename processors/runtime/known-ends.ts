import type { JournalPosition } from '../../schemas/accept-journal-record.ts';

/**
 * How far this process has seen each journal and inbox partition reach. It outlives the tasks: a log that ends
 * before, or holds another record where the last valid one stood, has lost acknowledged data, whoever looks at it next.
 */
export class KnownEnds {
  private readonly journals = new Map<number, bigint>();
  private readonly inboxes = new Map<number, bigint>();
  private readonly lastValid = new Map<number, JournalPosition>();

  journalEnd(partition: number): bigint {
    return this.journals.get(partition) ?? 0n;
  }

  inboxEnd(partition: number): bigint {
    return this.inboxes.get(partition) ?? 0n;
  }

  /** The last valid record this process knows of a journal partition; undefined before the first. */
  journalPosition(partition: number): JournalPosition | undefined {
    return this.lastValid.get(partition);
  }

  sawJournal(partition: number, end: bigint, position: JournalPosition): void {
    raise(this.journals, partition, end);
    this.lastValid.set(partition, position);
  }

  sawInbox(partition: number, end: bigint): void {
    raise(this.inboxes, partition, end);
  }
}

function raise(ends: Map<number, bigint>, partition: number, end: bigint): void {
  if (end > (ends.get(partition) ?? 0n)) ends.set(partition, end);
}
