import type { Body } from '../../schemas/envelope.ts';
import { tickKeyOf } from '../../schemas/murmur2.ts';
import { inboxOf, journalOf, quarantineOf, snapshotsOf } from '../../schemas/topic-catalogue.ts';
import type { LogRecord, TopicPartition } from '../../infra/clients/log.ts';
import { type AppendSurroundings, appendUntilKnown } from './append-until-known.ts';
import { appendSlice, type JournalTail, type SliceAppending } from './append-slice.ts';
import { checkLastCause } from './check-inbox.ts';
import { Dropped, FatalFault, type FatalKind, LostOwnership } from './faults.ts';
import { bytesPerSendMax, recordsPerSendMax, splitSends } from './flusher.ts';
import type { LastEvent } from './journal-fold.ts';
import { crashPoint } from '../../infra/clients/crash-point.ts';
import { move, type TaskState } from './life-cycle.ts';
import { encodeMessage } from './messages.ts';
import { processSlice, type Slice, type SliceStop } from './process-slice.ts';
import type { JournalReading } from './read-journal.ts';
import { RecordQueue } from './record-queue.ts';
import { createMessageSender, type MessageSender } from './send-messages.ts';
import type { SliceContext } from './slice-batch.ts';
import { Snapshotter, type TakenSnapshot } from './snapshotter.ts';
import { snapshotNameOf } from '../../schemas/snapshot-manifest.ts';
import { takeOver, type TakenOver } from './take-over.ts';
import type { TaskSurroundings } from './task-surroundings.ts';
import { clockLeadMaxMs, waitForClock, waitForSchema } from './task-waits.ts';

/** Faults of the inbox alone: what stands valid in the journal is still true, and its messages go on. */
const inboxFaults: ReadonlySet<FatalKind> = new Set([
  'source-gap',
  'too-large',
  'poison-flood',
  'inbox-jump',
]);

/**
 * One inbox partition in the hands of this process, from assignment to drop: its queue, its fold, its place in
 * the journal. One slice is in flight at a time (decide, append, check); messages of earlier slices are on
 * their way meanwhile. States and moves: `life-cycle.ts`.
 */
export class Task<S, C extends Body, E extends Body> {
  readonly partition: number;
  /** This owner's token; a new one at each take-over. */
  readonly writer: string;
  readonly inbox: TopicPartition;
  private readonly journal: TopicPartition;
  private readonly all: TaskSurroundings<S, C, E>;
  private readonly abort = new AbortController();
  private readonly appending: AppendSurroundings;
  private readonly queue: RecordQueue;
  private current: TaskState = 'taking-over';
  private owned: Owned<S, C, E> | null = null;
  private busy = false;
  private paused = false;
  private nextOffset = 0n;
  private lastCause: LastEvent | null = null;

  constructor(all: TaskSurroundings<S, C, E>, partition: number) {
    const { processor, random, flusher, clock, observer, limits } = all;
    this.all = all;
    this.partition = partition;
    this.writer = random.token();
    this.inbox = { topic: inboxOf(processor.name), partition };
    this.journal = { topic: journalOf(processor.name), partition };
    this.queue = new RecordQueue(limits.queue);
    const { signal } = this.abort;
    this.appending = { flusher, clock, signal, onUnknown: (...of) => observer.appendUnknown(...of) };
  }

  get state(): TaskState {
    return this.current;
  }

  /** No slice in flight and every message acknowledged. */
  get isIdle(): boolean {
    return !this.busy && (this.owned?.sender.backlog() ?? 0) === 0;
  }

  /** Begins the take-over. The partition must be paused; it is resumed when the task is ready for it. */
  start(): void {
    this.busy = true;
    void this.becomeOwner().then(
      () => this.endTurn(),
      (error: unknown) => this.fail(error),
    );
  }

