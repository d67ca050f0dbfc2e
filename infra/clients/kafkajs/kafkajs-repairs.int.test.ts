import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Log } from '../log.ts';
import { createTestTopic, numbered, testConnection, until } from '../testing/test-kafka.ts';
import { kafkajs } from './hardened-kafkajs.ts';
import { createKafkajsGroup } from './kafkajs-group.ts';
import { createKafkajsLog } from './kafkajs-log.ts';

const require = createRequire(import.meta.url);
let log: Log;

beforeAll(async () => {
  log = await createKafkajsLog(testConnection());
});
afterAll(() => log.close());

interface VersionRange {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

test('kafkajs and the live broker share a version of every API that kafkajs speaks', async () => {
  const { requests } = require('kafkajs/src/protocol/requests/index.js') as {
    requests: Record<string, { readonly versions: readonly (string | number)[] }>;
  };
  const apiKeys = require('kafkajs/src/protocol/requests/apiKeys.js') as Record<string, number>;
  const Broker = require('kafkajs/src/broker/index.js') as {
    prototype: { apiVersions: (this: unknown) => Promise<Record<string, VersionRange>> };
  };
  const ask = Broker.prototype.apiVersions;
  let broker: Record<string, VersionRange> = {};
  Broker.prototype.apiVersions = async function keepAnswer() {
    broker = await ask.call(this);
    return broker;
  };
  const other = await createKafkajsLog(testConnection());
  await other.close();
  Broker.prototype.apiVersions = ask;
  const apart = Object.entries(requests).flatMap(([name, { versions }]) => {
    const range = broker[String(apiKeys[name])];
    if (versions.length === 0 || !range) return [];
    const numbers = versions.map(Number);
    const reach = Math.max(...numbers) >= range.minVersion && Math.min(...numbers) <= range.maxVersion;
    return reach
      ? []
      : [`${name}: kafkajs ${numbers.join(',')}, broker ${range.minVersion} to ${range.maxVersion}`];
  });
  expect(Object.keys(broker).length).toBeGreaterThan(30);
  expect(apart).toEqual([]);
});

test('an idle client checks no request queue and arms no negative timer', async () => {
  const { prototype } = require('kafkajs/src/network/requestQueue/index.js') as {
    prototype: { checkPendingRequests: (this: unknown) => void };
  };
  const topic = await createTestTopic({ partitions: 1 });
  const idle = await createKafkajsLog(testConnection());
  await idle.append([numbered(topic, 0, 1)]);
  const check = prototype.checkPendingRequests;
  let checks = 0;
  prototype.checkPendingRequests = function counted() {
    checks += 1;
    check.call(this);
  };
  const warnings: string[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning.name);
  process.on('warning', onWarning);
  await delay(500); // a storm would have shown itself a hundred times over
  prototype.checkPendingRequests = check;
  process.off('warning', onWarning);
  await idle.close();
  expect({ checks, warnings }).toEqual({ checks: 0, warnings: [] });
});

test('an idle group fetches about once a heartbeat, and the first record still arrives at once', async () => {
  const topic = await createTestTopic({ partitions: 4 });
  const { prototype } = require('kafkajs/src/broker/index.js') as {
    prototype: {
      fetch: (this: unknown, request: { minBytes: number; maxWaitTime: number }) => Promise<unknown>;
    };
  };
  const original = prototype.fetch;
  const waits: number[] = [];
  prototype.fetch = function counted(request) {
    waits.push(request.maxWaitTime);
    return original.call(this, request);
  };
  let arrivedAtMs = 0;
  const group = createKafkajsGroup(
    {
      ...testConnection(),
      groupId: `idle-${randomUUID()}`,
      topics: [topic],
      instanceId: 'idle',
      pacing: { minBytes: 65_536, maxWaitMs: 20 },
      sessionTimeoutMs: 6_000,
    },
    {
      onAssigned: (partitions) => partitions.forEach((at) => group.resumeAt(at, 0n)),
      onRecords: () => void (arrivedAtMs = performance.now()),
      onRevoking: () => undefined,
      onFatal: (error) => expect.unreachable(error.message),
    },
  );
  await group.start();
  await until(() => waits.at(-1) === 1_000);
  expect(new Set(waits)).toEqual(new Set([20, 1_000]));
  const sentAtMs = performance.now();
  await log.append([numbered(topic, 2, 1)]);
  await until(() => arrivedAtMs > 0);
  expect(arrivedAtMs - sentAtMs).toBeLessThan(500);
  prototype.fetch = original;
  await group.stop();
});

test('fetches nothing between the join and resumeAt', async () => {
  const topic = await createTestTopic({ partitions: 1 });
  await log.append([numbered(topic, 0, 1)]);
  const { prototype } = require('kafkajs/src/broker/index.js') as {
    prototype: { fetch: (this: unknown, request: object) => Promise<unknown> };
  };
  const original = prototype.fetch;
  let fetches = 0;
  prototype.fetch = function counted(request) {
    fetches += 1;
    return original.call(this, request);
  };
  let records = 0;
  const group = createKafkajsGroup(
    {
      ...testConnection(),
      groupId: `restore-${randomUUID()}`,
      topics: [topic],
      instanceId: 'restore',
      pacing: { minBytes: 1, maxWaitMs: 20 },
    },
    {
      onAssigned: () => undefined,
      onRecords: (_, { length }) => void (records += length),
      onRevoking: () => undefined,
      onFatal: (error) => expect.unreachable(error.message),
    },
  );
  await group.start();
  await delay(200); // the restore; a consumer that is not paused would have fetched ten times
  expect(fetches).toBe(0);
  group.resumeAt({ topic, partition: 0 }, 0n);
  await until(() => records === 1);
  prototype.fetch = original;
  await group.stop();
});

test('is the version whose source the repairs were written for', () => {
  expect((require('kafkajs/package.json') as { version: string }).version).toBe('2.2.4');
  expect(typeof kafkajs.Kafka).toBe('function');
});

test('a consumer that finds no coordinator for a moment is started again', async () => {
  const Cluster = require('kafkajs/src/cluster/index.js') as {
    prototype: { findGroupCoordinatorMetadata: (this: unknown, group: object) => Promise<unknown> };
  };
  // what a broker pool gives when every connection breaks while it asks
  const severed = { brokerPool: { withBroker: async () => null } };
  await expect(
    Cluster.prototype.findGroupCoordinatorMetadata.call(severed, { groupId: 'any' }),
  ).rejects.toMatchObject({ name: 'KafkaJSGroupCoordinatorNotFound', retriable: true });
});
