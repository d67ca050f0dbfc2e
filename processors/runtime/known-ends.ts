/**
 * How far this process has seen each journal and inbox partition reach. It outlives the tasks: a log that ends
 * before has lost acknowledged data, whoever looks at it next.
 */
export class KnownEnds {
  private readonly journals = new Map<number, bigint>();
  private readonly inboxes = new Map<number, bigint>();

  journalEnd(partition: number): bigint {
    return this.journals.get(partition) ?? 0n;
  }

  inboxEnd(partition: number): bigint {
    return this.inboxes.get(partition) ?? 0n;
  }

  sawJournal(partition: number, end: bigint): void {
    raise(this.journals, partition, end);
  }

  sawInbox(partition: number, end: bigint): void {
    raise(this.inboxes, partition, end);
  }
}

function raise(ends: Map<number, bigint>, partition: number, end: bigint): void {
  if (end > (ends.get(partition) ?? 0n)) ends.set(partition, end);
}
