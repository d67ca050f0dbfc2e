import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { type JournalPosition, journalStart } from '../../schemas/accept-journal-record.ts';
import type { Event } from '../../schemas/generated/stock-events.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import { createTopicCodec, type TopicCodec } from '../../schemas/topic-codec.ts';
import { registerSchemas } from '../deploy/register-schemas.ts';
import { systemClock } from './clock.ts';
import type { LineageBroken, ValidRecordAt } from './journal-acceptor.ts';
import {
  createJournalConsumer,
  type JournalBatch,
  type JournalConsumer,
  type PositionedFold,
} from './journal-consumer.ts';
import { followJournal } from './journal-follower.ts';
import { createKafkajsGroup } from './kafkajs/kafkajs-group.ts';
import { createKafkajsLog } from './kafkajs/kafkajs-log.ts';
import { createKafkajsLogReader } from './kafkajs/kafkajs-log-reader.ts';
import type { Log, TopicPartition } from './log.ts';
import { systemRandom } from './random.ts';
import { connectSchemaRegistry, type SchemaRegistry } from './schema-registry.ts';
import { createKeptLogger, createTestTopic, testConnection, until } from './testing/test-kafka.ts';
import { testEngines } from '../local/testing/test-engines.ts';

type StockBody = Event['body'];
let log: Log;
let registry: SchemaRegistry;
let stockId = 0;
const running: JournalConsumer[] = [];

beforeAll(async () => {
  await registerSchemas({ url: testEngines().registryUrl });
  registry = await connectSchemaRegistry({ url: testEngines().registryUrl, logger: createKeptLogger() });
  stockId = registry.createCodecs()['stock.events.v1'].schemaId;
  log = await createKafkajsLog(testConnection());
  return () => log.close();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((consumer) => consumer.stop()));
});

/** A codec of stock events for a topic of the test's own. */
const codecFor = (topic: string): TopicCodec<Event> => ({
  ...createTopicCodec<Event>(journalOf('stock'), stockId),
  topic,
});

const envelope = (writer: string, seq: number, body: StockBody): Event => ({
  seq,
  writer,
  cause: { offset: seq, source: null, seq: null, index: null },
  atMs: seq * 1_000,
  routedThrough: 0,
  version: 1,
  body,
});
const barrier = (writer: string, follows: string | null, seq = 0): Event =>
  envelope(writer, seq, { type: 'Barrier', writer, follows });
const tick = (writer: string, seq: number): Event =>
  envelope(writer, seq, { type: 'TimePassed', atMs: seq * 1_000 });
const ticks = (writer: string, from: number, to: number): Event[] =>
  Array.from({ length: to - from + 1 }, (_, i) => tick(writer, from + i));

async function append(
  topic: string,
  events: readonly (Event | null | Buffer)[],
  partition = 0,
): Promise<void> {
  const codec = codecFor(topic);
  const records = events.map((event) => {
    const value = event === null ? null : Buffer.isBuffer(event) ? event : codec.encode(event);
    return { key: null, value: value as Buffer };
  });
  for (let from = 0; from < records.length; from += 1_000) {
    const slice = records.slice(from, from + 1_000);
    expect(await log.append([{ topic, partition, records: slice }])).toMatchObject([{ is: 'appended' }]);
  }
}

interface KeptFold extends PositionedFold<StockBody> {
  stored: JournalPosition | ValidRecordAt;
  apply: (at: TopicPartition, batch: JournalBatch<StockBody>) => Promise<JournalPosition>;
  readonly seqs: number[];
  readonly batches: JournalBatch<StockBody>[];
  readonly told: string[];
}

function keptFold(of: Partial<PositionedFold<StockBody>> & { stored?: KeptFold['stored'] } = {}): KeptFold {
  const fold: KeptFold = {
    stored: journalStart,
    seqs: [],
    batches: [],
    told: [],
    position: () => Promise.resolve(fold.stored),
    apply(_, batch) {
      fold.batches.push(batch);
      for (const { event } of batch.events) if (event.body.type !== 'Barrier') fold.seqs.push(event.seq);
      fold.stored = batch.to;
      return Promise.resolve(batch.to);
    },
    onLineage(_: unknown, fault: LineageBroken) {
      fold.told.push(fault.message);
      fold.stored = journalStart;
      fold.seqs.length = 0;
      return Promise.resolve('start-over' as const);
    },
    onCaughtUp: () => void fold.told.push('caught up'),
    onLost: () => void fold.told.push('lost'),
    ...of,
  };
  return fold;
}

