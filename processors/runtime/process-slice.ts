import type { Body } from '../../schemas/envelope.ts';
import type { MessagePair, SourceMark } from '../../schemas/source-mark.ts';
import type { LogRecord, OutgoingRecord } from '../../infra/clients/log.ts';
import { FatalFault } from './faults.ts';
import { type QuarantineReason, readCommand, readSource } from './inbox-record.ts';
import type { OutgoingMessage } from './messages.ts';
import { digestOf, quarantineRecords } from './quarantine.ts';
import { SliceBatch, type SliceContext, type SliceLimits, type Stamp } from './slice-batch.ts';
import { judgeMark } from './source-marks.ts';

/** What a slice decided. The fold already holds it; nothing of it may leave before the append is checked. */
export interface Slice {
  /** Inbox records used up, from the start of the list. */
  readonly taken: number;
  /** The journal batch; empty if all that was taken were repeats. */
  readonly records: readonly OutgoingRecord[];
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly bytes: number;
  readonly messages: readonly OutgoingMessage[];
  /** To be acknowledged before the batch is appended (`quarantine.ts`). */
  readonly quarantine: readonly OutgoingRecord[];
  /** Reasons of what was quarantined, in order. */
  readonly quarantined: readonly QuarantineReason[];
  readonly repeats: number;
  /** Records that were no Tick: the traffic that keeps the partition's clock ticking fast. */
  readonly traffic: number;
  /** Why the record after the last one taken has to wait; null if the list or a limit ended the slice. */
  readonly stop: SliceStop | null;
}

export type SliceStop =
  | { readonly is: 'unknown-schema'; readonly schemaId: number }
  | { readonly is: 'clock-jump'; readonly appendTimeMs: number }
  | { readonly is: 'fatal'; readonly fault: FatalFault };

/** 100 unreadable records in a row stop the partition; 99 are quarantined (DESIGN §3, Poison). */
const unreadableInRowMax = 100;

/**
 * Decides the records from `from` on, as many as fit into one journal batch, and moves `context.fold` with
 * them. Synchronous and deterministic: no clock, no randomness, no I/O. It ends between two commands, never
 * within one; a command that does not fit any more is decided again, from the same state, in the next slice.
 *
 * After a `fatal` stop the fold may be half moved: what was decided before may be appended, the fold may not
 * be used again.
 */
export function processSlice<S, C extends Body, E extends Body>(
  context: SliceContext<S, C, E>,
  queue: readonly LogRecord[],
  from: number,
  limits: SliceLimits,
): Slice {
  const { seq } = context.fold;
  const decisions = new Decisions(context, limits);
  const stop = decisions.take(queue, from);
  return {
    taken: decisions.taken,
    records: decisions.batch.records,
    firstSeq: seq + 1,
    lastSeq: seq + decisions.batch.records.length,
    bytes: decisions.batch.bytes,
    messages: decisions.batch.messages,
    quarantine: decisions.quarantine,
    quarantined: decisions.quarantined,
    repeats: decisions.repeats,
    traffic: decisions.taken - decisions.ticks,
    stop,
  };
}

type Verdict = 'taken' | 'full' | SliceStop;

class Decisions<S, C extends Body, E extends Body> {
  readonly batch: SliceBatch<S, C, E>;
  readonly quarantine: OutgoingRecord[] = [];
  readonly quarantined: QuarantineReason[] = [];
  taken = 0;
  repeats = 0;
  ticks = 0;
  private readonly context: SliceContext<S, C, E>;
  private readonly limits: SliceLimits;

  constructor(context: SliceContext<S, C, E>, limits: SliceLimits) {
    this.context = context;
    this.limits = limits;
    this.batch = new SliceBatch(context, limits);
  }

  take(queue: readonly LogRecord[], from: number): SliceStop | null {
    const end = Math.min(queue.length, from + this.limits.recordsMax);
    for (let at = from; at < end; at += 1) {
      const record = queue[at];
      if (record === undefined) break;
      const verdict = this.decideSafely(record);
      if (verdict !== 'taken') return verdict === 'full' ? null : verdict;
      this.taken += 1;
    }
    return null;
  }

