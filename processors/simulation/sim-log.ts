import { createHash } from 'node:crypto';
import { LogFault } from '../../infra/clients/log-fault.ts';
import type { LogRecord, OffsetRange, OutgoingRecord, TopicPartition } from '../../infra/clients/log.ts';
import type { Act } from './event-heap.ts';
import type { Scheduler } from './scheduler.ts';

interface Partition {
  /** Offset of `records[0]`. */
  first: bigint;
  records: LogRecord[];
  wakers: Waker[];
}

/** A fetch that waits for records, and how long it gathers once the first has come. */
interface Waker {
  readonly gatherMs: number;
  readonly wake: Act;
}

/** Brokers of the simulated log; each leads every second partition and has a clock of its own. */
export const brokerCount = 2;
export const leaderOf = ({ partition }: TopicPartition): number => partition % brokerCount;

/**
 * The truth of the simulated log: topics of partitions, each batch all or nothing, with its true base offset and one
 * append time. What of it goes wrong on the way to and from a process is the link's affair (`sim-log-client.ts`).
 *
 * A record that its leader took and lost before it was acknowledged needs no model of its own: no reader saw it, so
 * it is a request that was lost.
 */
export class SimLog {
  /** How far each broker's clock is ahead of the true time, ms; it may step either way. */
  readonly clockLeadMs: number[] = Array.from({ length: brokerCount }, () => 0);
  /** Times each broker has started: what was on its way to an earlier one is lost. */
  readonly starts: number[] = Array.from({ length: brokerCount }, () => 1);
  private readonly scheduler: Scheduler;
  private readonly topics = new Map<string, Partition[]>();

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler;
  }

  createTopic(topic: string, partitions: number): void {
    this.topics.set(
      topic,
      Array.from({ length: partitions }, () => ({ first: 0n, records: [], wakers: [] })),
    );
  }

  partitionsOf(topic: string): number {
    return this.topics.get(topic)?.length ?? 0;
  }

  /** The broker's own clock, which stamps what is appended. */
  nowMs(at: TopicPartition): number {
    return this.scheduler.nowMs() + (this.clockLeadMs[leaderOf(at)] ?? 0);
  }

  /** Appends one batch and returns its base offset. */
  append(at: TopicPartition, records: readonly OutgoingRecord[]): bigint {
    const log = this.partitionOf(at);
    const base = log.first + BigInt(log.records.length);
    const timestampMs = this.nowMs(at);
    let offset = base;
    for (const { key, value, headers } of records) {
      log.records.push({
        offset,
        timestampMs,
        key: key === null ? null : Buffer.from(key),
        value,
        headers: headers === undefined ? noHeaders : headersOf(headers),
      });
      offset += 1n;
    }
    this.wake(log);
    return base;
  }

  /** Appends a record that no client of ours would write. */
  appendRaw(at: TopicPartition, record: Pick<LogRecord, 'key' | 'value' | 'headers'>): bigint {
    const log = this.partitionOf(at);
    const offset = log.first + BigInt(log.records.length);
    log.records.push({ ...record, timestampMs: this.nowMs(at), offset });
    this.wake(log);
    return offset;
  }

  rangeOf(at: TopicPartition): OffsetRange {
    const { first, records } = this.partitionOf(at);
    return { first, end: first + BigInt(records.length) };
  }

  /** Up to `max` records from an offset on. Throws a LogFault if the log does not reach there. */
  read(at: TopicPartition, from: bigint, max: number): readonly LogRecord[] {
    const { first, records } = this.partitionOf(at);
    const start = Number(from - first);
    if (start < 0 || start > records.length) {
      throw new LogFault(at, `offset ${from} is outside ${first} to ${first + BigInt(records.length)}`);
    }
    return records.slice(start, start + max);
  }

  all(at: TopicPartition): readonly LogRecord[] {
    return this.partitionOf(at).records;
  }

  /** Calls once, so long after the partition has next changed. */
  whenItGrows(at: TopicPartition, gatherMs: number, wake: Act): void {
    this.partitionOf(at).wakers.push({ gatherMs, wake });
  }

  /** The power cut: everything from `end` on was acknowledged and is gone, with all that was on its way. */
  loseTail(at: TopicPartition, end: bigint): void {
    const broker = leaderOf(at);
    this.starts[broker] = (this.starts[broker] ?? 0) + 1;
    const log = this.partitionOf(at);
    log.records = log.records.slice(0, Number(end - log.first));
    this.wake(log);
  }

  /** Retention: everything before `first` is dropped. */
  trim(at: TopicPartition, first: bigint): void {
    const log = this.partitionOf(at);
    log.records = log.records.slice(Number(first - log.first));
    log.first = first;
  }

  /** A digest of everything that stands in any topic. */
  hash(): string {
    const hash = createHash('sha256');
    for (const [topic, partitions] of this.topics)
      for (const { first, records } of partitions) {
        hash.update(`${topic} ${first}`);
        for (const { timestampMs, key, value, headers } of records) {
          hash.update(`${timestampMs} ${key?.toString('latin1')} ${headers.map(String).join()}`);
          hash.update(value ?? '');
        }
      }
    return hash.digest('hex');
  }

  private wake(log: Partition): void {
    if (log.wakers.length === 0) return;
    const wakers = log.wakers;
    log.wakers = [];
    for (const { gatherMs, wake } of wakers) this.scheduler.after(gatherMs, wake);
  }

  private partitionOf({ topic, partition }: TopicPartition): Partition {
    const found = this.topics.get(topic)?.[partition];
    if (!found) throw new RangeError(`the simulated log has no ${topic}/${partition}`);
    return found;
  }
}

const noHeaders: LogRecord['headers'] = [];

const headersOf = (headers: Readonly<Record<string, string>>): LogRecord['headers'] =>
  Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)] as const);
