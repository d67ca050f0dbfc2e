import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AppendOutcome, Log } from '../log.ts';
import { type FaultLink, startFaultLink } from '../../chaos/fault-link.ts';
import { createTestTopic, numbered, testConnection, until } from '../testing/test-kafka.ts';
import { createKafkajsGroup } from './kafkajs-group.ts';
import { createKafkajsLog } from './kafkajs-log.ts';
import { createKafkajsLogReader } from './kafkajs-log-reader.ts';

let direct: Log;
let proxy: FaultLink;

beforeAll(async () => {
  direct = await createKafkajsLog(testConnection());
  proxy = await startFaultLink(testConnection().brokers[0] ?? '');
});
afterAll(async () => {
  proxy.close();
  await direct.close();
});

const throughProxy = () => ({ ...testConnection(), via: proxy.address });

test('an append whose answer was lost is unknown, stands in the log, and its second copy goes above it', async () => {
  const topic = await createTestTopic({ partitions: 1 });
  const log = await createKafkajsLog(throughProxy());
  expect(await log.append([numbered(topic, 0, 2)])).toMatchObject([{ is: 'appended', baseOffset: 0n }]);
  proxy.loseNextAnswer(1);
  expect(await log.append([numbered(topic, 0, 2, 2)])).toMatchObject([{ is: 'unknown' }]);
  await until(async () => (await direct.offsetsOf(topic)).get(0)?.end === 4n);
  let again: AppendOutcome | undefined;
  await until(async () => {
    [again] = await log.append([numbered(topic, 0, 2, 2)]);
    return again?.is === 'appended';
  });
  expect(again).toMatchObject({ baseOffset: 4n });
  await log.close();
});

test('an append while no broker can be reached is unknown, never an exception, and works again afterwards', async () => {
  const topic = await createTestTopic({ partitions: 1 });
  const log = await createKafkajsLog(throughProxy());
  await log.append([numbered(topic, 0, 1)]);
  proxy.set({ isCut: true });
  expect(await log.append([numbered(topic, 0, 1, 1)])).toMatchObject([{ is: 'unknown' }]);
  proxy.heal();
  await until(async () => (await log.append([numbered(topic, 0, 1, 1)]))[0]?.is === 'appended');
  await log.close();
});

test('a group and a reader outlive an outage without losing or repeating a record', async () => {
  const topic = await createTestTopic({ partitions: 1 });
  const at = { topic, partition: 0 };
  await direct.append([numbered(topic, 0, 5)]);
  const seen: string[] = [];
  const read: string[] = [];
  const faults: Error[] = [];
  let next = 0n;
  const group = createKafkajsGroup(
    {
      ...throughProxy(),
      groupId: `outage-${randomUUID()}`,
      topics: [topic],
      instanceId: 'outage',
      pacing: { minBytes: 1, maxWaitMs: 20 },
      sessionTimeoutMs: 1_500,
    },
    {
      onAssigned: () => group.resumeAt(at, next),
      onRecords: (_, records) => {
        seen.push(...records.map(({ value }) => String(value)));
        next = (records.at(-1)?.offset ?? 0n) + 1n;
      },
      onRevoking: () => undefined,
      onFatal: (error) => void faults.push(error),
    },
  );
  const reader = await createKafkajsLogReader({ ...throughProxy(), topics: [topic] });
  reader.read(at, 0n, {
    onRecords: (records) => void read.push(...records.map(({ value }) => String(value))),
    onFatal: (error) => void faults.push(error),
  });
  await group.start();
  await until(() => seen.length === 5 && read.length === 5);
  proxy.set({ isCut: true });
  await direct.append([numbered(topic, 0, 5, 5)]);
  const cutAtMs = Date.now();
  await until(() => Date.now() - cutAtMs > 8_000); // past the session time-out and kafkajs's own retries
  proxy.heal();
  await until(
    () => seen.length >= 10 && read.length >= 10,
    () => [seen, read, faults],
  );
  expect(seen).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
  expect(read).toEqual(seen);
  expect(faults).toEqual([]);
  await Promise.all([group.stop(), reader.close()]);
});
