import { isSamePosition, type JournalPosition } from '../../schemas/accept-journal-record.ts';
import type { Body, CommandEnvelope, EventEnvelope } from '../../schemas/envelope.ts';
import { snapshotsOf } from '../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import { crashPoint } from '../../infra/clients/crash-point.ts';
import type { Log, OffsetRange, TopicPartition } from '../../infra/clients/log.ts';
import { pause } from '../../infra/clients/clock.ts';
import { type AppendSurroundings, appendUntilKnown } from './append-until-known.ts';
import type { JournalTail } from './append-slice.ts';
import { checkInboxRange } from './check-inbox.ts';
import { Dropped, FatalFault, LostOwnership } from './faults.ts';
import { JournalFold } from './journal-fold.ts';
import type { KnownEnds } from './known-ends.ts';
import type { KnownSnapshot } from './load-snapshot.ts';
import type { Processor } from './processor.ts';
import { type JournalReading, readJournal } from './read-journal.ts';
import { startingPoint } from './starting-point.ts';

export interface TakeOver<S, C extends Body, E extends Body> {
  readonly processor: Processor<S, C, E>;
  readonly partitions: number;
  readonly journal: TopicPartition;
  readonly inbox: TopicPartition;
  /** The new owner's token. */
  readonly writer: string;
  readonly journalCodec: TopicCodec<EventEnvelope<Body>>;
  readonly inboxCodec: TopicCodec<CommandEnvelope<C>>;
  readonly log: Pick<Log, 'offsetsOf'>;
  readonly appending: AppendSurroundings;
  readonly reading: JournalReading;
  readonly known: KnownEnds;
  /** Told why a snapshot was passed over. */
  readonly onUnusable: (why: string) => void;
}

export interface TakenOver<S, C extends Body, E extends Body> {
  readonly journalFold: JournalFold<S, C, E>;
  readonly tail: JournalTail;
  readonly inboxRange: OffsetRange;
  /** The snapshot that the next one must not overwrite, and the last event that was in the one loaded. */
  readonly snapshot: KnownSnapshot | null;
  readonly snapshotSeq: number;
  /** Aggregates and archived ids it held. */
  readonly snapshotEntries: number;
  /** Time until the snapshot was found and loaded, or there was none. */
  readonly loadMs: number;
  /** Void records after the end that was asked for first: what others wrote meanwhile. */
  readonly freshVoidRecords: number;
}

/**
 * Makes this process the owner of a partition whose delivery is paused (DESIGN §3, taking over, steps 2, 3
 * and the check of 5): loads a snapshot, reads the journal from there to its end, appends a Barrier, reads on to
 * it, looks at the inbox.
 *
 * Throws LostOwnership if at our Barrier another is the last valid one; FatalFault if books or inbox are not
 * what they were; Dropped.
 */
export async function takeOver<S, C extends Body, E extends Body>(
  options: TakeOver<S, C, E>,
): Promise<TakenOver<S, C, E>> {
  const { processor, partitions, journal, inbox, writer, appending, reading, known } = options;
  // before the journal's: then no snapshot that is found can be ahead of what the journal holds
  const snapshots = { topic: snapshotsOf(processor.name), partition: journal.partition };
  const snapshotRange = await rangeOf(options, snapshots);
  const knownJournal = known.journalEnd(journal.partition);
  const journalRange = await rangeOf(options, journal);
  const { first, end } = journalRange;
  if (end < knownJournal) {
    throw new FatalFault('journal-short', `it ends at ${end}, and was longer before: data is gone`);
  }
  const startedMs = reading.clock.nowMs();
  const start = await startingPoint<S>({ ...options, journalRange, snapshotRange });
  const loadMs = reading.clock.nowMs() - startedMs;
  const journalFold = new JournalFold(processor, partitions, start);
  const lastKnown = known.journalPosition(journal.partition);
  const read = (from: bigint, until: bigint): Promise<void> =>
    readJournal(reading, { at: journal, from, until }, (record, event) => {
      crashPoint('runtime.in-load');
      journalFold.add(record, event);
      if (record.offset === lastKnown?.offset) checkSame(lastKnown, journalFold.position);
    });

  const from = start.position.offset + 1n;
  if (first > from) throw new FatalFault('journal-short', `it begins at ${first}, and is kept for ever`);
  await read(from, end);
  const oldVoidRecords = journalFold.voidRecords;

  const barrier = { key: null, value: options.journalCodec.encode(barrierOf(options, journalFold)) };
  crashPoint('runtime.before-barrier');
  const base = await appendUntilKnown({ ...journal, records: [barrier] }, appending);
  crashPoint('runtime.after-barrier');
  if (base < end) {
    throw new FatalFault('journal-short', `the Barrier stands at ${base}, the journal reached ${end} before`);
  }
  await read(end, base + 1n);
  if (journalFold.position.writer !== writer) {
    throw new LostOwnership(`at our Barrier ${journalFold.position.writer} is the last valid writer`);
  }
  known.sawJournal(journal.partition, base + 1n, journalFold.position);

  const knownInbox = known.inboxEnd(inbox.partition);
  const inboxRange = await rangeOf(options, inbox);
  checkInboxRange(inboxRange, journalFold.fold.highestCause, knownInbox);
  return {
    journalFold,
    inboxRange,
    snapshot: start.snapshot,
    snapshotSeq: start.routedThrough,
    snapshotEntries: start.entries,
    loadMs,
    tail: { position: journalFold.position, end: base + 1n },
    freshVoidRecords: journalFold.voidRecords - oldVoidRecords,
  };
}

/** What was lost may have been overgrown since, so that the end alone says nothing. */
function checkSame(known: JournalPosition, found: JournalPosition): void {
  if (isSamePosition(known, found)) return;
  const text = ({ offset, seq, writer }: JournalPosition): string =>
    `event ${seq} of ${writer} at offset ${offset}`;
  throw new FatalFault('journal-short', `${text(known)} is gone, ${text(found)} is the last valid one there`);
}

/** A Barrier takes no seq, has no cause of its own, and follows the last valid one its owner has read. */
function barrierOf<S, C extends Body, E extends Body>(
  { processor, writer }: TakeOver<S, C, E>,
  { fold, position, routedThrough }: JournalFold<S, C, E>,
): EventEnvelope<Body> {
  const body = { type: 'Barrier', writer, follows: position.writer };
  const cause = { offset: fold.highestCause, source: null, seq: null, index: null };
  const version = processor.reactionVersion;
  return { seq: fold.seq, writer, cause, atMs: fold.timeMs, routedThrough, version, body };
}

const askAgainMs = 500;

/** Asks until the log answers: that it is away is no fault of the partition. */
async function rangeOf(
  { log, reading }: Pick<TakeOver<never, never, never>, 'log' | 'reading'>,
  at: TopicPartition,
): Promise<OffsetRange> {
  for (;;) {
    if (reading.signal.aborted) throw new Dropped();
    try {
      const range = (await log.offsetsOf(at.topic)).get(at.partition);
      if (range) return range;
      reading.onWaiting(`topic ${at.topic} shows no partition ${at.partition}`);
    } catch (error) {
      reading.onWaiting(`offsets of ${at.topic}: ${String(error)}`);
    }
    await pause(reading.clock, askAgainMs, reading.signal);
  }
}
