import { crc32 } from 'node:zlib';
import { partitionOf, tickKeyOf } from '../../../schemas/murmur2.ts';
import type { MessagePair, SourceMark } from '../../../schemas/source-mark.ts';
import type { ProcessorName } from '../../../schemas/topic-catalogue.ts';
import type { AnyCommand, AnyEvent, InboxRecord, JournalRecord } from '../recording.ts';
import { AuditScript } from './audit-script.ts';

type CommandBody = AnyCommand['body'];
type EventBody = AnyEvent['body'];

/** Where a record came to stand. */
export interface At {
  readonly processor: ProcessorName;
  readonly partition: number;
  readonly offset: number;
}

interface Outside {
  readonly commandId?: string;
  readonly fingerprint?: string;
  readonly requestId?: string | null;
}

/**
 * Logs as the protocol of DESIGN §3 fills them, worked by a script: the script says what is decided, this keeps
 * offsets, numbers, marks and owners right. It knows no domain and shares no code with the processors.
 */
export class PipelineModel {
  readonly inboxes = new Map<string, InboxRecord[]>();
  readonly journals = new Map<string, JournalRecord[]>();
  readonly partitions: number;
  /** Of the reactions that events are stamped with. */
  private readonly version: number;
  /** The valid events that are no Barrier, each with its place. */
  readonly decided: (At & { readonly event: AnyEvent })[] = [];
  private nowMs = Date.UTC(2026, 0, 5, 12);
  readonly privileged = new AuditScript(this.nowMs);
  /** Time of each task: of its last event. */
  private readonly times = new Map<string, number>();
  private stampedMs = 0;
  private readonly owners = new Map<string, string>();
  private readonly seqs = new Map<string, number>();
  private readonly sent = new Map<string, MessagePair>();

  constructor(partitions: number, version = 1) {
    this.partitions = partitions;
    this.version = version;
    for (const processor of ['orders', 'stock', 'catalogue'] as const) {
      for (let partition = 0; partition < partitions; partition += 1) {
        this.inboxes.set(`${processor}/${partition}`, []);
        this.journals.set(`${processor}/${partition}`, []);
        this.takeOver(processor, partition, `${processor}-${partition}-a`);
      }
    }
  }

  /** A new owner's Barrier. */
  takeOver(processor: ProcessorName, partition: number, writer: string): void {
    const task = `${processor}/${partition}`;
    const follows = this.owners.get(task) ?? null;
    this.append(task, null, this.stamp(task, writer, { offset: 0 }, { type: 'Barrier', writer, follows }));
    this.owners.set(task, writer);
  }

  /** A command from outside. */
  post(
    processor: ProcessorName,
    key: string,
    store: string,
    body: CommandBody,
    { commandId, fingerprint, requestId }: Outside = {},
  ): At {
    const envelope = {
      store,
      commandId: commandId ?? null,
      fingerprint: fingerprint ?? null,
      requestId: requestId ?? null,
      body,
    } as AnyCommand;
    return this.put(processor, partitionOf(key, this.partitions), { key, mark: null, command: envelope });
  }

  /** A message of the event `seq` of a task; the mark names the one before it. */
  send(
    from: At & { readonly seq: number; readonly index: number },
    processor: ProcessorName,
    key: string,
    store: string,
    body: CommandBody,
  ): At {
    const partition = partitionOf(key, this.partitions);
    const source = `${from.processor}/${from.partition}`;
    const chain = `${source} ${processor}/${partition}`;
    const pair = { seq: from.seq, index: from.index };
    const mark: SourceMark = { source, pair, prev: this.sent.get(chain) ?? null };
    this.sent.set(chain, pair);
    const command = { store, commandId: null, fingerprint: null, requestId: null, body } as AnyCommand;
    return this.put(processor, partition, { key, mark, command });
  }

  /** The same record again, as a sender does that heard no answer. */
  repeat({ processor, partition, offset }: At): At {
    const record = this.inboxes.get(`${processor}/${partition}`)?.[offset];
    if (!record) throw new RangeError(`${processor}/${partition} has no offset ${offset}`);
    return this.put(processor, partition, record);
  }

  /** Bytes nobody can read. */
  junk(processor: ProcessorName, partition: number): At {
    return this.put(processor, partition, { key: 'junk', mark: null, command: null });
  }