async function consume(
  topic: string,
  fold: PositionedFold<StockBody>,
  groupId = randomUUID(),
): Promise<JournalConsumer> {
  const consumer = createJournalConsumer({
    journals: [{ codec: codecFor(topic), fold }],
    createGroup: (member) =>
      createKafkajsGroup(
        {
          ...testConnection(),
          groupId,
          topics: [topic],
          instanceId: randomUUID(),
          pacing: { minBytes: 1, maxWaitMs: 20 },
          sessionTimeoutMs: 3_000,
        },
        member,
      ),
    log,
    askForWriter: registry.learnWriter,
    clock: systemClock,
    random: systemRandom,
    logger: createKeptLogger(),
    onFatal: (error) => expect.unreachable(error.message),
  });
  running.push(consumer);
  await consumer.start();
  return consumer;
}

const seqsTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

test('folds valid records once, tells when it has caught up, follows, and goes on from its own position', async () => {
  const topic = await createTestTopic({ partitions: 1 });
  await append(topic, [
    barrier('a', null),
    ...ticks('a', 1, 10),
    ...ticks('a', 9, 10),
    barrier('b', 'a', 10),
    tick('a', 11),
    tick('b', 11),
  ]);
  const fold = keptFold();
  const consumer = await consume(topic, fold);
  await until(() => fold.seqs.length === 11);
  expect(fold.seqs).toEqual(seqsTo(11));
  expect(fold.told).toEqual(['caught up']);
  expect(fold.batches.at(-1)).toMatchObject({ watermarkMs: 11_000 });
  expect(consumer.readiness()).toEqual({ ready: true, checks: { [`${topic}/0`]: 'reading' } });
  await append(topic, [tick('b', 12)]);
  await until(() => fold.seqs.length === 12);
  await running.pop()?.stop();
  await append(topic, ticks('b', 13, 14));
  await consume(topic, fold);
  await until(
    () => fold.seqs.length === 14,
    () => fold.seqs,
  );
  expect(fold.seqs).toEqual(seqsTo(14));
  for (const [i, { from }] of fold.batches.entries())
    if (i > 0) expect(from).toEqual(fold.batches[i - 1]?.to);
});

test('takes a backlog in bounded batches, in order, while the fold is slow', async () => {
  const topic = await createTestTopic({ partitions: 1 });
  await append(topic, [barrier('a', null), ...ticks('a', 1, 15_000)]);
  const fold = keptFold();
  const { apply } = fold;
  fold.apply = async (at, batch) => {
    await new Promise((resolve) => setImmediate(resolve));
    return apply(at, batch);
  };
  await consume(topic, fold);
  await until(
    () => fold.seqs.length >= 15_000,
    () => fold.seqs.length,
  );
  expect(fold.seqs).toEqual(seqsTo(15_000));
  expect(Math.max(...fold.batches.map(({ events }) => events.length))).toBeLessThanOrEqual(2_000);
});

test('offers the same batch again while the fold is away, and skips nothing', async () => {
  const topic = await createTestTopic({ partitions: 1 });
  await append(topic, [barrier('a', null), ...ticks('a', 1, 3)]);
  const fold = keptFold();
  const { apply } = fold;
  let tries = 0;
  fold.apply = (at, batch) => {
    tries += 1;
    return tries < 4 ? Promise.reject(new Error('redis is away')) : apply(at, batch);
  };
  const consumer = await consume(topic, fold);
  await until(() =>
    Object.values(consumer.readiness().checks).some((check) => check.includes('redis is away')),
  );
  await until(() => fold.seqs.length === 3);
  expect(fold.seqs).toEqual([1, 2, 3]);
});

test('goes on from where another writer has moved the fold to', async () => {
  const topic = await createTestTopic({ partitions: 1 });
  await append(topic, [barrier('a', null), ...ticks('a', 1, 20)]);
  const fold = keptFold();
  const { apply } = fold;
  fold.apply = (_, batch) => {
    fold.apply = apply;
    const moved = batch.events[5]?.position ?? journalStart;
    fold.stored = moved;
    fold.seqs.push(...seqsTo(5));
    return Promise.resolve(moved);
  };
  await consume(topic, fold);
  await until(
    () => fold.seqs.length === 20,
    () => fold.seqs,
  );
  expect(fold.seqs).toEqual(seqsTo(20));
});

