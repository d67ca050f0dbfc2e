import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Append, Log } from '../log.ts';
import { createTestTopic, numbered, testConnection } from '../testing/test-kafka.ts';
import { createKafkajsLog } from './kafkajs-log.ts';
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

test('gives each append its base offset, and the append time on a LogAppendTime topic', async () => {
  const before = Date.now();
  const [first, other] = await log.append([numbered(topic, 0, 3), numbered(topic, 1, 1)]);
  const [second] = await log.append([numbered(topic, 0, 2)]);
  expect(first).toMatchObject({ is: 'appended', baseOffset: 0n });
  expect(other).toMatchObject({ is: 'appended', baseOffset: 0n });
  expect(second).toMatchObject({ is: 'appended', baseOffset: 3n });
  const timeMs = first?.is === 'appended' ? first.appendTimeMs : null;
  expect(Math.abs((timeMs ?? 0) - before)).toBeLessThan(5_000);
  expect((await log.offsetsOf(topic)).get(0)).toEqual({ first: 0n, end: 5n });
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

test('refuses a single append that is too large', async () => {
  expect(await log.append([tooLarge(topic, 3)])).toMatchObject([{ is: 'refused' }]);
});

test('refuses an unknown topic and creates none', async () => {
  const name = `${topic}-typo`;
  expect(await log.append([numbered(name, 0, 1)])).toMatchObject([{ is: 'refused' }]);
  const admin = await createTopicAdmin(testConnection());
  expect(await admin.describe([name])).toEqual(new Map([[name, null]]));
  await admin.close();
});

test.each([
  ['no partition', { ...numbered('any', 0, 1), partition: undefined as unknown as number }],
  ['more than 1,000 records', numbered('any', 0, 1_001)],
  ['no record', numbered('any', 0, 0)],
])('refuses an append with %s before anything is sent', async (_, append) => {
  const [outcome] = await log.append([{ ...append, topic }]);
  expect(outcome).toMatchObject({ is: 'refused' });
});

test('appends 1,000 records as one batch', async () => {
  const wide = await createTestTopic();
  expect(await log.append([numbered(wide, 0, 1_000)])).toMatchObject([{ is: 'appended', baseOffset: 0n }]);
  expect((await log.offsetsOf(wide)).get(0)?.end).toBe(1_000n);
});

test('names the brokers it could not reach', async () => {
  await expect(createKafkajsLog({ ...testConnection(), brokers: ['127.0.0.1:1'] })).rejects.toThrow(
    '127.0.0.1:1',
  );
});
