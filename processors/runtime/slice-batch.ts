import type { Body, EventEnvelope } from '../../schemas/envelope.ts';
import { isParkingEvent, isPartitionEvent, isRuntimeEvent } from '../../schemas/notes.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { OutgoingRecord } from '../../infra/clients/log.ts';
import { Undecidable } from './faults.ts';
import { advance, evolveAggregate, type Fold } from './fold.ts';
import type { InboxRules } from './inbox-record.ts';
import {
  encodeMessage,
  forgetMessages,
  type NumberedMessage,
  numberMessages,
  type OutgoingMessage,
  type Outboxes,
} from './messages.ts';
import type { Processor } from './processor.ts';

/** Everything a slice of one task needs and does not change, but for `fold`, which it owns. */
export interface SliceContext<S, C extends Body, E extends Body> {
  readonly processor: Processor<S, C, E>;
  readonly inbox: InboxRules<C>;
  readonly journal: TopicCodec<EventEnvelope<Body>>;
  readonly outboxes: Outboxes;
  /** This owner's token. */
  readonly writer: string;
  readonly fold: Fold<S>;
}

export interface SliceLimits {
  /** Inbox records taken. */
  readonly recordsMax: number;
  /** Events: one record batch of one send (kafka.md §2, O(n²) grouping). */
  readonly eventsMax: number;
  /** Bytes of the events, keys and record overhead included. */
  readonly bytesMax: number;
  /** A record appended after this stops the slice: the broker's clock has jumped (P9). */
  readonly latestMs: number;
  /** All messages of events up to this number are acknowledged; it is stamped on each event. */
  readonly routedThrough: number;
}

/** What the events of one command have in common. */
export interface Stamp {
  readonly cause: EventEnvelope<Body>['cause'];
  readonly atMs: number;
  /** Aggregate of the command, which all its events must name; null where the runtime decides. */
  readonly key: string | null;
}

/** Bytes of a record beside key and value: lengths, deltas, attributes. Generous. */
const recordOverheadBytes = 24;

/** The journal batch of a slice while it grows, command by command, and the messages its events ask for. */
export class SliceBatch<S, C extends Body, E extends Body> {
  readonly records: OutgoingRecord[] = [];
  readonly messages: OutgoingMessage[] = [];
  bytes = 0;
  private readonly context: SliceContext<S, C, E>;
  private readonly limits: SliceLimits;
  private readonly source: string;

  constructor(context: SliceContext<S, C, E>, limits: SliceLimits) {
    this.context = context;
    this.limits = limits;
    this.source = `${context.processor.name}/${context.inbox.partition}`;
  }

  /**
   * Stamps, encodes and folds the events of one command: all of them, or none and `full`. Throws Undecidable if they
   * would not even fit alone, or speak of another aggregate; and whatever the domain throws: then all is as it was,
   * but for the state of that aggregate, which may be half moved.
   */
  add(bodies: readonly Body[], { cause, atMs, key: aggregate }: Stamp): 'taken' | 'full' {
    const { processor, journal, writer, fold } = this.context;
    const { routedThrough, eventsMax, bytesMax } = this.limits;
    const version = processor.reactionVersion;
    const before = this.records.length;
    let bytes = this.bytes;
    let seq = fold.seq;
    const events: EventEnvelope<Body>[] = [];
    const records: OutgoingRecord[] = [];
    for (const body of bodies) {
      seq += 1;
      const event = { seq, writer, cause, atMs, routedThrough, version, body };
      const key = this.keyOf(body);
      if (key !== aggregate) {
        throw new Undecidable('OtherAggregate', `${body.type} is of another aggregate than its command`);
      }
      const value = journal.encode(event);
      bytes += value.length + (key?.length ?? 0) + recordOverheadBytes;
      events.push(event);
      records.push({ key, value });
    }
    if (before + records.length > eventsMax || bytes > bytesMax) {
      if (before > 0) return 'full';
      throw new Undecidable('TooLarge', `${records.length} events, ${bytes} bytes`);
    }
    const messages = this.fold(events);
    for (const message of messages) this.messages.push(message);
    for (const record of records) this.records.push(record);
    this.bytes = bytes;
    return 'taken';
  }

  /** While it was parked it fell due in vain. */
  private renewDeadline({ key }: { readonly key: string }): void {
    const { processor, fold } = this.context;
    const state = fold.parked.has(key) ? undefined : fold.aggregates.get(key);
    const dueMs = state === undefined ? undefined : processor.dueAtMs?.(state);
    if (dueMs !== undefined && dueMs !== Number.POSITIVE_INFINITY) fold.deadlines.add(key, dueMs);
  }

  private keyOf(body: Body): string | null {
    if (isPartitionEvent(body)) return null;
    if (isParkingEvent(body)) return (body as Body & { readonly key: string }).key;
    return this.context.processor.keyOfEvent(body as E);
  }

  /** The domain has its say first: what it throws leaves marks, numbers and chains as they were. */
  private fold(events: readonly EventEnvelope<Body>[]): OutgoingMessage[] {
    const { processor, fold, inbox, outboxes } = this.context;
    const numbered: NumberedMessage[] = [];
    const messages: OutgoingMessage[] = [];
    try {
      for (const { seq, atMs, body } of events) {
        if (isRuntimeEvent(body)) continue;
        const reactions = processor.react(body as E);
        const from = numbered.length;
        numbered.push(...numberMessages(fold.lastSent, seq, reactions, inbox.partitions));
        for (let i = from; i < numbered.length; i += 1) {
          const message = numbered[i];
          if (message) messages.push(encodeMessage(this.source, outboxes, message));
        }
        evolveAggregate(fold, processor, body as E, atMs);
      }
    } catch (error) {
      forgetMessages(fold.lastSent, numbered);
      throw error;
    }
    for (const event of events) {
      advance(fold, event);
      if (event.body.type === 'CommandRedriven') this.renewDeadline(event.body as Body & { key: string });
    }
    return messages;
  }
}
