import type { JournalPosition } from '../../schemas/accept-journal-record.ts';
import { crashPoint } from '../../infra/clients/crash-point.ts';
import type { LogRecord, TopicPartition } from '../../infra/clients/log.ts';
import { type AppendSurroundings, appendUntilKnown } from './append-until-known.ts';
import { FatalFault } from './faults.ts';
import { type AppendedSlice, GapJudge, judgeBase } from './check-answer.ts';
import type { Slice } from './process-slice.ts';
import { type JournalReading, readJournal } from './read-journal.ts';

/** What an owner knows of its journal partition. */
export interface JournalTail {
  /** Last valid record; ours, or our Barrier. */
  readonly position: JournalPosition;
  /** Offset the next append must get. */
  readonly end: bigint;
}

export interface SliceAppending {
  readonly journal: TopicPartition;
  readonly writer: string;
  readonly appending: AppendSurroundings;
  readonly reading: JournalReading;
  /** Told how many void records a gap held. */
  readonly onVoid: (records: number) => void;
}

/**
 * Appends the slice as one record batch and checks the answer (DESIGN §3, steps 3 and 4). When it returns, the
 * slice stands valid in the journal for every reader. Throws LostOwnership, FatalFault, or Dropped; then nobody
 * may send anything of the slice.
 */
export async function appendSlice(
  slice: Pick<Slice, 'records' | 'firstSeq' | 'lastSeq'>,
  tail: JournalTail,
  { journal, writer, appending, reading, onVoid }: SliceAppending,
): Promise<JournalTail> {
  const { records, firstSeq, lastSeq } = slice;
  let wasUnknown = false;
  const watched: AppendSurroundings = {
    ...appending,
    onUnknown(...of) {
      wasUnknown = true;
      appending.onUnknown(...of);
    },
  };
  crashPoint('runtime.before-append');
  const base = await appendUntilKnown({ ...journal, records }, watched);
  crashPoint('runtime.after-append');
  const appended: AppendedSlice = {
    writer,
    firstSeq,
    records,
    position: tail.position,
    expected: tail.end,
    base,
  };
  const end = base + BigInt(records.length);
  if (wasUnknown && base >= tail.end) await checkTailStands(tail.position, journal, reading);
  if (judgeBase(appended) === 'expected') {
    return { position: { offset: end - 1n, seq: lastSeq, writer }, end };
  }
  const judge = new GapJudge(appended);
  await readJournal(reading, { at: journal, from: tail.end, until: base }, (record: LogRecord, event) => {
    judge.add({ offset: record.offset, value: record.value, event });
  });
  const position = judge.finish();
  onVoid(judge.voidRecords);
  return { position, end };
}

/**
 * A lost tail may hide behind a lost answer: the first copy stands where the tail was, the second just where the journal
 * had ended, and its base says nothing. So after an unknown append the last valid record before it is looked at again.
 * Throws FatalFault `journal-short` if another stands there.
 */
async function checkTailStands(
  position: JournalPosition,
  journal: TopicPartition,
  reading: JournalReading,
): Promise<void> {
  const range = { at: journal, from: position.offset, until: position.offset + 1n };
  await readJournal(reading, range, (record, { seq, writer, body }) => {
    const isOurs = writer === position.writer && (body.type === 'Barrier' || seq === position.seq);
    if (isOurs) return;
    throw new FatalFault(
      'journal-short',
      `event ${seq} of ${writer} stands at offset ${record.offset} instead of ${position.seq} of ${position.writer}: acknowledged data is gone`,
    );
  });
}
