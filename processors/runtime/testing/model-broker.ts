import type {
  Append,
  AppendOutcome,
  LogRecord,
  OffsetRange,
  TopicPartition,
} from '../../../infra/clients/log.ts';
import type { ModelClock } from './model-clock.ts';

/** What befalls one append of one send. */
export type AppendFault =
  /** Never reaches the log; nobody says so. */
  | 'request-lost'
  /** Stands in the log; the answer, or its row for this partition, is missing. */
  | 'answer-lost'
  /** Reported unknown at once, and appended only later (`broker.lateMs`). */
  | 'late'
  /** Two copies; the answer names the second. */
  | 'twice'
  /** Not in the log, and never will be. */
  | 'refused';

interface Partition {
  first: bigint;
  /** Offset the next record gets. */
  end: bigint;
  /** Dense, but in a compacted partition. */
  records: LogRecord[];
  wakers: (() => void)[];
}

/** The log of the model: topics of partitions, each batch all or nothing, offsets dense. */
export class ModelBroker {
  /** Decides the fate of each append; null lets it through. */
  faultOf: (append: Append, client: string) => AppendFault | null = () => null;
  lateMs = 500;
  /** Broker's clock ahead of everybody else's. */
  clockLeadMs = 0;
  private readonly clock: ModelClock;
  private readonly topics = new Map<string, Partition[]>();

  constructor(clock: ModelClock) {
    this.clock = clock;
  }

  createTopic(topic: string, partitions: number): void {
    this.topics.set(
      topic,
      Array.from({ length: partitions }, () => ({ first: 0n, end: 0n, records: [], wakers: [] })),
    );
  }

  partitionsOf(topic: string): number {
    return this.topics.get(topic)?.length ?? 0;
  }

  /** What the append comes to for its client. */
  receive(append: Append, client: string): AppendOutcome {
    const fault = this.faultOf(append, client);
    switch (fault) {
      case 'request-lost':
        return unknown('the request was lost');
      case 'answer-lost':
        this.append(append);
        return unknown('the answer was lost');
      case 'late':
        this.clock.setTimer(this.lateMs, () => this.append(append));
        return unknown('no answer in time');
      case 'twice':
        this.append(append);
        break;
      case 'refused':
        return { is: 'refused', error: new Error('refused by the model') };
      case null:
        break;
    }
    const baseOffset = this.append(append);
    return { is: 'appended', baseOffset, appendTimeMs: this.nowMs() };
  }

  /** Appends one batch; every record of it has one append time. */
  append({ topic, partition, records }: Append): bigint {
    const log = this.partitionOf({ topic, partition });
    const base = log.end;
    log.end += BigInt(records.length);
    records.forEach((record, i) => {
      log.records.push({
        offset: base + BigInt(i),
        timestampMs: this.nowMs(),
        key: record.key === null ? null : Buffer.from(record.key),
        value: record.value,
        headers: Object.entries(record.headers ?? {}).map(
          ([name, value]) => [name, Buffer.from(value)] as const,
        ),
      });
    });
    this.wake(log);
    return base;
  }

  /** Appends a record that no client of ours would write. */
  appendRaw(at: TopicPartition, record: Partial<Omit<LogRecord, 'offset'>>): void {
    const log = this.partitionOf(at);
    const offset = log.end;
    log.end += 1n;
    log.records.push({ key: null, value: null, headers: [], timestampMs: this.nowMs(), ...record, offset });
    this.wake(log);
  }

  rangeOf(at: TopicPartition): OffsetRange {
    const { first, end } = this.partitionOf(at);
    return { first, end };
  }

  read(at: TopicPartition, from: bigint, max: number): readonly LogRecord[] {
    const { first, end, records } = this.partitionOf(at);
    const isDense = BigInt(records.length) === end - first;
    const start = isDense ? Number(from - first) : records.findIndex(({ offset }) => offset >= from);
    return start < 0 ? [] : records.slice(start, start + max);
  }

  all(at: TopicPartition): readonly LogRecord[] {
    return this.partitionOf(at).records;
  }

  /** Calls once, when the partition next grows. */
  whenItGrows(at: TopicPartition, wake: () => void): void {
    this.partitionOf(at).wakers.push(wake);
  }

  /** The power cut: everything from `end` on was acknowledged and is gone. */
  loseTail(at: TopicPartition, end: bigint): void {
    const log = this.partitionOf(at);
    log.records = log.records.filter(({ offset }) => offset < end);
    log.end = end;
  }

  /** Retention: everything before `first` is dropped. */
  trim(at: TopicPartition, first: bigint): void {
    const log = this.partitionOf(at);
    log.records = log.records.filter(({ offset }) => offset >= first);
    log.first = first;
  }

  /** The log cleaner: of each key only the newest record stays, where it stood. */
  compact(at: TopicPartition): void {
    const log = this.partitionOf(at);
    const newest = new Map(log.records.map(({ key, offset }) => [key?.toString(), offset]));
    log.records = log.records.filter(({ key, offset }) => newest.get(key?.toString()) === offset);
  }

  /** Puts other bytes where a record stands. */
  overwrite(at: TopicPartition, offset: bigint, change: (value: Buffer) => Buffer): void {
    const log = this.partitionOf(at);
    log.records = log.records.map((record) =>
      record.offset === offset && record.value ? { ...record, value: change(record.value) } : record,
    );
  }

  private nowMs(): number {
    return this.clock.nowMs() + this.clockLeadMs;
  }

  private wake(log: Partition): void {
    const wakers = log.wakers;
    log.wakers = [];
    for (const wake of wakers) this.clock.setTimer(0, wake);
  }

  private partitionOf({ topic, partition }: TopicPartition): Partition {
    const found = this.topics.get(topic)?.[partition];
    if (!found) throw new RangeError(`the model has no ${topic}/${partition}`);
    return found;
  }
}

const unknown = (message: string): AppendOutcome => ({ is: 'unknown', error: new Error(message) });
