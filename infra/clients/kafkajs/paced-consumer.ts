import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster, Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { LogRecord, OffsetRange, Pacing, TopicPartition } from '../log.ts';
import { LogFault } from '../log-fault.ts';
import { toError } from './append-error.ts';
import { createFetchPacer } from './fetch-pacing.ts';
import { createKafka, type KafkaConnection } from './hardened-kafkajs.ts';
import { createPartitionAssigner } from './partition-assigner.ts';

export interface ConsumerOptions extends KafkaConnection {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Of them, those whose offsets may have gaps: compacted ones. */
  readonly sparseTopics?: readonly string[];
  /** Constant over restarts of this process slot. */
  readonly instanceId: string;
  readonly pacing: Pacing;
  readonly sessionTimeoutMs?: number;
  readonly bytesPerPartitionMax?: number;
}

export interface ConsumerListener {
  /** Within the join; every partition is paused. */
  onJoined(partitions: readonly TopicPartition[]): void;
  onRecords(at: TopicPartition, records: readonly LogRecord[]): void;
  onRevoking(): void;
  /** A LogFault concerns its partition alone; any other error ends the consumer. */
  onFatal(error: Error): void;
}

export interface PacedConsumer {
  start(): Promise<void>;
  resumeAt(at: TopicPartition, offset: bigint): void;
  pause(at: TopicPartition): void;
  resume(at: TopicPartition): void;
  /** Nothing of the partition is delivered until the next `resumeAt`. */
  forget(at: TopicPartition): void;
  isAssigned(at: TopicPartition): boolean;
  rejoin(): void;
  commitOffsets: Consumer['commitOffsets'];
  stop(): Promise<void>;
}

/** Where delivery of a partition stands: the source of truth, applied to kafkajs again at every join. */
interface Place {
  readonly at: TopicPartition;
  expected: bigint;
  paused: boolean;
  /** Its offset was found to lie within the log, and kafkajs was told to seek there. */
  sought: boolean;
}

/** About 9 s: a broker that starts has no coordinator for a while, and kafkajs gives up for good on that. */
const joinRetries = 8;

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/**
 * One kafkajs consumer, hardened (kafka.md §3): everything is paused within each join, delivery starts by `resumeAt`
 * alone, offsets are checked to be dense and within the log, and what is not wanted any more is dropped.
 */
