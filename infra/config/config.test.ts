import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ConfigError, describeConfig, givenVariables, loadConfig, repositoryRoot } from './config.ts';
import { envExample } from './env-example.ts';

const secretText = 's'.repeat(32);
const secrets = {
  MILLRACE_FINGERPRINT_SECRET: secretText,
  MILLRACE_CURSOR_SECRET: secretText,
  MILLRACE_PSP_SECRET: secretText,
  MILLRACE_CUSTOMER_KEY_SECRET: secretText,
};
const noFile = { envFile: '/nowhere/.env' };
const folder = mkdtempSync(path.join(os.tmpdir(), 'config-'));

const faultsOf = (env: Record<string, string>) => {
  try {
    loadConfig({}, { env, ...noFile });
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
};

test('gives typed camelCase fields with the documented defaults', () => {
  const config = loadConfig({}, { env: secrets, ...noFile });
  expect(config).toMatchObject({
    kafkaBrokers: ['127.0.0.1:9092'],
    httpPort: 8080,
    partitions: 4,
    sliceRecordsMax: 500,
    holdTtlMs: 900_000,
    decideByMs: 7_200_000,
    storeTimeZone: 'Europe/London',
    dataDir: path.join(repositoryRoot, '.millrace'),
  });
  expect(() => Object.assign(config, { httpPort: 1 })).toThrow(TypeError);
});

test('takes a flag over the environment, that over .env, that over the local stack, that over the default', () => {
  const envFile = path.join(folder, '.env');
  writeFileSync(envFile, 'MILLRACE_HTTP_PORT=3\nMILLRACE_PARTITIONS=3\nMILLRACE_BLOCK_ROWS_MAX=3\n');
  const env = { ...secrets, MILLRACE_HTTP_PORT: '2', MILLRACE_PARTITIONS: '2' };
  const localStack = { HTTP_PORT: '4', PARTITIONS: '4', BLOCK_ROWS_MAX: '4', FLUSH_INTERVAL_MS: '444' };
  const config = loadConfig({ HTTP_PORT: '1' }, { env, envFile, localStack });
  expect([
    config.httpPort,
    config.partitions,
    config.blockRowsMax,
    config.flushIntervalMs,
    config.pspTimeoutMs,
  ]).toEqual([1, 2, 3, 444, 20_000]);
  expect(Object.keys(givenVariables({ HTTP_PORT: '1' }, { env, envFile, localStack }))).not.toContain(
    'FLUSH_INTERVAL_MS',
  );
});

test('a user goes with a password, a certificate with its key, and neither into a URL', () => {
  const halves = {
    MILLRACE_KAFKA_USERNAME: 'orders',
    MILLRACE_REGISTRY_PASSWORD: 'p4ss',
    MILLRACE_CLICKHOUSE_USERNAME: 'sink',
    MILLRACE_HTTP_TLS_KEY: '-----BEGIN PRIVATE KEY-----\n',
  };
  expect(faultsOf({ ...secrets, ...halves }).map(({ name }) => name)).toEqual([
    'MILLRACE_HTTP_TLS_CERTIFICATE',
    'MILLRACE_KAFKA_PASSWORD',
    'MILLRACE_REGISTRY_USERNAME',
    'MILLRACE_CLICKHOUSE_PASSWORD',
  ]);
  const [inUrl] = faultsOf({ ...secrets, MILLRACE_REDIS_URL: 'redis://me:p4ss@redis:6379' });
  expect(inUrl).toMatchObject({
    name: 'MILLRACE_REDIS_URL',
    got: '"redis://(user)@redis:6379" (environment)',
  });
});

test('names every fault at once with what it got, wanted and an example', () => {
  const faults = faultsOf({
    MILLRACE_HTTP_PORT: 'abc',
    MILLRACE_STORE_TIME_ZONE: 'Mars/Base',
    MILLRACE_PORTT: '1',
  });
  expect(faults.map((f) => f.name)).toEqual([
    'MILLRACE_PORTT',
    'MILLRACE_HTTP_PORT',
    'MILLRACE_STORE_TIME_ZONE',
    'MILLRACE_FINGERPRINT_SECRET',
    'MILLRACE_CURSOR_SECRET',
    'MILLRACE_PSP_SECRET',
    'MILLRACE_CUSTOMER_KEY_SECRET',
  ]);
  expect(faults[1]).toEqual({
    name: 'MILLRACE_HTTP_PORT',
    got: '"abc" (environment)',
    wanted: 'a whole number from 0 to 65535',
    example: '8080',
  });
  expect(new ConfigError(faults)).toMatchObject({
    exitCode: 78,
    message: expect.stringContaining('7 faults'),
  });
});

test.each([
  ['KAFKA_BROKERS', 'localhost'],
  ['KAFKA_BROKERS', 'a:1,,b:2'],
  ['REGISTRY_URL', 'ftp://x'],
  ['REDIS_URL', 'http://x'],
  ['CLICKHOUSE_DATABASE', 'a-b'],
  ['HTTP_PORT', '65536'],
  ['HTTP_PORT', '-1'],
  ['PARTITIONS', '0'],
  ['PARTITIONS', '4.5'],
  ['PARTITIONS', ''],
  ['STORE_CURRENCY', 'gbp'],
  ['LOG_LEVEL', 'loud'],
  ['INSTANCE_ID', 'a b'],
  ['CURSOR_SECRET', 'short'],
  ['CRASH_AT', 'runtime.nowhere:1'],
  ['KAFKA_VIA', 'proxy'],
  ['PSP_WEBHOOK_URL', 'ftp://x/{store}'],
])('refuses %s=%j', (name, value) => {
  expect(faultsOf({ ...secrets, [`MILLRACE_${name}`]: value }).map((f) => f.name)).toEqual([
    `MILLRACE_${name}`,
  ]);
});

test('refuses what a chaos run sets wherever a broker is on another machine', () => {
  const chaos = { ...secrets, MILLRACE_CRASH_AT: 'api.after-ack:1', MILLRACE_KAFKA_VIA: '127.0.0.1:1' };
  expect(faultsOf(chaos)).toEqual([]);
  expect(
    faultsOf({ ...chaos, MILLRACE_KAFKA_BROKERS: 'localhost:9092,kafka-2:9092' }).map((f) => f.name),
  ).toEqual(['MILLRACE_CRASH_AT', 'MILLRACE_KAFKA_VIA']);
});

test('reads a secret from the file that X_FILE names, and only a secret', () => {
  const file = path.join(folder, 'cursor');
  writeFileSync(file, `${'c'.repeat(40)}\n`);
  const { MILLRACE_CURSOR_SECRET: _, ...others } = secrets;
  expect(
    loadConfig({}, { env: { ...others, MILLRACE_CURSOR_SECRET_FILE: file }, ...noFile }).cursorSecret,
  ).toBe('c'.repeat(40));
  expect(faultsOf({ ...others, MILLRACE_CURSOR_SECRET_FILE: '/nowhere' }).map((f) => f.name)).toContain(
    'MILLRACE_CURSOR_SECRET_FILE',
  );
  expect(faultsOf({ ...secrets, MILLRACE_HTTP_PORT_FILE: file }).map((f) => f.name)).toEqual([
    'MILLRACE_HTTP_PORT_FILE',
  ]);
});

test('describes each variable with its source, and no secret is shown, not even a faulty one', () => {
  const described = describeConfig(
    { HTTP_PORT: '9' },
    { env: { ...secrets, MILLRACE_CURSOR_SECRET: 'too-short' }, ...noFile },
  );
  expect(described.variables.find((v) => v.name === 'MILLRACE_HTTP_PORT')).toMatchObject({
    value: '9',
    source: 'flag',
  });
  expect(described.faults).toHaveLength(1);
  expect(JSON.stringify(described)).not.toContain('too-short');
  expect(JSON.stringify(described)).not.toContain(secretText);
});

test('.env.example is what the variable table says', () => {
  expect(readFileSync(path.join(repositoryRoot, '.env.example'), 'utf8')).toBe(envExample());
});

test('a demo shop needs the simulated provider: test tokens are nobody’s money', () => {
  const key = `mr_test_${'0'.repeat(16)}_${'A'.repeat(49)}`;
  const shop = { ...secrets, MILLRACE_SHOP_KEY: key };
  expect(faultsOf(shop)).toEqual([]);
  const [fault, ...others] = faultsOf({ ...shop, MILLRACE_PSP: 'stripe' });
  expect(others).toEqual([]);
  expect(fault).toMatchObject({ name: 'MILLRACE_SHOP_KEY', got: '(secret)' });
  expect(JSON.stringify(fault)).not.toContain(key);
  expect(faultsOf({ ...secrets, MILLRACE_SHOP_KEY: 'demo' })).toMatchObject([{ name: 'MILLRACE_SHOP_KEY' }]);
});
