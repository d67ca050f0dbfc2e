import { beforeAll, expect, test } from 'vitest';
import type { StoreConfig } from '../../schemas/generated/stores-config.ts';
import { storesConfigTopic } from '../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import { registerSchemas } from '../deploy/register-schemas.ts';
import { type CompactedRecord, followCompacted } from './follow-compacted.ts';
import { createKafkajsLog } from './kafkajs/kafkajs-log.ts';
import { createKafkajsLogReader } from './kafkajs/kafkajs-log-reader.ts';
import type { Log } from './log.ts';
import { connectSchemaRegistry, type SchemaRegistry } from './schema-registry.ts';
import { createKeptLogger, createTestTopic, testConnection, until } from './testing/test-kafka.ts';
import { testEngines } from '../local/testing/test-engines.ts';

let log: Log;
let registry: SchemaRegistry;

beforeAll(async () => {
  await registerSchemas({ url: testEngines().registryUrl });
  registry = await connectSchemaRegistry({ url: testEngines().registryUrl, logger: createKeptLogger() });
  log = await createKafkajsLog(testConnection());
  return () => log.close();
});

const revoked = (keyId: string): StoreConfig => ({
  store: 'S1',
  atMs: 1,
  requestId: null,
  body: { type: 'KeyRevoked', keyId, reason: 'test' },
});

async function follow(topic: string) {
  const codec: TopicCodec<StoreConfig> = { ...registry.createCodecs()[storesConfigTopic], topic };
  const reader = await createKafkajsLogReader({
    ...testConnection(),
    topics: [topic],
    sparseTopics: [topic],
  });
  const seen: CompactedRecord<StoreConfig>[] = [];
  const faults: Error[] = [];
  const append = async (key: string, value: Buffer | null): Promise<void> => {
    const records = [{ key, value: value as Buffer }];
    expect(await log.append([{ topic, partition: 0, records }])).toMatchObject([{ is: 'appended' }]);
  };
  const start = () =>
    followCompacted({
      codec,
      askForWriter: registry.learnWriter,
      log,
      reader,
      apply: (record) => void seen.push(record),
      onHalted: (error) => void faults.push(error),
    });
  return { codec, seen, faults, append, start, close: () => reader.close() };
}

test('applies what stands there, deletions as null, tells when it has, and follows', async () => {
  const { codec, seen, append, start, close } = await follow(await createTestTopic({ partitions: 1 }));
  await append('k1', codec.encode(revoked('k1')));
  await append('k2', null);
  const following = await start();
  await following.caughtUp;
  expect(seen).toEqual([
    { partition: 0, offset: 0n, key: 'k1', value: revoked('k1') },
    { partition: 0, offset: 1n, key: 'k2', value: null },
  ]);
  await append('k3', codec.encode(revoked('k3')));
  await until(() => seen.length === 3);
  following.stop();
  await close();
});

test('has caught up at once with an empty topic', async () => {
  const { start, close } = await follow(await createTestTopic({ partitions: 1 }));
  await (await start()).caughtUp;
  await close();
});

test('halts at a record that cannot be read: it might have been a revocation', async () => {
  const { codec, seen, faults, append, start, close } = await follow(
    await createTestTopic({ partitions: 1 }),
  );
  await append('k1', codec.encode(revoked('k1')));
  await append('k2', Buffer.from('{}'));
  await append('k3', codec.encode(revoked('k3')));
  await start();
  await until(() => faults.length === 1);
  expect(faults[0]?.message).toContain('offset 1 cannot be read: too-short');
  expect(seen.map(({ key }) => key)).toEqual(['k1']);
  await close();
});
