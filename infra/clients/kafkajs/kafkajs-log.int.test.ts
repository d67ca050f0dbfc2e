import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Append, Log } from '../log.ts';
import { logContract } from '../testing/log.contract.ts';
import { createTestTopic, numbered, testConnection, trimTopic } from '../testing/test-kafka.ts';
import { createKafkajsLog } from './kafkajs-log.ts';
import { createKafkajsLogReader } from './kafkajs-log-reader.ts';
import { createTopicAdmin } from './topic-admin.ts';

let log: Log;
let topic = '';

beforeAll(async () => {
  topic = await createTestTopic();
  log = await createKafkajsLog(testConnection());
});
afterAll(() => log.close());

const tooLarge = (name: string, partition: number): Append => ({
  topic: name,
  partition,
  records: [{ key: null, value: Buffer.alloc(1_100_000) }],
});

logContract('Kafka', async () => {
  const own = await createKafkajsLog(testConnection());
  return {
    log: own,
    createTopic: (partitions) => createTestTopic({ partitions }),
    openReader: (name) => createKafkajsLogReader({ ...testConnection(), topics: [name] }),
    trim: trimTopic,
    close: () => own.close(),
  };
});

test('has no append time on a CreateTime topic', async () => {
  const plain = await createTestTopic({ timestampType: 'CreateTime' });
  expect(await log.append([numbered(plain, 0, 1)])).toMatchObject([{ is: 'appended', appendTimeMs: null }]);
});

test('knows the leader of each partition and how many there are', async () => {
  expect(await log.partitionsOf(topic)).toBe(4);
  expect(log.leaderOf({ topic, partition: 3 })).toBe(1);
  expect(log.leaderOf({ topic, partition: 77 })).toBe(-1);
});

test('calls an append unknown that the answer does not name: partition 77 of 4', async () => {
  const outcomes = await log.append([numbered(topic, 77, 1), numbered(topic, 2, 1)]);
  expect(outcomes).toMatchObject([{ is: 'unknown' }, { is: 'appended', baseOffset: 0n }]);
});

test('calls all appends of a send unknown when one is too large, then lets the neighbour through', async () => {
  const shared = await createTestTopic();
  const neighbour = numbered(shared, 0, 1);
  const large = tooLarge(shared, 1);
  expect(await log.append([neighbour, large])).toMatchObject([{ is: 'unknown' }, { is: 'unknown' }]);
  const [again, refused] = await log.append([neighbour, large]);
  expect(again).toMatchObject({ is: 'appended' });
  expect(refused).toMatchObject({
    is: 'refused',
    error: { message: expect.stringMatching(/\/1: the broker refuses .* max message size/) },
  });
  expect((await log.offsetsOf(shared)).get(1)).toEqual({ first: 0n, end: 0n });
});

test('creates no topic that it is asked to append to', async () => {
  const name = `${topic}-typo`;
  expect(await log.append([numbered(name, 0, 1)])).toMatchObject([{ is: 'refused' }]);
  const admin = await createTopicAdmin(testConnection());
  expect(await admin.describe([name])).toEqual(new Map([[name, null]]));
  await admin.close();
});

test('refuses an append without a partition before anything is sent', async () => {
  const nowhere = { ...numbered(topic, 0, 1), partition: undefined as unknown as number };
  expect(await log.append([nowhere])).toMatchObject([{ is: 'refused' }]);
});

test('names the brokers it could not reach', async () => {
  await expect(createKafkajsLog({ ...testConnection(), brokers: ['127.0.0.1:1'] })).rejects.toThrow(
    '127.0.0.1:1',
  );
});