  /** Takes records that follow those taken before; pauses the partition when it has enough. */
  take(records: readonly LogRecord[]): void {
    if (this.current !== 'running' && this.current !== 'waiting' && this.current !== 'quiescing') return;
    try {
      for (const record of records) this.takeOne(record);
    } catch (error) {
      this.fail(error);
      return;
    }
    this.all.known.sawInbox(this.partition, this.nextOffset);
    if (!this.paused && this.queue.isFull()) {
      this.paused = true;
      this.all.group.pause(this.inbox);
    }
    this.wake();
  }

  /** When the next aggregate falls due, epoch ms of the log's clock; Infinity if none does, or nothing is owned. */
  nextDueMs(): number {
    return this.owned?.context.fold.deadlines.nextMs() ?? Number.POSITIVE_INFINITY;
  }

  /**
   * An inbox that gives a Tick an offset it had given before has lost acknowledged commands. What it had reached
   * counts from before the send: records after the Tick may be here before the answer is.
   */
  sendTick(): (offset: bigint) => void {
    const { known } = this.all;
    const end = known.inboxEnd(this.partition);
    return (offset) => {
      known.sawInbox(this.partition, offset + 1n);
      if (offset >= end) return;
      this.fail(
        new FatalFault('inbox-short', `a Tick stands at ${offset}, the inbox had reached ${end} before`),
      );
    };
  }

  /** The partition cannot go on, for a reason found outside. */
  stop(fault: FatalFault): void {
    this.fail(fault);
  }

  /** Starts no new slice; what is in flight is checked, and its messages are sent. */
  quiesce(): void {
    if (['taking-over', 'running', 'waiting'].includes(this.current))
      this.current = move(this.current, 'quiescing');
  }

  /** The last snapshot before a clean stop. The task must be quiescing and idle. Never rejects. */
  async takeLastSnapshot(): Promise<void> {
    if (this.current !== 'quiescing' || this.owned === null) return;
    await this.owned.snapshotter.takeLast(this.owned.context.fold, this.owned.tail.position);
  }

  /** The task's memory and everything it still wanted to send count for nothing from now on. */
  drop(): void {
    if (this.current === 'dropped') return;
    this.current = move(this.current, 'dropped');
    this.owned?.snapshotter.leave();
    this.abort.abort();
  }

  private takeOne(record: LogRecord): void {
    if (record.offset !== this.nextOffset) {
      throw new FatalFault('inbox-jump', `offset ${record.offset} came where ${this.nextOffset} must stand`);
    }
    this.nextOffset += 1n;
    if (this.lastCause === null) return this.queue.push(record);
    checkLastCause(
      record,
      this.lastCause,
      tickKeyOf(this.partition, this.all.partitions),
      this.all.partitions,
    );
    this.lastCause = null;
  }

  private async becomeOwner(): Promise<void> {
    const { clock, observer, known } = this.all;
    const startedMs = clock.nowMs();
    const taken = await takeOver<S, C, E>({
      ...this.all,
      journal: this.journal,
      inbox: this.inbox,
      writer: this.writer,
      appending: this.appending,
      reading: this.reading(),
      known,
      onUnusable: (why) => observer.snapshot(this.partition, { is: 'unusable', why }),
    });
    if (this.current !== 'taking-over') return;
    const { journalFold, tail } = taken;
    const { fold, routedThrough } = journalFold;
    const sender = createMessageSender({
      appending: this.appending,
      routedThrough,
      onAcknowledged: () => {
        if (sender.routedThrough() < tail.position.seq) crashPoint('runtime.in-resend');
        this.wake();
      },
      onFailure: (error) => this.fail(error),
    });
    const source = `${this.all.processor.name}/${this.partition}`;
    const resent = journalFold
      .messagesToResend()
      .map((message) => encodeMessage(source, this.all.outboxes, message));
    const snapshotter = this.createSnapshotter(taken, sender);
    this.owned = { context: this.contextOf(fold), tail, sender, snapshotter };
    this.current = move(this.current, 'running');
    if (resent.length > 0) crashPoint('runtime.before-resend');
    sender.enqueue(resent, fold.seq);
    if (taken.freshVoidRecords > 0) observer.sawVoidRecords(this.partition, taken.freshVoidRecords);
    observer.tookOver(this.partition, {
      durationMs: clock.nowMs() - startedMs,
      events: fold.seq,
      resent: resent.length,
      fromSeq: taken.snapshotSeq,
      fromEntries: taken.snapshotEntries,
      loadMs: taken.loadMs,
      recordsRead: journalFold.records,
    });
    this.openInbox(taken);
  }

