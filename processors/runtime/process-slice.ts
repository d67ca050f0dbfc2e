import type { Body } from '../../schemas/envelope.ts';
import { ignored, noteSubject } from '../../schemas/notes.ts';
import type { MessagePair, SourceMark } from '../../schemas/source-mark.ts';
import type { LogRecord, OutgoingRecord } from '../../infra/clients/log.ts';
import { FatalFault, Undecidable } from './faults.ts';
import { nextDue, packOld, stateOf } from './fold.ts';
import { type InboxCommand, type QuarantineReason, readCommand, readSource } from './inbox-record.ts';
import type { OutgoingMessage } from './messages.ts';
import { parkedBehind, parkingReason } from './parked.ts';
import { digestOf, quarantineRecords } from './quarantine.ts';
import { decideRedrive } from './redrive.ts';
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
  /** What was parked, in order. */
  readonly parked: readonly Parking[];
  readonly repeats: number;
  /** Records that were no Tick: the traffic that keeps the partition's clock ticking fast. */
  readonly traffic: number;
  /** More is due than a Tick may fire: the next one is wanted at once. */
  readonly dueLeft: boolean;
  /** Why the record after the last one taken has to wait; null if the list or a limit ended the slice. */
  readonly stop: SliceStop | null;
}

export type SliceStop =
  | { readonly is: 'unknown-schema'; readonly schemaId: number }
  | { readonly is: 'clock-jump'; readonly appendTimeMs: number }
  /** The aggregate it redrives is half moved here: the partition is to be folded anew. */
  | { readonly is: 'spoiled' }
  | { readonly is: 'fatal'; readonly fault: FatalFault };

/** A command set aside: its type, and why (`parked.ts`). */
export interface Parking {
  readonly command: string;
  readonly reason: string;
}

/** 100 records in a row that cannot be read or decided stop the partition; 99 are set aside (DESIGN §3, Poison). */
const poisonInRowMax = 100;

/** Aggregates that fall due at one Tick (DESIGN §3, Time is a record). */
const dueMax = 500;

/** Commands of one Redrive. */
const redrivenMax = 100;

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
  packOld(context.fold);
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
    parked: decisions.parked,
    repeats: decisions.repeats,
    traffic: decisions.taken - decisions.ticks,
    dueLeft: decisions.dueLeft,
    stop,
  };
}

type Verdict = 'taken' | 'full' | SliceStop;

