import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { consumerGroups } from '../../schemas/consumer-groups.ts';
import { loadConfig, repositoryRoot } from '../config/config.ts';
import { kafkaVersion } from '../local/kafka/kafka-jars.ts';
import { serverProperties } from '../local/kafka/server-properties.ts';
import { deployMain, roles } from '../local/roles.ts';
import { registryVersion } from '../local/start-registry.ts';

const service = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
});
const text = readFileSync(path.join(repositoryRoot, 'docker-compose.yml'), 'utf8');
const compose = z
  .looseObject({ services: z.record(z.string(), service), volumes: z.record(z.string(), z.unknown()) })
  .parse(parse(text, { merge: true, strict: true, uniqueKeys: true }));
const { services } = compose;
const engines = ['kafka', 'registry', 'redis', 'clickhouse'];

test('starts every role of the local stack and nothing else', () => {
  const names = [...engines, 'secrets', 'deploy', ...roles.map(({ role }) => role)];
  expect(Object.keys(services).sort()).toEqual(names.sort());
  for (const { role, main } of roles) expect(services[role]?.command).toEqual(['node', main]);
  expect(services['deploy']?.command).toEqual(['node', deployMain]);
});

test('every file that a container runs stands in the repository', () => {
  for (const { command } of Object.values(services)) {
    const file = command?.[0] === 'node' ? command[1] : undefined;
    if (file !== undefined) expect(statSync(path.join(repositoryRoot, file)).isFile()).toBe(true);
  }
});

test('gives each of our processes a complete configuration, with no variable that nobody reads', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'compose-'));
  const make = spawnSync(process.execPath, [
    path.join(import.meta.dirname, 'make-secrets.js'),
    path.join(folder, 'secrets'),
  ]);
  expect(make.status).toBe(0);
  for (const name of ['deploy', ...roles.map(({ role }) => role)]) {
    const inContainer = services[name]?.environment ?? {};
    const env = Object.fromEntries(
      Object.entries(inContainer).map(([key, value]) => [key, value.replace(/^\/data\b/, folder)]),
    );
    const config = loadConfig({}, { env, envFile: '/nowhere' });
    expect([config.kafkaBrokers, config.metricsPort]).toEqual([['kafka:29092'], 9100]);
    // Replicas that shared an id would take each other's partitions: theirs is the container's host name.
    if (Object.hasOwn(consumerGroups, name)) expect(inContainer['MILLRACE_INSTANCE_ID']).toBeUndefined();
    else if (name !== 'deploy') expect(config.instanceId).toBe(`${name}-1`);
    expect(config.cursorSecret).toMatch(/^[0-9a-f]{64}$/);
    // as in the local stack: the simulator's news reach the API
    expect(config.pspWebhookUrl).toBe(name === 'psp' ? 'http://api:8080/v1/webhooks/fake/{store}' : null);
  }
});

test('makes the secrets once, for their owner alone', () => {
  const folder = path.join(mkdtempSync(path.join(os.tmpdir(), 'compose-')), 'secrets');
  const make = () =>
    spawnSync(process.execPath, [path.join(import.meta.dirname, 'make-secrets.js'), folder]).status;
  const read = () => readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]);
  expect(make()).toBe(0);
  const first = read();
  expect(new Set(first.map(([, secret]) => secret)).size).toBe(4);
  expect(statSync(path.join(folder, 'cursor')).mode & 0o077).toBe(0);
  expect(make()).toBe(0);
  expect(read()).toEqual(first);
});

test('runs the same versions and the same broker settings as the stack without containers', () => {
  expect(services['kafka']?.image).toBe(`apache/kafka:${kafkaVersion}`);
  expect(services['registry']?.image).toBe(`apicurio/apicurio-registry-mem:${registryVersion}`);
  const place = new Set([
    'controller.quorum.bootstrap.servers',
    'listeners',
    'advertised.listeners',
    'log.dirs',
  ]);
  // One node has these by itself, or they only bound its memory.
  const own = new Set([
    'default.replication.factor',
    'min.insync.replicas',
    'num.network.threads',
    'num.io.threads',
    'log.cleaner.dedupe.buffer.size',
    'broker.session.timeout.ms',
    'broker.heartbeat.interval.ms',
  ]);
  for (const line of serverProperties({ port: 1, controllerPort: 2, dataFolder: '' }).trim().split('\n')) {
    const [name = '', value] = line.split('=');
    if (place.has(name) || own.has(name)) continue;
    const variable = `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`;
    expect([variable, services['kafka']?.environment?.[variable]]).toEqual([variable, value]);
  }
});

test('publishes the usual ports, to this machine alone, and each advertised address is one of them', () => {
  const published = Object.fromEntries(
    Object.entries(services).flatMap(([name, { ports }]) => (ports ?? []).map((port) => [name, port])),
  );
  expect(published).toEqual({
    kafka: '127.0.0.1:9092:9092',
    registry: '127.0.0.1:8081:8080',
    redis: '127.0.0.1:6379:6379',
    clickhouse: '127.0.0.1:8123:8123',
    api: '127.0.0.1:8080:8080',
  });
});

test('roles wait for the deploy step, it for healthy engines; every engine and role has a health check', () => {
  const deploy = services['deploy']?.depends_on ?? {};
  expect(engines.map((name) => deploy[name]?.condition)).toEqual(engines.map(() => 'service_healthy'));
  for (const { role } of roles)
    expect(services[role]?.depends_on).toEqual({ deploy: { condition: 'service_completed_successfully' } });
  for (const name of [...engines, ...roles.map(({ role }) => role)])
    expect([name, services[name]?.healthcheck !== undefined]).toEqual([name, true]);
});

test('every volume is declared, and every declared one is used', () => {
  const used = new Set(
    Object.values(services).flatMap(({ volumes }) => (volumes ?? []).map((volume) => volume.split(':')[0])),
  );
  expect(used).toEqual(new Set(Object.keys(compose.volumes)));
});
