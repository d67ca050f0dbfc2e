/**
 * The ports to the log. One adapter speaks to Kafka (the folder `kafkajs`, which alone touches kafkajs);
 * the simulator's model of a log is the other. Everything above knows records, offsets and fates only.
 */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A record as it stands in the log. `timestampMs` is the broker's append time on LogAppendTime topics. */
export interface LogRecord {
  readonly offset: bigint;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Header names may repeat, so this is a list. */
  readonly headers: readonly (readonly [name: string, value: Buffer])[];
}

export interface OutgoingRecord {
  readonly key: string | null;
  readonly value: Buffer;
  /** At most two (messages §2). */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Records for one partition; they become one record batch, all or nothing. */
export interface Append extends TopicPartition {
  readonly records: readonly OutgoingRecord[];
}

/** What became of an Append. Not knowing is an answer, never an exception (kafka.md §2, §7). */
export type AppendOutcome =
  | { readonly is: 'appended'; readonly baseOffset: bigint; readonly appendTimeMs: number | null }
  /** Provably not in the log, and the same bytes never will be: too large, not authorized, no such topic. */
  | { readonly is: 'refused'; readonly error: Error }
  /** May or may not be in the log, now or later: append the very same bytes again, then read. */
  | { readonly is: 'unknown'; readonly error: Error };

export interface OffsetRange {
  /** Offset of the oldest record kept. */
  readonly first: bigint;
  /** Offset the next record will get (high watermark). */
  readonly end: bigint;
}

/** Appends and looks at offsets. */
export interface Log {
  /** One produce, acks=all, no client retries. Outcomes in the order of `appends`. Never rejects. */
  append(appends: readonly Append[]): Promise<readonly AppendOutcome[]>;
  /** The broker that leads each partition of a topic, from cached metadata: the flusher's lanes. */
  leaderOf(at: TopicPartition): number;
  partitionsOf(topic: string): Promise<number>;
  offsetsOf(topic: string): Promise<ReadonlyMap<number, OffsetRange>>;
  close(): Promise<void>;
}

/** Records of a compacted topic, some of them tombstones: the next compaction removes what stands there of their keys. */
export interface Burial extends TopicPartition {
  readonly records: readonly (OutgoingRecord | { readonly key: string; readonly value: null })[];
}

/** Appends tombstones too. */
export interface BuryingLog extends Log {
  /** As `append` of one batch. */
  bury(burial: Burial): Promise<AppendOutcome>;
}

/** Reads partitions from given offsets, without a group's knowledge; commits nothing. */
export interface LogReader {
  /**
   * Delivers every record of the partition from `from` on, in order and without a gap, until stopped.
   * The next delivery waits for the promise of the last. `onFatal` gets what reading cannot survive:
   * an offset that jumped, or a log that ends before `from`.
   */
  read(at: TopicPartition, from: bigint, sink: ReadSink): ReadHandle;
  close(): Promise<void>;
}
export interface ReadSink {
  onRecords(records: readonly LogRecord[]): void | Promise<void>;
  onFatal(error: Error): void;
}
export interface ReadHandle {
  /** No delivery starts after it returns. */
  stop(): void;
}

/** A member of a consumer group. The group shares out partitions; positions are the members' own affair. */
export interface Group {
  /** Resolves when the first assignment has been announced. */
  start(): Promise<void>;
  /** Delivery of the partition goes on from `offset`: seek, then resume. */
  resumeAt(at: TopicPartition, offset: bigint): void;
  pause(at: TopicPartition): void;
  resume(at: TopicPartition): void;
  /** Leaves this generation and joins again, to learn who owns what (kafka.md §3, forced rejoin). */
  rejoin(): void;
  /** For the eyes of lag tools: fire and forget, an error is logged. */
  commit(at: TopicPartition, offset: bigint): void;
  /** Committed offset of a partition, null if there is none. */
  committed(at: TopicPartition): Promise<bigint | null>;
  stop(): Promise<void>;
}

export interface GroupMember {
  /**
   * Called synchronously within the join, also for an assignment that looks unchanged, while every partition
   * is paused. Nothing is delivered for a partition until `resumeAt`. Partitions not in the list are lost.
   */
  onAssigned(partitions: readonly TopicPartition[]): void;
  /**
   * Records in order, without a gap from the offset asked for. Take them (a bounded queue; `pause` when it is
   * full) and return: a promise that waits for I/O here holds up every partition of that broker.
   */
  onRecords(at: TopicPartition, records: readonly LogRecord[]): void;
  /** A rebalance has begun: start no new slice. */
  onRevoking(): void;
  /** What the member cannot survive: an offset jump, a crash kafkajs does not restart from. */
  onFatal(error: Error): void;
}

/** How often and how eagerly a consumer fetches; performance.md §2 has what each choice costs. */
export interface Pacing {
  readonly minBytes: number;
  readonly maxWaitMs: number;
}
