import { acceptJournalRecord, type JournalPosition } from '../../schemas/accept-journal-record.ts';
import type { Body, EventEnvelope } from '../../schemas/envelope.ts';
import { isRuntimeEvent } from '../../schemas/notes.ts';
import type { LogRecord } from '../../infra/clients/log.ts';
import { advance, evolveAggregate, type Fold, nextDue, packOld } from './fold.ts';
import { type NumberedMessage, numberMessages } from './messages.ts';
import type { Processor } from './processor.ts';
import type { StartingPoint } from './starting-point.ts';

/** The last valid event, to be compared with the inbox record it names. */
export interface LastEvent {
  readonly event: EventEnvelope<Body>;
  /** Key of its journal record: the aggregate, null on events of the partition. */
  readonly key: string | null;
}

/**
 * Rebuilds a task's memory from its journal, event by event: state, marks, and by running `react` the chain of
 * messages to each target, of which it keeps those that nobody acknowledged.
 */
export class JournalFold<S, C extends Body, E extends Body> {
  readonly fold: Fold<S>;
  position: JournalPosition;
  routedThrough: number;
  lastEvent: LastEvent | null;
  /** Records since the fold began. */
  records = 0;
  /** Records since the fold began that count for nobody. */
  voidRecords = 0;
  private unrouted: NumberedMessage[] = [];
  private readonly processor: Processor<S, C, E>;
  private readonly partitions: number;

  constructor(processor: Processor<S, C, E>, partitions: number, start: StartingPoint<S>) {
    this.processor = processor;
    this.partitions = partitions;
    this.fold = start.fold;
    this.position = start.position;
    this.routedThrough = start.routedThrough;
    this.lastEvent = start.lastEvent;
  }

  add(record: LogRecord, event: EventEnvelope<Body>): void {
    this.records += 1;
    const next = acceptJournalRecord(this.position, record.offset, event);
    if (next === null) {
      this.voidRecords += 1;
      return;
    }
    this.position = next;
    if (event.body.type === 'Barrier') return;
    if (event.routedThrough > this.routedThrough) this.routedThrough = event.routedThrough;
    if (!isRuntimeEvent(event.body)) this.addDomainEvent(event);
    advance(this.fold, event);
    // what fell due long ago was dealt with long ago: without this a fold would gather a hint for each
    if (event.body.type === 'TimePassed') nextDue(this.fold, this.processor, event.atMs);
    this.lastEvent = { event, key: record.key?.toString() ?? null };
  }

  /** Messages of events after `routedThrough`, in order; the receivers drop what they have. */
  messagesToResend(): NumberedMessage[] {
    return this.unrouted.filter(({ pair }) => pair.seq > this.routedThrough);
  }

  private addDomainEvent(event: EventEnvelope<Body>): void {
    const body = event.body as E;
    const messages = numberMessages(
      this.fold.lastSent,
      event.seq,
      this.processor.react(body),
      this.partitions,
    );
    for (const message of messages) this.unrouted.push(message);
    if (this.unrouted.length > unroutedMax) this.unrouted = this.messagesToResend();
    evolveAggregate(this.fold, this.processor, body, event.atMs);
    packOld(this.fold);
  }
}

/** Above this many the list is cleared of what has been routed meanwhile. */
const unroutedMax = 20_000;