  private decideSafely(record: LogRecord): Verdict {
    try {
      return this.decideRecord(record);
    } catch (error) {
      if (error instanceof FatalFault) return { is: 'fatal', fault: error };
      const fault = new FatalFault('decision-threw', `inbox offset ${record.offset}: ${String(error)}`, {
        cause: error,
      });
      return { is: 'fatal', fault };
    }
  }

  /** The mark comes before the frame: a repeat is dropped, and a gap seen, whatever the value holds. */
  private decideRecord(record: LogRecord): Verdict {
    const { fold, inbox } = this.context;
    if (record.timestampMs > this.limits.latestMs) {
      return { is: 'clock-jump', appendTimeMs: record.timestampMs };
    }
    const mark = readSource(record, inbox.partitions);
    if (typeof mark === 'string') return this.quarantineRecord(record, mark, null);
    if (mark !== null) {
      const verdict = judgeMark(fold.marks, mark);
      if (verdict === 'repeat') {
        this.repeats += 1;
        return 'taken';
      }
      if (verdict === 'gap') throw sourceGap(record, mark, fold.marks.get(mark.source));
    }
    return this.decideCommand(record, mark);
  }

  private decideCommand(record: LogRecord, mark: SourceMark | null): Verdict {
    const { processor, fold, inbox } = this.context;
    const read = readCommand(record, inbox);
    if (read.is === 'unreadable') return this.quarantineRecord(record, read.reason, mark);
    if (read.is === 'unknown-schema') return read;
    if (read.is === 'tick') return this.decideTick(record, mark);
    const stamp = this.stampOf(record, mark, read.key);
    const state = fold.aggregates.get(read.key);
    const objection = processor.check(state, read.command);
    if (objection !== null) return this.quarantineRecord(record, objection, mark);
    const events = processor.decide(state, read.command, stamp.atMs);
    if (events.length === 0) return this.dropRepeat(record, mark);
    const outcome = this.batch.add(events, stamp);
    if (outcome === 'taken') fold.unreadableInRow = 0;
    return outcome;
  }

  private decideTick(record: LogRecord, mark: SourceMark | null): Verdict {
    const stamp = this.stampOf(record, mark, null);
    const timePassed = { type: 'TimePassed', atMs: stamp.atMs };
    const outcome = this.batch.add([timePassed], stamp);
    if (outcome === 'taken') this.ticks += 1;
    return outcome;
  }

  /** The aggregate knows the command already. A message from a journal is never such a repeat: its mark is. */
  private dropRepeat(record: LogRecord, mark: SourceMark | null): Verdict {
    if (mark !== null) {
      throw new FatalFault('no-event', `inbox offset ${record.offset} from ${mark.source} gave no event`);
    }
    this.context.fold.unreadableInRow = 0;
    this.repeats += 1;
    return 'taken';
  }

  private quarantineRecord(record: LogRecord, reason: QuarantineReason, mark: SourceMark | null): Verdict {
    const { fold, inbox } = this.context;
    const inRow = fold.unreadableInRow + 1;
    if (inRow >= unreadableInRowMax) {
      throw new FatalFault(
        'poison-flood',
        `${inRow} unreadable records in a row, up to offset ${record.offset}`,
      );
    }
    const offset = Number(record.offset);
    const body = { type: 'CommandQuarantined', offset, reason, sha256: digestOf(record.value) };
    if (this.batch.add([body], this.stampOf(record, mark, null)) === 'full') return 'full';
    fold.unreadableInRow = inRow;
    this.quarantined.push(reason);
    const at = { topic: inbox.codec.topic, partition: inbox.partition };
    this.quarantine.push(...quarantineRecords(at, record, reason));
    return 'taken';
  }

  private stampOf(record: LogRecord, mark: SourceMark | null, key: string | null): Stamp {
    const source = mark?.source ?? null;
    const { seq, index } = mark?.pair ?? { seq: null, index: null };
    return {
      cause: { offset: Number(record.offset), source, seq, index },
      atMs: Math.max(this.context.fold.timeMs, record.timestampMs),
      key,
    };
  }
}

function sourceGap(record: LogRecord, mark: SourceMark, known: MessagePair | undefined): FatalFault {
  const text = (pair: MessagePair | null | undefined): string =>
    pair ? `${pair.seq}.${pair.index}` : 'none';
  return new FatalFault(
    'source-gap',
    `inbox offset ${record.offset} from ${mark.source} follows ${text(mark.prev)}, the highest seen is ${text(known)}`,
  );
}