  private createSnapshotter(
    { snapshot, snapshotSeq }: TakenOver<S, C, E>,
    sender: MessageSender,
  ): Snapshotter {
    const { processor, partitions, snapshots, observer } = this.all;
    const of = {
      settings: snapshots,
      of: snapshotNameOf(processor.name, this.partition, partitions),
      version: processor.format.version,
      at: { topic: snapshotsOf(processor.name), partition: this.partition },
      appending: this.appending,
      whenRouted: (seq: number) => sender.whenRouted(seq),
      onTaken: (taken: TakenSnapshot) => observer.snapshot(this.partition, { is: 'taken', ...taken }),
      onFailed: (error: unknown) => {
        if (error instanceof Dropped) return;
        observer.snapshot(this.partition, { is: 'failed', why: String(error) });
      },
    };
    return new Snapshotter(of, snapshot, snapshotSeq);
  }

  /** From the highest cause, to see that the inbox still holds it; from the next, where it was dropped for age. */
  private openInbox({ journalFold, inboxRange }: TakenOver<S, C, E>): void {
    const highest = BigInt(journalFold.fold.highestCause);
    const isKept = journalFold.lastEvent !== null && inboxRange.first <= highest;
    this.lastCause = isKept ? journalFold.lastEvent : null;
    this.nextOffset = isKept ? highest : highest + 1n;
    this.all.group.resumeAt(this.inbox, this.nextOffset);
  }

  private contextOf(fold: SliceContext<S, C, E>['fold']): SliceContext<S, C, E> {
    const { processor, partitions, inboxCodec, journalCodec, outboxes, poisonSchemas } = this.all;
    return {
      processor,
      inbox: {
        partition: this.partition,
        partitions,
        codec: inboxCodec,
        keyOfCommand: (command) => processor.keyOfCommand(command),
        tickKey: tickKeyOf(this.partition, partitions),
        poisonSchemas,
      },
      journal: journalCodec,
      outboxes,
      writer: this.writer,
      fold,
    };
  }

  private reading(): JournalReading {
    const { reader, journalCodec, learnWriter, clock, observer } = this.all;
    const onWaiting = (why: string): void => observer.waiting(this.partition, why);
    return { reader, codec: journalCodec, learnWriter, clock, signal: this.abort.signal, onWaiting };
  }

  private canDecide(): boolean {
    const { owned, queue } = this;
    return (
      this.current === 'running' &&
      owned !== null &&
      queue.length > 0 &&
      owned.sender.backlog() <= this.all.limits.backlogMax
    );
  }

  private wake(): void {
    if (this.busy || !this.canDecide()) return;
    this.busy = true;
    void this.runSlices().then(
      () => this.endTurn(),
      (error: unknown) => this.fail(error),
    );
  }

  /** Something may have come between the last look and the end of the turn. */
  private endTurn(): void {
    this.busy = false;
    this.wake();
  }

  private async runSlices(): Promise<void> {
    while (this.owned !== null && this.canDecide()) {
      const stop = await this.runSlice(this.owned);
      if (stop !== null) await this.handleStop(stop);
    }
  }

