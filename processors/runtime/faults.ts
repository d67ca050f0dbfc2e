/** Why a partition cannot go on by itself: somebody has to look. A closed list, it stands in alarms and metrics. */
export type FatalKind =
  /** A message from another journal is missing: `prev` is above the mark. */
  | 'source-gap'
  /** A command that cannot be decided is too large to be parked. */
  | 'too-large'
  /** 100 records in a row that cannot be read or decided. */
  | 'poison-flood'
  | 'inbox-jump'
  /** The inbox lost records that were decided, or dropped some that were not. */
  | 'inbox-short'
  /** The inbox holds another record than the one our last event names. */
  | 'inbox-lineage'
  /** The journal ends before, or was answered below, what we know of it. */
  | 'journal-short'
  /** A record of the books that cannot be read, or a reader that gave up. */
  | 'journal-unreadable'
  | 'append-refused'
  /** A state that the protocol rules out: a bug, or a second program that writes our topics. */
  | 'impossible';

/** The partition stops, its state is kept out of use, and somebody is paged. */
export class FatalFault extends Error {
  readonly kind: FatalKind;

  constructor(kind: FatalKind, message: string, options?: ErrorOptions) {
    super(`${kind}: ${message}`, options);
    this.name = 'FatalFault';
    this.kind = kind;
  }
}

/** A decision that cannot be written: the command is poison. Nothing of it has been folded. */
export class Undecidable extends Error {
  override readonly name: 'OtherAggregate' | 'TooLarge';

  constructor(name: Undecidable['name'], message: string) {
    super(message);
    this.name = name;
  }
}

/** Somebody else owns the partition: send nothing, join the group again to learn the truth. */
export class LostOwnership extends Error {
  override readonly name = 'LostOwnership';
}

/** The task was dropped (a new assignment, the end of the process): nobody wants the result any more. */
export class Dropped extends Error {
  override readonly name = 'Dropped';

  constructor() {
    super('the task was dropped');
  }
}