  /** Events of one command, by the owner; returns the seq of the first. */
  decide(at: At, key: string | null, bodies: readonly EventBody[]): number {
    const task = `${at.processor}/${at.partition}`;
    const mark = this.inboxes.get(task)?.[at.offset]?.mark;
    const known =
      mark && mark !== 'bad' ? { source: mark.source, seq: mark.pair.seq, index: mark.pair.index } : {};
    const first = (this.seqs.get(task) ?? 0) + 1;
    for (const body of bodies) {
      this.seqs.set(task, (this.seqs.get(task) ?? 0) + 1);
      const event = this.stamp(task, this.owners.get(task) ?? '', { offset: at.offset, ...known }, body);
      const offset = this.journals.get(task)?.length ?? 0;
      this.decided.push({ processor: at.processor, partition: at.partition, offset, event });
      this.append(task, key, event);
    }
    return first;
  }

  /** A Tick on each partition and its watermark. */
  tick(): void {
    for (const task of this.inboxes.keys()) {
      const [processor, partition] = task.split('/') as [ProcessorName, string];
      this.passTime(this.sendTick(processor, Number(partition)));
    }
  }

  /** A Tick by the owner, not decided yet. */
  sendTick(processor: ProcessorName, partition: number): At {
    const command = {
      store: '',
      commandId: null,
      fingerprint: null,
      requestId: null,
      body: { type: 'Tick', writer: 'w' },
    } as AnyCommand;
    const key = tickKeyOf(partition, this.partitions);
    return this.put(processor, partition, { key, mark: null, command });
  }

  /** The watermark that a Tick comes to, after all that is due by it. */
  passTime(at: At): void {
    const task = `${at.processor}/${at.partition}`;
    const tickMs = this.inboxes.get(task)?.[at.offset]?.atMs ?? 0;
    this.decide(at, null, [{ type: 'TimePassed', atMs: Math.max(this.times.get(task) ?? 0, tickMs) }]);
  }

  /** What a displaced owner still writes, the last batch again, and a Barrier that came too late: all void. */
  haunt(processor: ProcessorName, partition: number): void {
    const task = `${processor}/${partition}`;
    const journal = this.journals.get(task) ?? [];
    const last = journal.findLast(({ event }) => event?.body.type !== 'Barrier');
    const old = this.owners.get(task) ?? '';
    if (!last?.event) throw new RangeError(`${task} has nothing to repeat`);
    // The owner heard no answer and appended the same bytes again.
    this.append(task, last.key, last.event);
    this.takeOver(processor, partition, `${task}-b`);
    // The zombie decides on, in its own belief.
    this.append(task, last.key, { ...last.event, writer: old, seq: last.event.seq + 1 });
    // Its last batch comes late a second time.
    this.append(task, last.key, last.event);
    this.append(
      task,
      null,
      this.stamp(task, 'late', { offset: 0 }, { type: 'Barrier', writer: 'late', follows: old }),
    );
  }

  /** The log's clock at the last event. */
  get now(): number {
    return this.stampedMs;
  }

  /** Nothing happens for so long. */
  wait(ms: number): void {
    this.nowMs += ms;
  }

  seqOf(processor: ProcessorName, partition: number): number {
    return this.seqs.get(`${processor}/${partition}`) ?? 0;
  }

  private stamp(
    task: string,
    writer: string,
    cause: { offset: number; source?: string; seq?: number; index?: number },
    body: EventBody,
  ): AnyEvent {
    const seq = this.seqs.get(task) ?? 0;
    const causeMs = this.inboxes.get(task)?.[cause.offset]?.atMs ?? this.nowMs;
    const atMs = Math.max(this.times.get(task) ?? 0, causeMs);
    if (body.type !== 'Barrier') this.times.set(task, atMs);
    this.stampedMs = atMs;
    return {
      seq,
      writer,
      cause: {
        offset: cause.offset,
        source: cause.source ?? null,
        seq: cause.seq ?? null,
        index: cause.index ?? null,
      },
      atMs,
      routedThrough: Math.max(0, seq - 1),
      version: this.version,
      body,
    } as AnyEvent;
  }

  private append(task: string, key: string | null, event: AnyEvent): void {
    const journal = this.journals.get(task) ?? [];
    journal.push({ offset: journal.length, key, event, crc: crc32(JSON.stringify(event)) });
  }

  private put(
    processor: ProcessorName,
    partition: number,
    record: Pick<InboxRecord, 'key' | 'mark' | 'command'>,
  ): At {
    const inbox = this.inboxes.get(`${processor}/${partition}`) ?? [];
    this.nowMs += 10;
    this.privileged.reach(this.nowMs);
    inbox.push({ ...record, offset: inbox.length, atMs: this.nowMs });
    return { processor, partition, offset: inbox.length - 1 };
  }
}
