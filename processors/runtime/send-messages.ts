import type { OutgoingRecord, TopicPartition } from '../../infra/clients/log.ts';
import { crashPoint } from '../../infra/clients/crash-point.ts';
import { type AppendSurroundings, appendUntilKnown } from './append-until-known.ts';
import { bytesPerSendMax, recordsPerSendMax, sizeOf } from './flusher.ts';
import { Dropped } from './faults.ts';
import type { OutgoingMessage } from './messages.ts';

/**
 * Sends the messages of one task: in order, one send in flight for each target partition, again until
 * acknowledged. It is the source of truth for `routedThrough`.
 */
export interface MessageSender {
  /**
   * Takes the messages of the checked events up to `lastSeq`; they may be none. `lastSeq` rises from call to call.
   */
  enqueue(messages: readonly OutgoingMessage[], lastSeq: number): void;
  /** Number of the event up to which all messages are acknowledged. */
  routedThrough(): number;
  /** Resolves once `routedThrough` has reached `seq`; rejects with Dropped once the task is. */
  whenRouted(seq: number): Promise<void>;
  /** Messages not acknowledged yet. */
  backlog(): number;
}

export interface MessageSending {
  readonly appending: AppendSurroundings;
  readonly routedThrough: number;
  /** Called whenever messages were acknowledged. */
  readonly onAcknowledged: () => void;
  /** A message the log refuses, or a bug: the partition cannot go on. Never called once the task is dropped. */
  readonly onFailure: (error: unknown) => void;
}

/** Events up to `lastSeq` and how many of their messages are still on the way. */
interface Batch {
  readonly lastSeq: number;
  left: number;
}

interface Target {
  readonly at: TopicPartition;
  /** Not acknowledged, oldest first, from `head` on; the send in flight is the front of it. */
  records: OutgoingRecord[];
  batches: Batch[];
  head: number;
  sending: boolean;
}

export function createMessageSender(options: MessageSending): MessageSender {
  return new Sender(options);
}

class Sender implements MessageSender {
  private readonly options: MessageSending;
  private readonly targets = new Map<string, Target>();
  private batches: Batch[] = [];
  private routed: number;
  private waiting = 0;
  private routedWaiters: {
    readonly seq: number;
    readonly resolve: () => void;
    readonly reject: (why: Dropped) => void;
  }[] = [];

  constructor(options: MessageSending) {
    this.options = options;
    this.routed = options.routedThrough;
    options.appending.signal.addEventListener('abort', () => {
      for (const { reject } of this.routedWaiters) reject(new Dropped());
      this.routedWaiters = [];
    });
  }

  enqueue(messages: readonly OutgoingMessage[], lastSeq: number): void {
    const batch: Batch = { lastSeq, left: messages.length };
    this.batches.push(batch);
    this.waiting += messages.length;
    for (const { to, record } of messages) {
      const target = this.targetOf(to);
      target.records.push(record);
      target.batches.push(batch);
    }
    if (messages.length === 0) this.advance();
    for (const target of this.targets.values()) {
      if (!target.sending && target.head < target.records.length) void this.run(target);
    }
  }

  routedThrough(): number {
    return this.routed;
  }

  whenRouted(seq: number): Promise<void> {
    if (this.options.appending.signal.aborted) return Promise.reject(new Dropped());
    if (this.routed >= seq) return Promise.resolve();
    return new Promise((resolve, reject) => this.routedWaiters.push({ seq, resolve, reject }));
  }

  backlog(): number {
    return this.waiting;
  }

  private targetOf(at: TopicPartition): Target {
    const key = `${at.topic}/${at.partition}`;
    let target = this.targets.get(key);
    if (!target) {
      target = { at, records: [], batches: [], head: 0, sending: false };
      this.targets.set(key, target);
    }
    return target;
  }

  /** Never rejects: failures go to `onFailure`. */
  private async run(target: Target): Promise<void> {
    const { appending, onAcknowledged, onFailure } = this.options;
    target.sending = true;
    try {
      while (target.head < target.records.length) {
        const records = nextSend(target);
        crashPoint('runtime.before-message');
        await appendUntilKnown({ ...target.at, records }, appending);
        this.acknowledge(target, records.length);
        if (this.waiting > 0) crashPoint('runtime.between-messages');
        onAcknowledged();
      }
      target.sending = false;
    } catch (error) {
      if (!appending.signal.aborted) onFailure(error);
    }
  }

  private acknowledge(target: Target, count: number): void {
    for (let i = target.head; i < target.head + count; i += 1) {
      const batch = target.batches[i];
      if (batch) batch.left -= 1;
    }
    target.head += count;
    this.waiting -= count;
    if (target.head === target.records.length || target.head > 10_000) {
      target.records = target.records.slice(target.head);
      target.batches = target.batches.slice(target.head);
      target.head = 0;
    }
    this.advance();
  }

  private advance(): void {
    let done = 0;
    for (const batch of this.batches) {
      if (batch.left > 0) break;
      this.routed = batch.lastSeq;
      done += 1;
    }
    if (done === 0) return;
    this.batches = this.batches.slice(done);
    if (this.routedWaiters.length === 0) return;
    for (const { seq, resolve } of this.routedWaiters) if (this.routed >= seq) resolve();
    this.routedWaiters = this.routedWaiters.filter(({ seq }) => this.routed < seq);
  }
}

function nextSend({ records, head }: Target): OutgoingRecord[] {
  let bytes = 0;
  let end = head;
  for (; end < records.length && end - head < recordsPerSendMax; end += 1) {
    const record = records[end];
    if (record === undefined) break;
    bytes += sizeOf(record);
    if (bytes > bytesPerSendMax && end > head) break;
  }
  return records.slice(head, end);
}
