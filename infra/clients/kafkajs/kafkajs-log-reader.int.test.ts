import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Log, LogReader, ReadSink } from '../log.ts';
import { createTestTopic, numbered, testConnection, until } from '../testing/test-kafka.ts';
import { createKafkajsLog } from './kafkajs-log.ts';
import { createKafkajsLogReader } from './kafkajs-log-reader.ts';
import { createTopicAdmin } from './topic-admin.ts';

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

test('reads a partition from an offset, follows it, and delivers nothing after stop', async () => {
  await log.append([numbered(topic, 0, 5)]);
  const sink = collect();
  const read = reader.read({ topic, partition: 0 }, 2n, sink);
  await until(() => sink.values.length === 3);
  await log.append([numbered(topic, 0, 1, 5)]);
  await until(() => sink.values.length === 4);
  read.stop();
  const other = collect();
  reader.read({ topic, partition: 0 }, 5n, other);
  await log.append([numbered(topic, 0, 1, 6)]);
  await until(() => other.values.length === 2);
  expect(sink.values).toEqual(['2', '3', '4', '5']);
  expect(other.values).toEqual(['5', '6']);
});

test('waits for the promise of a delivery before the next, while other partitions go on', async () => {
  let release = (): void => undefined;
  const slow: string[] = [];
  reader.read({ topic, partition: 1 }, 0n, {
    onRecords: (records) => {
      slow.push(...records.map(({ value }) => String(value)));
      return new Promise((resolve) => {
        release = resolve;
      });
    },
    onFatal: (error) => expect.unreachable(error.message),
  });
  const quick = collect();
  reader.read({ topic, partition: 2 }, 0n, quick);
  await log.append([numbered(topic, 1, 1)]);
  await until(() => slow.length === 1);
  await log.append([numbered(topic, 1, 1, 1), numbered(topic, 2, 1)]);
  await until(() => quick.values.length === 1);
  expect(slow).toEqual(['0']);
  release();
  await until(() => slow.length === 2);
});

test('reports an offset outside the log to that read alone', async () => {
  await log.append([numbered(topic, 3, 4), numbered(topic, 4, 1)]);
  const admin = await createTopicAdmin(testConnection());
  await admin.deleteRecords(topic, 3, 2n);
  await admin.close();
  const below = collect();
  const healthy = collect();
  reader.read({ topic, partition: 3 }, 0n, below);
  reader.read({ topic, partition: 4 }, 0n, healthy);
  await until(() => below.faults.length === 1 && healthy.values.length === 1);
  expect(below.faults[0]?.message).toContain('the log holds 2 to 4');
  const beyond = collect();
  reader.read({ topic, partition: 3 }, 5n, beyond);
  await until(() => beyond.faults.length === 1);
});

test('ends a read whose sink fails, at once or later', async () => {
  await log.append([numbered(topic, 5, 1), numbered(topic, 6, 1)]);
  const faults: string[] = [];
  reader.read({ topic, partition: 5 }, 0n, {
    onRecords: () => {
      throw new Error('at once');
    },
    onFatal: (error) => void faults.push(error.message),
  });
  reader.read({ topic, partition: 6 }, 0n, {
    onRecords: () => Promise.reject(new Error('later')),
    onFatal: (error) => void faults.push(error.message),
  });
  await until(() => faults.length === 2);
  expect(faults.sort()).toEqual(['at once', 'later']);
});

test('refuses a second read of a partition, an unknown topic and an unknown partition', () => {
  reader.read({ topic, partition: 7 }, 0n, collect());
  expect(() => reader.read({ topic, partition: 7 }, 0n, collect())).toThrow('being read already');
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