class Decisions<S, C extends Body, E extends Body> {
  readonly batch: SliceBatch<S, C, E>;
  readonly quarantine: OutgoingRecord[] = [];
  readonly quarantined: QuarantineReason[] = [];
  readonly parked: Parking[] = [];
  taken = 0;
  repeats = 0;
  ticks = 0;
  dueLeft = false;
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
      const kind = error instanceof Undecidable ? 'too-large' : 'impossible';
      return {
        is: 'fatal',
        fault: new FatalFault(kind, `inbox offset ${record.offset}: ${String(error)}`, { cause: error }),
      };
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
    const { fold, inbox } = this.context;
    const read = readCommand(record, inbox);
    if (read.is === 'unreadable') return this.quarantineRecord(record, read.reason, mark);
    if (read.is === 'unknown-schema') return read;
    if (read.is === 'tick') return this.decideTick(record, mark);
    if (read.is === 'redrive') return this.decideRedrive(record, mark, read);
    const { type } = read.command.body;
    const waits = fold.parked.has(read.key) ? parkedBehind : fold.spoiled.get(read.key);
    if (waits !== undefined) return this.park(record, mark, { ...read, type, reason: waits });
    let verdict: Verdict | QuarantineReason;
    try {
      verdict = this.decideFor(read, this.stampOf(record, mark, read.key), mark);
    } catch (error) {
      const reason = parkingReason(error);
      // whatever threw may have moved the state in place; an Undecidable came before anything could
      if (!(error instanceof Undecidable)) fold.spoiled.set(read.key, reason);
      return this.park(record, mark, { ...read, type, reason });
    }
    if (typeof verdict === 'string' && verdict !== 'taken' && verdict !== 'full') {
      return this.quarantineRecord(record, verdict, mark);
    }
    if (verdict === 'taken') fold.poisonInRow = 0;
    return verdict;
  }

  /** Everything that is the domain's; what it throws is the command's fault. */
  private decideFor(
    { key, command }: Extract<InboxCommand<C>, { is: 'command' }>,
    stamp: Stamp,
    mark: SourceMark | null,
  ): Verdict | QuarantineReason {
    const { processor, fold } = this.context;
    const state = stateOf(fold, processor, key);
    const objection = processor.check(state, command);
    if (objection !== null) return objection;
    const events = processor.decide(state, command, stamp.atMs);
    if (events.length > 0) return this.batch.add(events, stamp);
    if (mark === null) return this.dropRepeat();
    // its pair needs an event to stand in: dropped in silence, the next of its source would show a gap
    return this.batch.add([ignored(noteSubject(command, key, ''), 'known-repeat')], stamp);
  }

  /** The command waits in the journal for a Redrive; its pair is taken, its aggregate's later commands wait behind it. */
  private park(
    record: LogRecord,
    mark: SourceMark | null,
    { key, type, reason }: { readonly key: string; readonly type: string; readonly reason: string },
  ): Verdict {
    const isPoison = reason !== parkedBehind;
    if (isPoison) this.checkFlood(record);
    const value = record.value ?? Buffer.alloc(0);
    const body = { type: 'CommandParked', key, command: type, value, reason };
    if (this.batch.add([body], this.stampOf(record, mark, key)) === 'full') return 'full';
    if (isPoison) this.context.fold.poisonInRow += 1;
    this.parked.push({ command: type, reason });
    return 'taken';
  }

  /** All of the parked commands that fit into one batch, then what it came to. */
  private decideRedrive(
    record: LogRecord,
    mark: SourceMark | null,
    { key, asked }: Extract<InboxCommand<C>, { is: 'redrive' }>,
  ): Verdict {
    const { processor, fold, inbox } = this.context;
    if (fold.spoiled.has(key)) return { is: 'spoiled' };
    const stamp = this.stampOf(record, mark, key);
    const of = { processor, codec: inbox.codec, fold, asked, atMs: stamp.atMs };
    let tooLarge: string | null = null;
    for (let commandsMax = redrivenMax; ; commandsMax = Math.floor(commandsMax / 2)) {
      const redriven = decideRedrive({ ...of, commandsMax });
      if (redriven.is === 'unknown-schema') return redriven;
      const { bodies, answer } = redriven;
      try {
        const failure = commandsMax === 0 ? tooLarge : answer.failure;
        return this.batch.add([...bodies, { ...answer, failure } as Body], stamp);
      } catch (error) {
        if (!(error instanceof Undecidable) || commandsMax === 0) throw error;
        tooLarge = parkingReason(error);
      }
    }
  }

  private decideTick(record: LogRecord, mark: SourceMark | null): Verdict {
    const stamp = this.stampOf(record, mark, null);
    const isDue = nextDue(this.context.fold, this.context.processor, stamp.atMs) !== null;
    // what falls due goes into one batch with its Tick, so it begins with an empty one
    if (isDue && this.batch.records.length > 0) return 'full';
    if (isDue) this.fireDue(stamp);
    const timePassed = { type: 'TimePassed', atMs: stamp.atMs };
    const outcome = this.batch.add([timePassed], stamp);
    if (outcome === 'taken') this.ticks += 1;
    return outcome;
  }

  /** What is due, oldest first; what is too much for one Tick is left to the next. */
  private fireDue(stamp: Stamp): void {
    const { processor, fold } = this.context;
    const { eventsMax, bytesMax } = this.limits;
    for (let fired = 0; ; fired += 1) {
      const next = nextDue(fold, processor, stamp.atMs);
      if (next === null) return;
      const isFull = this.batch.records.length > eventsMax / 2 || this.batch.bytes > bytesMax / 2;
      if (fired === dueMax || isFull) {
        this.dueLeft = true;
        return;
      }
      fold.deadlines.removeEarliest();
      this.fireOne(next.key, next.state, stamp);
    }
  }

  /** One that throws is parked alone; others fall due as if it had not. */
  private fireOne(key: string, state: S, of: Stamp): void {
    const { processor, fold } = this.context;
    const stamp = { ...of, key };
    try {
      const events = processor.due?.(state, of.atMs) ?? [];
      if (events.length === 0) throw new Error('what is due gave no event');
      this.batch.add(events, stamp);
    } catch (error) {
      const reason = parkingReason(error);
      if (!(error instanceof Undecidable)) fold.spoiled.set(key, reason);
      const body = { type: 'CommandParked', key, command: 'Tick', value: Buffer.alloc(0), reason };
      this.batch.add([body], stamp);
      this.parked.push({ command: 'Tick', reason });
    }
  }

  /** The aggregate knows the command already. */
  private dropRepeat(): Verdict {
    this.repeats += 1;
    return 'taken';
  }

  private quarantineRecord(record: LogRecord, reason: QuarantineReason, mark: SourceMark | null): Verdict {
    const { fold, inbox } = this.context;
    this.checkFlood(record);
    const offset = Number(record.offset);
    const body = { type: 'CommandQuarantined', offset, reason, sha256: digestOf(record.value) };
    if (this.batch.add([body], this.stampOf(record, mark, null)) === 'full') return 'full';
    fold.poisonInRow += 1;
    this.quarantined.push(reason);
    const at = { topic: inbox.codec.topic, partition: inbox.partition };
    this.quarantine.push(...quarantineRecords(at, record, reason));
    return 'taken';
  }

  private checkFlood({ offset }: LogRecord): void {
    const inRow = this.context.fold.poisonInRow + 1;
    if (inRow < poisonInRowMax) return;
    throw new FatalFault(
      'poison-flood',
      `${inRow} records in a row cannot be read or decided, up to offset ${offset}`,
    );
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
