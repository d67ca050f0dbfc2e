import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ledgerTableNames } from '../../schemas/clickhouse-columns.ts';
import {
  inboxOf,
  journalOf,
  processorNames,
  quarantineOf,
  snapshotsOf,
  topicCatalogue,
} from '../../schemas/topic-catalogue.ts';
import { roles } from '../local/roles.ts';
import { readUsersFile } from '../local/clickhouse-front/users-file.ts';
import { clickhouseUsersFile } from './clickhouse-users.ts';
import { kafkaAccess } from './kafka-access.ts';
import { kafkaAclCommands, kafkaBindings } from './kafka-bindings.ts';
import { principals } from './principals.ts';
import { redisUsersFile } from './redis-users.ts';
import { digestOf, engineUsers, makeSecrets, passwordOf, SecretMissing } from './secrets-folder.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-access-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const writersOf = (topic: string): readonly string[] =>
  principals.filter((principal) => kafkaAccess[principal]?.writes.includes(topic));

test('a journal, its snapshots and its quarantine have one writer, their processor; every topic has one at least', () => {
  for (const name of processorNames)
    for (const topic of [journalOf(name), snapshotsOf(name), quarantineOf(name)])
      expect([topic, writersOf(topic)]).toEqual([topic, [name]]);
  for (const { name } of topicCatalogue) expect([name, writersOf(name).length > 0]).toEqual([name, true]);
});

test('the inboxes take commands from those who send some, by the tables of reactions', () => {
  expect(writersOf(inboxOf('orders'))).toEqual(['api', 'stock', 'orders', 'payments', 'operator']);
  expect(writersOf(inboxOf('stock'))).toEqual(['api', 'stock', 'orders', 'operator']);
  expect(writersOf(inboxOf('catalogue'))).toEqual(['api', 'catalogue', 'operator']);
});

test('every role but the local provider has a principal; nobody is given more than to read, write, create and look', () => {
  const services = roles.map(({ role }) => role).filter((role) => role !== 'psp');
  expect(principals).toEqual(expect.arrayContaining(services));
  expect([...new Set(kafkaBindings.map(({ operation }) => operation))].toSorted()).toEqual([
    'create',
    'describe',
    'describe-configs',
    'read',
    'write',
  ]);
  const creators = kafkaBindings.filter(({ operation }) => operation === 'create');
  expect([...new Set(creators.map(({ principal }) => principal))]).toEqual(['User:millrace-deploy']);
});

test('the commands for Kafka’s own tool say every binding', () => {
  const lines = kafkaAclCommands().split('\n');
  expect(lines.join(' ').match(/--operation /g)).toHaveLength(kafkaBindings.length);
  expect(lines).toContain(
    'kafka-acls.sh --bootstrap-server "$BROKER" --command-config "$ADMIN" --add --allow-principal User:millrace-orders --operation Describe --operation DescribeConfigs --operation Write --operation Read --topic orders.events.v1 --resource-pattern-type literal',
  );
  expect(lines.filter((line) => line.includes('--group millrace.views.'))).toHaveLength(1);
});

test('passwords are made once, for their owner alone; the files have digests and no password', () => {
  const made = makeSecrets(folder, ['demo']);
  const passwords = made.map(passwordOf);
  expect(new Set(passwords).size).toBe(made.length);
  expect(made.map(({ file }) => statSync(file).mode & 0o777)).toEqual(made.map(() => 0o600));
  expect(makeSecrets(folder, ['demo'])).toEqual([]);
  const redis = redisUsersFile(folder);
  const clickhouse = clickhouseUsersFile({ secretsFolder: folder, database: 'm', analystStores: ['demo'] });
  for (const user of engineUsers(folder, ['demo'])) {
    const text = user.engine === 'redis' ? redis : clickhouse;
    expect(text.includes(passwordOf(user))).toBe(false);
    if (user.engine !== 'kafka') expect(text.split(digestOf(user))).toHaveLength(2);
  }
});

test('a password that is missing or short is named, and no file is made with it', () => {
  const own = mkdtempSync(path.join(folder, 'own-'));
  const [user] = makeSecrets(own).filter(({ engine }) => engine === 'redis');
  if (user === undefined) throw new Error('no user of Redis');
  writeFileSync(user.file, 'too short\n');
  expect(() => redisUsersFile(own)).toThrow(/millrace-api\.redis holds fewer than 32 characters/);
  rmSync(user.file);
  expect(() => redisUsersFile(own)).toThrow(SecretMissing);
  expect(readFileSync(engineUsers(own)[0]?.file ?? '', 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
});

test('the local front reads of the ClickHouse file what the command wrote', () => {
  makeSecrets(folder, ['demo']);
  const file = path.join(folder, 'millrace.xml');
  writeFileSync(file, clickhouseUsersFile({ secretsFolder: folder, database: 'm', analystStores: ['demo'] }));
  const users = readUsersFile(file);
  expect([...users.keys()]).toEqual([
    'millrace-api',
    'millrace-sink',
    'millrace-deploy',
    'millrace-operator',
    'millrace-auditor',
    'millrace-analyst-demo',
  ]);
  expect(users.get('millrace-sink')).toMatchObject({ profile: 'millrace-service', readonly: false });
  const analyst = users.get('millrace-analyst-demo');
  expect(analyst).toMatchObject({ role: 'millrace-analyst-demo', readonly: true });
  expect(analyst?.settings.get('max_execution_time')).toBe('10');
  expect([...(analyst?.filters ?? [])]).toEqual(
    [...ledgerTableNames, 'sales_by_minute'].map((table) => [`m.${table}`, "store = 'demo'"]),
  );
});
