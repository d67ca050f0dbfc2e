import { pino } from 'pino';
import { connectClickhouse } from '../clients/clickhouse.ts';
import type { KafkaConnection } from '../clients/kafkajs/hardened-kafkajs.ts';
import { createTopicAdmin } from '../clients/kafkajs/topic-admin.ts';
import { type Config, ConfigError, loadConfig } from '../config/config.ts';
import { createDatabase, migrate } from '../../sinks/clickhouse/migrate.ts';
import type { DoorKeys } from './demo-store.ts';
import { ensureTopics } from './ensure-topics.ts';
import { registerSchemas } from './register-schemas.ts';
import { writeDemoStore } from './write-demo-store.ts';
import { kafkaLink, registryLink, clickhouseLink } from '../clients/links.ts';

/**
 * The deploy step: topics, schemas, tables, the demo store and its keys. It may run any number of times and changes
 * nothing that stands; the last line on stdout is `{"keys":{"full","analyst","ops","shop"}}`, everything else goes to stderr.
 */
async function deploy(config: Config): Promise<DoorKeys> {
  const logger = pino({ name: 'deploy', level: config.logLevel }, pino.destination(2));
  const kafka = kafkaLink(config, 'millrace-deploy', logger);
  const [created, schemas, tables] = await Promise.all([
    createTopics(kafka, config.partitions),
    registerSchemas(registryLink(config)),
    createTables(config),
  ]);
  logger.info({ created, schemas: schemas.length, tables }, 'topics, schemas and tables stand');
  return writeDemoStore({
    kafka,
    registry: registryLink(config),
    dataDir: config.dataDir,
    store: { timeZone: config.storeTimeZone, currencies: [config.storeCurrency] },
  });
}

async function createTopics(kafka: KafkaConnection, partitions: number): Promise<readonly string[]> {
  const admin = await createTopicAdmin(kafka);
  try {
    return await ensureTopics(admin, partitions);
  } finally {
    await admin.close();
  }
}

async function createTables(config: Config): Promise<readonly string[]> {
  const link = clickhouseLink(config);
  await createDatabase(link);
  const client = connectClickhouse(link);
  try {
    return await migrate(client);
  } finally {
    await client.close();
  }
}

try {
  const keys = await deploy(loadConfig());
  process.stdout.write(`${JSON.stringify({ keys })}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof ConfigError ? error.exitCode : 1;
}
