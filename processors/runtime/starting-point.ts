import { type JournalPosition, journalStart } from '../../schemas/accept-journal-record.ts';
import { snapshotNameOf } from '../../schemas/snapshot-manifest.ts';
import { snapshotsOf } from '../../schemas/topic-catalogue.ts';
import type { OffsetRange, TopicPartition } from '../../infra/clients/log.ts';
import { FatalFault } from './faults.ts';
import { type AggregateKeeper, createFold, type Fold } from './fold.ts';
import type { LastEvent } from './journal-fold.ts';
import { type KnownSnapshot, type LoadedSnapshot, loadSnapshot } from './load-snapshot.ts';
import type { Processor } from './processor.ts';
import { type JournalReading, readJournal } from './read-journal.ts';

/** Where a take-over begins to read the journal, with the fold up to there. */
export interface StartingPoint<S> {
  readonly fold: Fold<S>;
  readonly position: JournalPosition;
  /** All messages of events up to this number were acknowledged when the fold was kept. */
  readonly routedThrough: number;
  /** The event at `position`; null at the journal's start. */
  readonly lastEvent: LastEvent | null;
  /** The snapshot that the next one must not overwrite; null if there is none. */
  readonly snapshot: KnownSnapshot | null;
  /** Aggregates and archived ids that came from a snapshot. */
  readonly entries: number;
}

export interface StartingPointOptions<S> {
  readonly processor: AggregateKeeper<S> & Pick<Processor<S, never, never>, 'name'>;
  readonly partitions: number;
  readonly journal: TopicPartition;
  readonly journalRange: OffsetRange;
  /** Of the partition of the snapshot topic. */
  readonly snapshotRange: OffsetRange;
  readonly reading: JournalReading;
  /** Told why a snapshot was passed over. */
  readonly onUnusable: (why: string) => void;
}

/** The journal's start, with nothing folded. */
export const journalBeginning = <S>(processor: AggregateKeeper<S>): StartingPoint<S> => ({
  fold: createFold(processor),
  position: journalStart,
  routedThrough: 0,
  lastEvent: null,
  snapshot: null,
  entries: 0,
});

/**
 * The newest snapshot that can be used, or the journal's start: a later point, never another fold.
 * Throws FatalFault `journal-short` if the journal ends before a snapshot of it, which held acknowledged events alone.
 */
export async function startingPoint<S>(options: StartingPointOptions<S>): Promise<StartingPoint<S>> {
  const { processor, partitions, journal, journalRange, snapshotRange, reading, onUnusable } = options;
  const { loaded, newest } = await loadSnapshot<S>({
    processor,
    of: snapshotNameOf(processor.name, journal.partition, partitions),
    at: { topic: snapshotsOf(processor.name), partition: journal.partition },
    range: snapshotRange,
    reader: reading.reader,
    clock: reading.clock,
    signal: reading.signal,
    onUnusable,
    readEvent: (offset) => readEvent(reading, journal, journalRange, offset),
  });
  if (loaded === null) {
    return { ...journalBeginning(processor), snapshot: newest };
  }
  const { fold, position, last, slot, offset, entries } = loaded;
  return {
    fold,
    position,
    routedThrough: position.seq,
    lastEvent: { event: last.event, key: last.record.key?.toString() ?? null },
    snapshot: { slot, offset },
    entries,
  };
}

async function readEvent(
  reading: JournalReading,
  at: TopicPartition,
  { first, end }: OffsetRange,
  offset: bigint,
): Promise<LoadedSnapshot<never>['last'] | null> {
  if (offset >= end) {
    throw new FatalFault('journal-short', `it ends at ${end}, and a snapshot holds its event at ${offset}`);
  }
  if (offset < first) return null;
  let found: LoadedSnapshot<never>['last'] | null = null;
  await readJournal(reading, { at, from: offset, until: offset + 1n }, (record, event) => {
    if (event.body.type !== 'Barrier') found = { record, event };
  });
  return found;
}
