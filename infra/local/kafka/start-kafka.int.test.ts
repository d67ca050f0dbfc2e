import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, expect, test } from 'vitest';
import { freePort } from '../free-port.ts';
import { isAlive, type ProcessIdentity } from '../process-identity.ts';
import { startKafka } from './start-kafka.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'kafka-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const adminOf = async (broker: string) => {
  const admin = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  return admin;
};

test('topics and their settings outlive a stop, a kill and another port; a typo becomes no topic', async () => {
  const first = await startKafka({ folder, port: await freePort(0) });
  const admin = await adminOf(first.url);
  await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 3 }], waitForLeaders: false });
  const before = await admin.describeCluster();
  await admin.disconnect();
  await first.stop();
  expect(isAlive(first)).toBe(false);

  const second = await startKafka({ folder, port: await freePort(0) });
  process.kill(second.pid, 'SIGKILL');
  expect(await second.exited).toBe('SIGKILL');

  const third = await startKafka({ folder, port: await freePort(0) });
  try {
    // the first one left its classes, if none had before it
    expect(readFileSync(`/proc/${third.pid}/maps`, 'utf8')).toMatch(/classes-kafka-[^/]*\.jsa/);
    const again = await adminOf(third.url);
    const { topics } = await again.fetchTopicMetadata({ topics: ['kept'] });
    expect(topics[0]?.partitions).toHaveLength(3);
    expect((await again.describeCluster()).clusterId).toBe(before.clusterId);
    const producer = new Kafka({ brokers: [third.url], logLevel: logLevel.NOTHING }).producer({
      allowAutoTopicCreation: true,
      retry: { retries: 5, initialRetryTime: 50 },
    });
    await producer.connect();
    const sent = producer.send({ topic: 'kpet', messages: [{ value: 'x' }] });
    await expect(sent).rejects.toThrow('This server does not host this topic-partition');
    await producer.disconnect();
    expect(await again.listTopics()).not.toContain('kpet');
    await again.disconnect();
  } finally {
    await third.stop();
  }
});

test('a taken port is a clear error, and no process is left', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  const spawned: ProcessIdentity[] = [];
  const start = startKafka({ folder, port, onSpawn: (identity) => spawned.push(identity) });
  await expect(start).rejects.toThrow(/kafka ended at its start.*Fix: read .*engine\.log/s);
  expect(spawned.map(isAlive)).toEqual([false]);
  server.close();
});
