import { randomUUID } from 'node:crypto';
import { topicCatalogue } from '../../../schemas/topic-catalogue.ts';
import type { LogReader, LogRecord, ReadHandle, ReadSink, TopicPartition } from '../log.ts';
import { toError } from './append-error.ts';
import type { KafkaConnection } from './hardened-kafkajs.ts';
import { LogFault } from '../log-fault.ts';
import { createPacedConsumer } from './paced-consumer.ts';

export interface LogReaderOptions extends KafkaConnection {
  readonly topics: readonly string[];
  /** Topics whose offsets may have gaps; by default those the catalogue compacts. */
  readonly sparseTopics?: readonly string[];
  /** Of one fetch; for those who want a few records of a long topic. */
  readonly bytesPerPartitionMax?: number;
}

interface Read {
  readonly at: TopicPartition;
  readonly sink: ReadSink;
  /** Where to go on after a rejoin. */
  next: bigint;
  /** Number of deliveries whose promise is still open: 0 or 1. */
  delivering: boolean;
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;
const compacted = topicCatalogue.filter(({ cleanup }) => cleanup === 'compact').map(({ name }) => name);

/**
 * Reads any partition of `topics` from any offset, with one long-lived consumer in a group of its own (kafka.md §5).
 * The group commits nothing, so the broker drops it when its one member leaves. Ready when it resolves.
 * One read a partition at a time: a second one throws.
 */
export async function createKafkajsLogReader(options: LogReaderOptions): Promise<LogReader> {
  const reads = new Map<string, Read>();
  const isCurrent = (read: Read): boolean => reads.get(keyOf(read.at)) === read;

  const end = (read: Read, error: Error): void => {
    if (!isCurrent(read)) return;
    reads.delete(keyOf(read.at));
    consumer.forget(read.at);
    read.sink.onFatal(error);
  };

  async function settle(read: Read, delivery: Promise<void>): Promise<void> {
    read.delivering = true;
    consumer.pause(read.at);
    try {
      await delivery;
      read.delivering = false;
      if (isCurrent(read)) consumer.resume(read.at);
    } catch (error) {
      end(read, toError(error));
    }
  }

  function deliver(at: TopicPartition, records: readonly LogRecord[]): void {
    const read = reads.get(keyOf(at));
    const last = records.at(-1);
    if (!read || !last) return;
    read.next = last.offset + 1n;
    try {
      const delivery = read.sink.onRecords(records);
      if (delivery) void settle(read, delivery);
    } catch (error) {
      end(read, toError(error));
    }
  }

  const consumer = createPacedConsumer(
    {
      ...options,
      groupId: `${options.clientId}-reader-${randomUUID()}`,
      instanceId: options.clientId,
      sparseTopics: options.sparseTopics ?? compacted,
      pacing: { minBytes: 1, maxWaitMs: 50 },
      bytesPerPartitionMax: options.bytesPerPartitionMax ?? 1_048_576,
    },
    {
      onJoined() {
        for (const read of reads.values()) {
          consumer.resumeAt(read.at, read.next);
          if (read.delivering) consumer.pause(read.at);
        }
      },
      onRecords: deliver,
      onRevoking: () => undefined,
      onFatal(error) {
        const concerned = error instanceof LogFault ? [reads.get(keyOf(error.at))] : [...reads.values()];
        for (const read of concerned) if (read) end(read, error);
      },
    },
  );
  await consumer.start();

  return {
    read(at, from, sink): ReadHandle {
      if (!options.topics.includes(at.topic))
        throw new RangeError(`the reader was not made for topic ${at.topic}`);
      if (!consumer.isAssigned(at)) throw new RangeError(`there is no partition ${keyOf(at)}`);
      if (reads.has(keyOf(at))) throw new Error(`${keyOf(at)} is being read already: stop that read first`);
      const read: Read = { at, sink, next: from, delivering: false };
      reads.set(keyOf(at), read);
      consumer.resumeAt(at, from);
      return {
        stop() {
          if (!isCurrent(read)) return;
          reads.delete(keyOf(at));
          consumer.forget(at);
        },
      };
    },
    async close() {
      reads.clear();
      await consumer.stop();
    },
  };
}