export function createPacedConsumer(options: ConsumerOptions, listener: ConsumerListener): PacedConsumer {
  const sessionTimeout = options.sessionTimeoutMs ?? 6_000;
  const heartbeatInterval = Math.floor(sessionTimeout / 6);
  const pacer = createFetchPacer(options.pacing, heartbeatInterval);
  const places = new Map<string, Place>();
  const sparse = new Set(options.sparseTopics ?? []);
  let assigned: readonly TopicPartition[] = [];
  let cluster: Cluster | null = null;
  let rejoinAsked = false;
  let stopped = false;
  let revoking = false;
  let settleStart: { resolve(): void; reject(error: Error): void } | null = null;

  const onRebalancing = (): void => {
    if (revoking) return;
    revoking = true;
    listener.onRevoking();
  };
  const beforeFetch = (): ReturnType<typeof pacer.beforeFetch> => {
    throwIfRejoining();
    return pacer.beforeFetch();
  };
  const consumer = createKafka(options, joinRetries).consumer({
    groupId: options.groupId,
    partitionAssigners: [
      createPartitionAssigner(options.instanceId, { beforeFetch, onRebalancing }, (connected) => {
        cluster = connected;
      }),
    ],
    sessionTimeout,
    heartbeatInterval,
    rebalanceTimeout: Math.max(sessionTimeout, 10_000),
    minBytes: options.pacing.minBytes,
    maxWaitTimeInMs: options.pacing.maxWaitMs,
    maxBytesPerPartition: options.bytesPerPartitionMax ?? 262_144,
    allowAutoTopicCreation: false,
    readUncommitted: true,
  });

  /** kafkajs has no consumer group between a crash and its restart; the join after it applies our table anyway. */
  const whileRunning = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      options.logger.debug(
        { groupId: options.groupId, error: toError(error).message },
        'consumer not running',
      );
    }
  };
  const setPaused = (at: TopicPartition, paused: boolean): void =>
    whileRunning(() =>
      consumer[paused ? 'pause' : 'resume']([{ topic: at.topic, partitions: [at.partition] }]),
    );
  const tellPacer = (): void =>
    pacer.changed([...places.values()].filter(({ paused, sought }) => sought && !paused).length);

  const isAssigned = (at: TopicPartition): boolean => assigned.some((own) => keyOf(own) === keyOf(at));

  const fail = (place: Place, message: string): void => {
    forget(place.at);
    listener.onFatal(new LogFault(place.at, message));
  };
  const forget = (at: TopicPartition): void => {
    places.delete(keyOf(at));
    setPaused(at, true);
    tellPacer();
  };

  /** A seek below or beyond the log restarts in silence at its beginning (kafka.md §3), so the range comes first. */
  async function seekWithinLog(place: Place): Promise<void> {
    const wanted = (): boolean => !stopped && places.get(keyOf(place.at)) === place;
    for (let waitMs = 50; wanted(); waitMs = Math.min(waitMs * 2, 2_000)) {
      const range = await rangeOf(cluster, place.at).catch((error: unknown) => toError(error));
      if (!wanted()) return;
      if (range instanceof Error) {
        options.logger.warn({ ...place.at, error: range.message }, 'cannot ask for offsets, trying again');
        await delay(waitMs * (0.5 + Math.random() / 2));
        continue;
      }
      if (place.expected < range.first || place.expected > range.end) {
        const held = `the log holds ${range.first} to ${range.end}`;
        fail(place, `cannot go on from offset ${place.expected}, ${held}: records are gone`);
        return;
      }
      place.sought = true;
      const offset = String(place.expected);
      whileRunning(() => consumer.seek({ topic: place.at.topic, partition: place.at.partition, offset }));
      if (!place.paused) setPaused(place.at, false);
      tellPacer();
      return;
    }
  }

  function onJoined(memberAssignment: Readonly<Record<string, readonly number[]>>): void {
    assigned = Object.entries(memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    places.clear();
    revoking = false;
    for (const at of assigned) setPaused(at, true);
    tellPacer();
    listener.onJoined(assigned);
    settleStart?.resolve();
  }

  function throwIfRejoining(): void {
    if (!rejoinAsked) return;
    rejoinAsked = false;
    throw Object.assign(new Error('rejoin asked for by this member'), { type: 'ILLEGAL_GENERATION' });
  }

  async function eachBatch(payload: EachBatchPayload): Promise<void> {
    throwIfRejoining();
    const { batch } = payload;
    const place = places.get(keyOf(batch));
    if (!place || place.paused || !place.sought || payload.isStale() || !payload.isRunning()) return;
    const records = batch.messages.map(toLogRecord);
    const first = records[0];
    const last = records.at(-1);
    if (!first || !last) return;
    const isSparse = sparse.has(batch.topic);
    const dense =
      first.offset === place.expected && last.offset - first.offset === BigInt(records.length - 1);
    if (isSparse ? first.offset < place.expected : !dense) {
      fail(place, `offset ${place.expected} was to come, ${first.offset} to ${last.offset} came`);
      return;
    }
    place.expected = last.offset + 1n;
    payload.resolveOffset(String(last.offset));
    pacer.sawRecords();
    listener.onRecords(place.at, records);
  }

  /** A throw in a listener or handler would leave kafkajs alive but dead (kafka.md §11). */
  const guarded =
    <A extends readonly unknown[]>(act: (...args: A) => void) =>
    (...args: A): void => {
      try {
        act(...args);
      } catch (error) {
        listener.onFatal(toError(error));
      }
    };

  consumer.on(
    consumer.events.GROUP_JOIN,
    guarded(({ payload }) => onJoined(payload.memberAssignment)),
  );
  consumer.on(consumer.events.REBALANCING, guarded(onRebalancing));
  consumer.on(
    consumer.events.CRASH,
    guarded(({ payload: { error, restart } }) => {
      options.logger.error({ groupId: options.groupId, error: error.message, restart }, 'consumer crashed');
      if (restart) return onRebalancing();
      settleStart?.reject(error);
      listener.onFatal(error);
    }),
  );

  return {
    async start() {
      const joined = new Promise<void>((resolve, reject) => {
        settleStart = { resolve, reject };
      });
      await consumer.connect();
      await consumer.subscribe({ topics: [...options.topics], fromBeginning: true });
      const running = consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 64,
        eachBatch: async (payload) => {
          try {
            await eachBatch(payload);
          } catch (thrown) {
            const error = toError(thrown);
            if ('type' in error) throw error;
            forget(payload.batch);
            listener.onFatal(error);
          }
        },
      });
      await Promise.all([joined, running]);
    },
    resumeAt(at, offset) {
      if (!isAssigned(at)) return;
      const place: Place = { at, expected: offset, paused: false, sought: false };
      places.set(keyOf(at), place);
      setPaused(at, true);
      tellPacer();
      void seekWithinLog(place);
    },
    pause(at) {
      const place = places.get(keyOf(at));
      if (!place || place.paused) return;
      place.paused = true;
      setPaused(at, true);
      tellPacer();
    },
    resume(at) {
      const place = places.get(keyOf(at));
      if (!place?.paused) return;
      place.paused = false;
      if (place.sought) setPaused(at, false);
      tellPacer();
    },
    forget,
    isAssigned,
    rejoin() {
      rejoinAsked = true;
      tellPacer();
    },
    commitOffsets: (offsets) => consumer.commitOffsets(offsets),
    async stop() {
      stopped = true;
      pacer.release();
      await consumer.disconnect();
    },
  };
}

function toLogRecord({ offset, timestamp, key, value, headers = {} }: KafkaMessage): LogRecord {
  return {
    offset: BigInt(offset),
    timestampMs: Number(timestamp),
    key,
    value,
    headers: toHeaders(headers),
  };
}

const noHeaders: LogRecord['headers'] = [];

/** kafkajs gives header values as bytes; its types say they may be text. */
const toBytes = (value: Buffer | string | null | undefined): Buffer =>
  Buffer.isBuffer(value) ? value : Buffer.from(value ?? '');

function toHeaders(headers: NonNullable<KafkaMessage['headers']>): LogRecord['headers'] {
  const names = Object.keys(headers);
  if (names.length === 0) return noHeaders;
  const list: (readonly [string, Buffer])[] = [];
  for (const name of names) {
    const values = headers[name];
    if (!Array.isArray(values)) list.push([name, toBytes(values)]);
    else for (const value of values) list.push([name, toBytes(value)]);
  }
  return list;
}

async function rangeOf(cluster: Cluster | null, { topic, partition }: TopicPartition): Promise<OffsetRange> {
  if (!cluster) throw new Error('not connected');
  const ask = async (fromBeginning: boolean): Promise<bigint> => {
    const [answer] = await cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], fromBeginning }]);
    const offset = answer?.partitions.find((row) => row.partition === partition)?.offset;
    if (offset === undefined) throw new Error('the broker names no offset');
    return BigInt(offset);
  };
  const [first, end] = await Promise.all([ask(true), ask(false)]);
  return { first, end };
}