test.each<[string, KeptFold['stored']]>([
  ['another seq stands', { offset: 3n, seq: 2, writer: 'a' }],
  ['the journal has ended', { offset: 40n, seq: 40, writer: 'a' }],
  ['the journal ends just before', { offset: 6n, seq: 6, writer: 'a' }],
])('starts over when at the stored position %s', async (_, stored) => {
  const topic = await createTestTopic({ partitions: 1 });
  await append(topic, [barrier('a', null), ...ticks('a', 1, 5)]);
  const fold = keptFold({ stored });
  fold.stored = stored;
  await consume(topic, fold);
  await until(
    () => fold.seqs.length === 5,
    () => fold.told,
  );
  expect(fold.seqs).toEqual(seqsTo(5));
  expect(fold.told[0]).toContain('the stored position says');
});

test('begins at an offset alone where the record is known to be valid', async () => {
  const topic = await createTestTopic({ partitions: 1 });
  await append(topic, [barrier('a', null), ...ticks('a', 1, 5)]);
  const fold = keptFold();
  fold.stored = { offset: 3n, isValid: true };
  await consume(topic, fold);
  await until(() => fold.seqs.length === 2);
  expect(fold.seqs).toEqual([4, 5]);
  expect(fold.batches[0]?.from).toEqual({ offset: 3n, seq: 3, writer: 'a' });
});

test.each<[string, Buffer | null, string]>([
  ['text', Buffer.from('x'), 'too-short'],
  ['a tombstone', null, 'unexpected-tombstone'],
])('halts a partition at %s in the books, and folds the others', async (_, bad, reason) => {
  const topic = await createTestTopic({ partitions: 2 });
  await append(topic, [barrier('a', null), tick('a', 1), bad, tick('a', 2)]);
  const fold = keptFold();
  const consumer = await consume(topic, fold);
  await until(
    () => JSON.stringify(consumer.readiness().checks).includes(reason),
    () => consumer.readiness(),
  );
  expect(consumer.readiness().ready).toBe(false);
  await append(topic, [barrier('b', null), tick('b', 1)], 1);
  await until(() => fold.batches.some(({ at }) => at.partition === 1));
  const folded = fold.batches.filter(({ at }) => at.partition === 0).flatMap(({ events }) => events);
  expect(folded.map(({ position }) => position.seq)).toEqual([0, 1]);
});

test('halts on a rejection that no retry can mend', async () => {
  const topic = await createTestTopic({ partitions: 1 });
  await append(topic, [barrier('a', null)]);
  const fold = keptFold({ apply: () => Promise.reject(new TypeError('a bug')), isMendable: () => false });
  const consumer = await consume(topic, fold);
  await until(() => JSON.stringify(consumer.readiness().checks).includes('halted: a bug'));
});

test('hands partitions over to a second member and tells the first what it lost', async () => {
  const topic = await createTestTopic({ partitions: 2 });
  for (const partition of [0, 1]) await append(topic, [barrier('a', null), ...ticks('a', 1, 3)], partition);
  const stored = new Map<number, JournalPosition>();
  const shared = (): KeptFold =>
    keptFold({
      position: ({ partition }) => Promise.resolve(stored.get(partition) ?? journalStart),
      apply(at, batch) {
        for (const { event } of batch.events)
          if (event.body.type !== 'Barrier') seqs.push(`${at.partition}:${event.seq}`);
        stored.set(at.partition, batch.to);
        return Promise.resolve(batch.to);
      },
    });
  const seqs: string[] = [];
  const groupId = randomUUID();
  const first = shared();
  await consume(topic, first, groupId);
  await until(() => seqs.length === 6);
  await consume(topic, shared(), groupId);
  await until(() => first.told.includes('lost'));
  for (const partition of [0, 1]) await append(topic, ticks('a', 4, 5), partition);
  await until(
    () => seqs.length === 10,
    () => seqs,
  );
  expect(new Set(seqs).size).toBe(10);
});

test('follows a journal in memory and knows when it has caught up', async () => {
  const topic = await createTestTopic({ partitions: 3 });
  await append(topic, [barrier('a', null), ...ticks('a', 1, 3), tick('z', 4)]);
  await append(topic, [barrier('b', null), tick('b', 1)], 2);
  const reader = await createKafkajsLogReader({ ...testConnection(), topics: [topic] });
  const seen: string[] = [];
  const faults: Error[] = [];
  const following = await followJournal({
    codec: codecFor(topic),
    askForWriter: registry.learnWriter,
    log,
    reader,
    apply: (partition, { event }) => void seen.push(`${partition}:${event.seq}`),
    onHalted: (error) => void faults.push(error),
  });
  await following.caughtUp;
  expect(new Set(seen)).toEqual(new Set(['0:0', '0:1', '0:2', '0:3', '2:0', '2:1']));
  await append(topic, [tick('a', 4)]);
  await until(() => seen.includes('0:4'));
  await append(topic, [null], 1);
  await until(() => faults.length === 1);
  following.stop();
  await reader.close();
});
