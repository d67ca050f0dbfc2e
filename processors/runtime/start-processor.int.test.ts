import { randomUUID } from 'node:crypto';
import { Registry } from '@prometheus-io/client';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { topicsWanted } from '../../infra/clients/check-topics.ts';
import { createKafkajsLog } from '../../infra/clients/kafkajs/kafkajs-log.ts';
import { createKafkajsLogReader } from '../../infra/clients/kafkajs/kafkajs-log-reader.ts';
import { createTopicAdmin } from '../../infra/clients/kafkajs/topic-admin.ts';
import type { RoleContext } from '../../infra/clients/run-role.ts';
import { connectSchemaRegistry } from '../../infra/clients/schema-registry.ts';
import { loadConfig } from '../../infra/config/config.ts';
import { registerSchemas } from '../../infra/deploy/register-schemas.ts';
import type { CommandEnvelope, EventEnvelope } from '../../schemas/envelope.ts';
import type { CommandBody } from '../../schemas/generated/stock-commands.ts';
import type { EventBody } from '../../schemas/generated/stock-events.ts';
import { partitionOf } from '../../schemas/murmur2.ts';
import { readRange } from './read-range.ts';
import { startProcessor } from './start-processor.ts';
import { counter } from './testing/tiny-processors.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';

const partitions = 4;
const logger = pino({ level: 'silent' });
const connection = { brokers: testEngines().kafkaBrokers.split(','), clientId: 'start-test', logger };

function contextOf(): RoleContext {
  const secret = 's'.repeat(32);
  const secrets = Object.fromEntries(
    ['FINGERPRINT', 'CURSOR', 'PSP', 'CUSTOMER_KEY'].map((name) => [`MILLRACE_${name}_SECRET`, secret]),
  );
  const { kafkaBrokers, registryUrl } = testEngines();
  const env = {
    ...secrets,
    MILLRACE_KAFKA_BROKERS: kafkaBrokers,
    MILLRACE_REGISTRY_URL: registryUrl,
    MILLRACE_PARTITIONS: String(partitions),
    MILLRACE_SESSION_TIMEOUT_MS: '2000',
  };
  const config = loadConfig({}, { env, envFile: '/nowhere/.env' });
  return { config, logger, metrics: new Registry(), instanceId: `stock-${randomUUID().slice(0, 8)}` };
}

const topics = topicsWanted(partitions);

/** The topics of the catalogue. Other tests of the run may share them: the SKU is this test's own. */
beforeAll(async () => {
  await registerSchemas({ url: testEngines().registryUrl });
  const admin = await createTopicAdmin(connection);
  const found = await admin.describe(topics.map(({ name }) => name));
  await admin.create(topics.filter(({ name }) => !found.get(name)));
  await admin.close();
});

const log = await createKafkajsLog(connection);
afterAll(() => log.close());

test('takes its partitions over, decides what stands on its inbox, tells its metrics, and stops', async () => {
  const context = contextOf();
  const role = await startProcessor(context, counter);
  await expect.poll(() => role.readiness()).toEqual({ ready: true, checks: { stock: '4 partitions' } });

  const registry = await connectSchemaRegistry({ url: testEngines().registryUrl, logger });
  const codec = registry.createCodec<CommandEnvelope<CommandBody>>('stock.commands.v1');
  const sku = `sku-${randomUUID().slice(0, 8)}`;
  const partition = partitionOf(`s/${sku}`, partitions);
  const body: CommandBody = { type: 'ReceiveStock', sku, quantity: 3, reason: 'r' };
  const value = codec.encode({ store: 's', commandId: sku, fingerprint: 'f', requestId: null, body });
  const at = { topic: 'stock.commands.v1', partition };
  const key = `s/${sku}`;
  const outcomes = await log.append([
    {
      ...at,
      records: [
        { key, value },
        { key: 'bad', value },
        { key, value },
      ],
    },
  ]);
  expect(outcomes[0]?.is).toBe('appended');

  const journal = { topic: 'stock.events.v1', partition };
  const reader = await createKafkajsLogReader({ ...connection, topics: [journal.topic] });
  const events = registry.createCodec<EventEnvelope<EventBody>>(journal.topic);
  const mine = async (): Promise<string[]> => {
    const until = (await log.offsetsOf(journal.topic)).get(partition)?.end ?? 0n;
    const seen: string[] = [];
    await readRange(
      reader,
      { at: journal, from: 0n, until },
      (record) => {
        const decoded = events.decode(record.value);
        if (decoded.is !== 'value') throw new Error(decoded.is);
        const { body: event } = decoded.value;
        if (event.type === 'StockReceived' && event.sku === sku) seen.push(`received ${event.quantity}`);
        if (event.type === 'CommandQuarantined') seen.push(event.reason);
      },
      new AbortController().signal,
    );
    return seen;
  };
  await expect.poll(mine, { interval: 100 }).toEqual(['received 3', 'key-mismatch']);

  const metrics = await context.metrics.metrics();
  expect(metrics).toMatch(/millrace_takeovers_total\{processor="stock"\} 4/);
  expect(metrics).toMatch(/millrace_quarantined_total\{processor="stock",reason="key-mismatch"\} 1/);
  expect(metrics).toMatch(/millrace_repeats_total\{processor="stock"\} 1/);
  await reader.close();
  await role.stop();
});

test('refuses to start on topics that are not as catalogued', async () => {
  const context = contextOf();
  const config = { ...context.config, partitions: 7 };
  await expect(startProcessor({ ...context, config }, counter)).rejects.toThrow('MILLRACE_PARTITIONS=4');
});