  /** Decide, append, check; then the messages may go. No await between reading and writing the fold. */
  private async runSlice(owned: Owned<S, C, E>): Promise<SliceStop | null> {
    const { clock, observer, known, group, onTraffic, onTickWanted } = this.all;
    const startedMs = clock.nowMs();
    crashPoint('runtime.after-fetch');
    const slice = processSlice(owned.context, this.queue.records, this.queue.head, {
      recordsMax: this.all.limits.sliceRecordsMax,
      eventsMax: recordsPerSendMax,
      bytesMax: bytesPerSendMax,
      latestMs: startedMs + clockLeadMaxMs,
      routedThrough: owned.sender.routedThrough(),
    });
    const decidedMs = clock.nowMs();
    crashPoint('runtime.after-decide');
    this.queue.drop(slice.taken);
    this.resumeIfWanted();
    if (slice.traffic > 0) onTraffic();
    await this.keepUnreadable(slice);
    if (slice.records.length > 0) {
      owned.tail = await appendSlice(slice, owned.tail, this.sliceAppending());
      known.sawJournal(this.partition, owned.tail.end, owned.tail.position);
      crashPoint('runtime.after-check');
      owned.sender.enqueue(slice.messages, slice.lastSeq);
      owned.snapshotter.offer(owned.context.fold, owned.tail.position);
    }
    if (slice.dueLeft) onTickWanted(this.partition);
    observer.sliceDone(this.partition, slice, {
      decideMs: decidedMs - startedMs,
      appendMs: clock.nowMs() - decidedMs,
    });
    group.commit(this.inbox, this.nextOffset - BigInt(this.queue.length));
    return slice.stop;
  }

  private resumeIfWanted(): void {
    if (!this.paused || !this.queue.isHalfEmpty()) return;
    this.paused = false;
    this.all.group.resume(this.inbox);
  }

  /** Bytes first, then the event that says where they are (`quarantine.ts`). */
  private async keepUnreadable({ quarantine }: Slice): Promise<void> {
    const at = { topic: quarantineOf(this.all.processor.name), partition: this.partition };
    if (quarantine.length === 0) return;
    crashPoint('runtime.before-quarantine');
    for (const records of splitSends(quarantine)) await appendUntilKnown({ ...at, records }, this.appending);
    crashPoint('runtime.after-quarantine');
  }

  private sliceAppending(): SliceAppending {
    const { partition, journal, writer, appending } = this;
    const onVoid = (records: number): void => this.all.observer.sawVoidRecords(partition, records);
    return { journal, writer, appending, reading: this.reading(), onVoid };
  }

  private async handleStop(stop: SliceStop): Promise<void> {
    if (stop.is === 'fatal') throw stop.fault;
    if (this.current !== 'running') return;
    if (stop.is === 'spoiled') return this.all.onSpoiled(this.partition);
    this.current = move(this.current, 'waiting');
    const until = { isWaiting: () => this.state === 'waiting', signal: this.abort.signal };
    if (stop.is === 'unknown-schema') await waitForSchema(this.all, this.inbox, stop.schemaId, until);
    else await waitForClock(this.all, this.partition, stop.appendTimeMs, until);
    if (this.state === 'waiting') this.current = move('waiting', 'running');
  }

  /** The one place where an error becomes a fate. Whatever the protocol does not know stops the partition. */
  private fail(error: unknown): void {
    const { observer, group, onLost } = this.all;
    if (this.current === 'dropped' || this.current === 'lost' || this.current === 'stopped') return;
    this.busy = false;
    if (error instanceof Dropped) return;
    if (error instanceof LostOwnership) {
      this.current = move(this.current, 'lost');
      this.abort.abort();
      observer.lostOwnership(this.partition, error.message);
      onLost();
      return;
    }
    const fault =
      error instanceof FatalFault ? error : new FatalFault('impossible', String(error), { cause: error });
    this.current = move(this.current, 'stopped');
    this.owned?.snapshotter.leave();
    if (!inboxFaults.has(fault.kind)) this.abort.abort();
    group.pause(this.inbox);
    observer.page(this.partition, fault);
  }
}

/** What a task has once it owns its partition. */
interface Owned<S, C extends Body, E extends Body> {
  readonly context: SliceContext<S, C, E>;
  readonly sender: MessageSender;
  readonly snapshotter: Snapshotter;
  tail: JournalTail;
}
