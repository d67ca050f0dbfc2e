import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Log, LogReader, ReadSink } from '../log.ts';
import { createTestTopic, numbered, testConnection, until } from '../testing/test-kafka.ts';
import { createKafkajsLog } from './kafkajs-log.ts';
import { createKafkajsLogReader } from './kafkajs-log-reader.ts';

let log: Log;
let reader: LogReader;
let topic = '';

beforeAll(async () => {
  topic = await createTestTopic({ partitions: 8 });
  log = await createKafkajsLog(testConnection());
  reader = await createKafkajsLogReader({ ...testConnection(), topics: [topic] });
});
afterAll(() => Promise.all([reader.close(), log.close()]));

function collect(): ReadSink & { readonly values: string[]; readonly faults: Error[] } {
  const values: string[] = [];
  const faults: Error[] = [];
  return {
    values,
    faults,
    onRecords: (records) => void values.push(...records.map(({ value }) => String(value))),
    onFatal: (error) => void faults.push(error),
  };
}

test('refuses an unknown topic and an unknown partition', () => {
  expect(() => reader.read({ topic: 'other', partition: 0 }, 0n, collect())).toThrow(
    'was not made for topic other',
  );
  expect(() => reader.read({ topic, partition: 77 }, 0n, collect())).toThrow('no partition');
});

test('reads a compacted topic over its gaps', async () => {
  const sparse = await createTestTopic({ partitions: 1 });
  await log.append([numbered(sparse, 0, 4)]);
  const strict = await createKafkajsLogReader({
    ...testConnection(),
    topics: [sparse],
    sparseTopics: [sparse],
  });
  const sink = collect();
  strict.read({ topic: sparse, partition: 0 }, 0n, sink);
  await until(() => sink.values.length === 4);
  await strict.close();
});
