import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkTopics, TopicsDiffer } from '../clients/check-topics.ts';
import { createTopicAdmin } from '../clients/kafkajs/topic-admin.ts';
import { createTestTopic, testConnection } from '../clients/testing/test-kafka.ts';
import { repositoryRoot } from '../config/config.ts';
import { testEngines } from '../local/testing/test-engines.ts';

const dataDir = mkdtempSync(path.join(os.tmpdir(), 'deploy-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the deploy step as a process, as the launcher does. */
function deploy(extra: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const engines = testEngines();
  const secret = 's'.repeat(32);
  const env = {
    PATH: process.env['PATH'],
    MILLRACE_KAFKA_BROKERS: engines.kafkaBrokers,
    MILLRACE_REGISTRY_URL: engines.registryUrl,
    MILLRACE_REDIS_URL: engines.redisUrl,
    MILLRACE_CLICKHOUSE_URL: engines.clickhouseUrl,
    MILLRACE_CLICKHOUSE_DATABASE: 'deploy_test',
    MILLRACE_DATA_DIR: dataDir,
    MILLRACE_FINGERPRINT_SECRET: secret,
    MILLRACE_CURSOR_SECRET: secret,
    MILLRACE_PSP_SECRET: secret,
    MILLRACE_CUSTOMER_KEY_SECRET: secret,
    ...extra,
  };
  return new Promise((resolve) => {
    const main = path.join(repositoryRoot, 'infra/deploy/main.ts');
    execFile(process.execPath, [main], { env, cwd: repositoryRoot }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : 0;
      resolve({ code, stdout, stderr });
    });
  });
}

const keysIn = (ran: Ran): unknown =>
  (JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '') as { keys: unknown }).keys;

test('deploys on empty engines, and again with the same keys and nothing changed', async () => {
  const first = await deploy();
  expect(first.stderr).not.toContain('rror');
  expect(first.code).toBe(0);
  expect(keysIn(first)).toEqual({
    full: expect.stringMatching(/^mr_test_/),
    analyst: expect.stringMatching(/^mr_test_/),
    ops: expect.stringMatching(/^mr_test_/),
    shop: expect.stringMatching(/^mr_test_/),
  });
  expect(statSync(path.join(dataDir, 'keys.json')).mode & 0o777).toBe(0o600);
  const second = await deploy();
  expect(keysIn(second)).toEqual(keysIn(first));
  const admin = await createTopicAdmin(testConnection());
  await checkTopics(admin, 4);
  await admin.close();
});

test('makes new keys when the file with their texts is lost', async () => {
  const before = keysIn(await deploy());
  writeFileSync(path.join(dataDir, 'keys.json'), '{torn');
  const after = await deploy();
  expect(keysIn(after)).not.toEqual(before);
  expect(keysIn(await deploy())).toEqual(keysIn(after));
});

test('refuses topics that differ and names the difference', async () => {
  const ran = await deploy({ MILLRACE_PARTITIONS: '6' });
  expect(ran.code).toBe(1);
  expect(ran.stdout).toBe('');
  expect(ran.stderr).toContain('orders.commands.v1 has 4 partitions, wanted 6');
});

test('a start check finds what the catalogue does not say', async () => {
  const admin = await createTopicAdmin(testConnection());
  await expect(checkTopics(admin, 5)).rejects.toThrow(TopicsDiffer);
  const name = await createTestTopic({
    retentionMs: 1_000,
    timestampType: 'CreateTime',
    cleanup: 'compact',
    partitions: 2,
    settings: { 'max.compaction.lag.ms': '60000' },
  });
  expect((await admin.describe([name, 'no.such.topic'])).get(name)).toMatchObject({
    name,
    partitions: 2,
    timestampType: 'CreateTime',
    retentionMs: 1_000,
    cleanup: 'compact',
    settings: { 'max.compaction.lag.ms': '60000', 'delete.retention.ms': '86400000' },
  });
  await admin.close();
});

test('exits with 78 and every fault of a broken configuration', async () => {
  const ran = await deploy({ MILLRACE_PARTITIONS: 'x', MILLRACE_CURSOR_SECRET: 'short' });
  expect(ran.code).toBe(78);
  expect(ran.stderr).toContain('MILLRACE_PARTITIONS');
  expect(ran.stderr).toContain('MILLRACE_CURSOR_SECRET');
});

test('says which engine is away', async () => {
  const ran = await deploy({ MILLRACE_REGISTRY_URL: 'http://127.0.0.1:1/apis' });
  expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('MILLRACE_REGISTRY_URL') });
});
