import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { customersKeysTopic, topicCatalogue } from '../../../schemas/topic-catalogue.ts';
import { createKafkajsLogReader } from '../kafkajs/kafkajs-log-reader.ts';
import { createKafkajsLog } from '../kafkajs/kafkajs-log.ts';
import { readPartition } from '../read-partition.ts';
import { createTestTopic, testConnection } from '../testing/test-kafka.ts';

/** The broker's cleaner looks every 15 s. */
const withinMs = 90_000;

test('with the settings of the topic, at another pace, the broker removes the bytes behind a tombstone', async () => {
  const { settings, cleanup } = topicCatalogue.find(({ name }) => name === customersKeysTopic) ?? {};
  expect(Object.keys(settings ?? {})).toContain('max.compaction.lag.ms');
  const topic = await createTestTopic({
    partitions: 1,
    timestampType: 'CreateTime',
    cleanup: cleanup ?? '',
    settings: { ...settings, 'max.compaction.lag.ms': '500' },
  });
  const log = await createKafkajsLog(testConnection());
  const secret = `wrapped-${randomUUID()}`;
  const append = async (key: string, value: string): Promise<void> => {
    const records = [{ key, value: Buffer.from(value) }];
    const [outcome] = await log.append([{ topic, partition: 0, records }]);
    expect(outcome?.is).toBe('appended');
  };
  const stands = async (): Promise<string> => {
    const reader = await createKafkajsLogReader({
      ...testConnection(),
      topics: [topic],
      sparseTopics: [topic],
    });
    const range = (await log.offsetsOf(topic)).get(0) ?? { first: 0n, end: 0n };
    const seen: string[] = [];
    for await (const records of readPartition(reader, { topic, partition: 0 }, range))
      for (const { key, value } of records) seen.push(`${key?.toString()}=${value?.toString() ?? 'null'}`);
    await reader.close();
    return seen.join(' ');
  };
  await append('k-1', secret);
  await append('k-2', 'stays');
  expect((await log.bury({ topic, partition: 0, records: [{ key: 'k-1', value: null }] })).is).toBe(
    'appended',
  );
  expect(await stands()).toBe(`k-1=${secret} k-2=stays k-1=null`);
  await delay(600); // older than the lag: the next record closes the segment
  await append('k-3', 'later');
  const deadlineMs = Date.now() + withinMs;
  while ((await stands()).includes(secret) && Date.now() < deadlineMs) await delay(1_000);
  expect(await stands()).toBe('k-2=stays k-1=null k-3=later');
  await log.close();
});
