import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKafkajsLog } from './kafkajs/kafkajs-log.ts';
import { createKafkajsLogReader } from './kafkajs/kafkajs-log-reader.ts';
import type { Log, LogReader } from './log.ts';
import { createTestTopic, numbered, testConnection } from './testing/test-kafka.ts';
import { readPartition } from './read-partition.ts';

let topic: string;
let log: Log;
let reader: LogReader;
beforeAll(async () => {
  topic = await createTestTopic();
  log = await createKafkajsLog(testConnection());
  for (let from = 0; from < 3_000; from += 1_000) await log.append([numbered(topic, 1, 1_000, from)]);
  reader = await createKafkajsLogReader({ ...testConnection(), topics: [topic] });
});
afterAll(async () => {
  await reader.close();
  await log.close();
});

async function offsets(first: bigint, end: bigint): Promise<bigint[]> {
  const seen: bigint[] = [];
  for await (const records of readPartition(reader, { topic, partition: 1 }, { first, end })) {
    seen.push(...records.map(({ offset }) => offset));
  }
  return seen;
}

test('reads every record between two offsets once, and stops there though the log goes on', async () => {
  const expected = Array.from({ length: 2_490 }, (_, i) => BigInt(i + 10));
  expect(await offsets(10n, 2_500n)).toEqual(expected);
  // The same partition again: the read before has let it go.
  expect(await offsets(10n, 2_500n)).toEqual(expected);
  expect(await offsets(5n, 5n)).toEqual([]);
});

test('a reader that leaves early lets the partition go', async () => {
  for await (const records of readPartition(reader, { topic, partition: 1 }, { first: 0n, end: 3_000n })) {
    expect(records.length).toBeGreaterThan(0);
    break;
  }
  expect(await offsets(2_999n, 3_000n)).toEqual([2_999n]);
});

test('says where no record came', async () => {
  const reading = readPartition(reader, { topic, partition: 1 }, { first: 3_000n, end: 3_001n }, 300);
  await expect(reading.next()).rejects.toThrow(`${topic}/1: no record came within 300 ms`);
});
