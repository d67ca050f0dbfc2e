import { readFileSync } from 'node:fs';
import { Kafka, logLevel, type EachBatchPayload } from 'kafkajs';
import { partitionOf } from '../../../schemas/murmur2.ts';
import { Redis } from 'ioredis';
import { l0Follow, type L0Record, type RecordSizes } from './l0-flow.ts';
import type { ViewUpdates } from './measure-view-updates.ts';
import { benchStore } from './workload.ts';

/**
 * `node l0-engine.ts <brokers> <partitions> <pipeline|orders|stock|payments|readers> <sizes.json> <minBytes> <maxWaitMs>`: the process
 * that moves the records with bare kafkajs, eachBatch and one sendBatch a batch, and nothing else. With `updates` in the
 * file its readers write as many keys to Redis, in one pipeline a batch.
 */
const [
  brokers = '',
  partitionsText = '6',
  part = 'pipeline',
  sizesFile = '',
  minBytes = '1',
  maxWait = '20',
] = process.argv.slice(2);
const partitions = Number(partitionsText);
const { sizes, updates } = JSON.parse(readFileSync(sizesFile, 'utf8')) as {
  readonly sizes: RecordSizes;
  readonly updates: ViewUpdates | null;
};
const kafka = new Kafka({ clientId: `l0-${part}`, brokers: brokers.split(','), logLevel: logLevel.ERROR });
const producer = kafka.producer({ allowAutoTopicCreation: false, retry: { retries: 5 } });

/** kafkajs groups messages in O(n²) a partition: a limit of L0's own would not be a limit of moving records. */
const messagesMax = 1_000;
/** Of the protocol around key and value of one HSET. */
const hsetOverheadBytes = 48;
const keysMax = 100_000;

async function forward(records: readonly L0Record[]): Promise<void> {
  for (let from = 0; from < records.length; from += messagesMax) {
    const byTopic = new Map<
      string,
      { key: string; value: Buffer; partition: number; headers?: { source: string } }[]
    >();
    for (const { topic, key, value, fromJournal } of records.slice(from, from + messagesMax)) {
      const messages = byTopic.get(topic) ?? [];
      if (messages.length === 0) byTopic.set(topic, messages);
      const message = { key, value, partition: partitionOf(key, partitions) };
      messages.push(fromJournal ? { ...message, headers: { source: 'stock/3 412345.0 412344.0' } } : message);
    }
    await producer.sendBatch({
      acks: -1,
      topicMessages: [...byTopic].map(([topic, messages]) => ({ topic, messages })),
    });
  }
}

async function consume(groupId: string, topics: string[], forwards: boolean): Promise<void> {
  const consumer = kafka.consumer({
    groupId,
    minBytes: Number(minBytes),
    maxWaitTimeInMs: Number(maxWait),
    maxBytesPerPartition: 262_144,
    readUncommitted: true,
  });
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: partitions,
    eachBatch: async ({ batch }: EachBatchPayload) => {
      if (!forwards) return write(batch.messages.length);
      const out: L0Record[] = [];
      for (const { key, value } of batch.messages) {
        if (key && value) out.push(...l0Follow(sizes, benchStore, key.toString(), value));
      }
      await forward(out);
    },
  });
}

const redis = updates && part === 'readers' ? new Redis(process.env['MILLRACE_REDIS_URL'] ?? '') : null;
const filler = 'x'.repeat(Math.max(1, (updates?.bytes ?? 0) - hsetOverheadBytes));
let written = 0;
let owed = 0;

async function write(events: number): Promise<void> {
  if (!redis || !updates) return;
  owed += events * updates.perEvent;
  const pipeline = redis.pipeline();
  for (; owed >= 1; owed -= 1) {
    written += 1;
    pipeline.hset(`l2:${written % keysMax}`, 'v', filler);
  }
  await pipeline.exec();
}

const parts: Readonly<Record<string, () => Promise<void>>> = {
  orders: () => consume('l0-orders', ['orders.commands.v1'], true),
  stock: () => consume('l0-stock', ['stock.commands.v1'], true),
  payments: () => consume('l0-payments', ['orders.events.v1'], true),
  readers: () => consume('l0-readers', ['orders.events.v1', 'stock.events.v1'], false),
};

await producer.connect();
for (const one of part === 'pipeline' ? ['orders', 'stock', 'payments'] : [part]) await parts[one]?.();
process.send?.('ready');
