import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Registry } from '@prometheus-io/client';
import { pino } from 'pino';
import { createKafkajsLog } from '../../infra/clients/kafkajs/kafkajs-log.ts';
import { createTopicAdmin } from '../../infra/clients/kafkajs/topic-admin.ts';
import type { Log } from '../../infra/clients/log.ts';
import type { RoleContext, RunningRole, StartRole } from '../../infra/clients/run-role.ts';
import { connectSchemaRegistry, type SchemaRegistry } from '../../infra/clients/schema-registry.ts';
import type { KafkaConnection } from '../../infra/clients/kafkajs/hardened-kafkajs.ts';
import { loadConfig, type Config, type VariableName } from '../../infra/config/config.ts';
import { ensureTopics } from '../../infra/deploy/ensure-topics.ts';
import { registerSchemas } from '../../infra/deploy/register-schemas.ts';
import type { RunningEngine } from '../../infra/local/engine-process.ts';
import { freePort } from '../../infra/local/free-port.ts';
import type { EngineAddresses } from '../../infra/local/start-engines.ts';
import { startRedis } from '../../infra/local/start-redis.ts';
import { startSimulator } from '../../infra/psp/simulator/start.ts';
import { startCatalogue } from '../../processors/catalogue/start.ts';
import { startOrders } from '../../processors/orders/start.ts';
import { startPayments } from '../../processors/payments/start.ts';
import { startStock } from '../../processors/stock/start.ts';
import { startViews } from '../../processors/views/start.ts';
import { type ApiOptions, type RunningApi, startApi } from '../start.ts';
import { type CountedStatus, undocumentedStatus } from './documented.ts';
import { createStoreWriter, type StoreWriter } from './store-writer.ts';

const secret = 'a secret of the tests, long enough';

/** The real engines and processors behind an API, with a Redis of its own that a test may stop and start. */
export interface ApiStack extends StoreWriter {
  readonly config: Config;
  readonly log: Log;
  readonly registry: SchemaRegistry;
  /** Another API instance on the same engines. */
  startApi(flags?: Partial<Record<VariableName, string>>, options?: ApiOptions): Promise<RunningApi>;
  /** Another role of the caller's, who may stop it before the rest. */
  startRole(start: StartRole): Promise<RunningRole>;
  stopRedis(): Promise<void>;
  startRedis(): Promise<void>;
  /** Rejects if an API answered with a status that its document does not have for the route. */
  stop(): Promise<void>;
}

/** The roles of an order up to where its money is asked for. */
export const orderRoles: readonly StartRole[] = [startCatalogue, startStock, startOrders, startViews];

/** With the provider and the worker that asks him: orders come to rest. */
export const orderAndMoneyRoles: readonly StartRole[] = [
  startSimulator({ seed: 1, latency: { minMs: 0, maxMs: 5 }, keyTtlMs: 86_400_000, keepsErrors: true }),
  startPayments,
  ...orderRoles,
];

/** Starts it on a Kafka and a registry. `roles` beside the API; the order saga needs all four. */
export async function startStackOn(engines: EngineAddresses, roles: readonly StartRole[]): Promise<ApiStack> {
  const connection: KafkaConnection = {
    brokers: engines.kafkaBrokers.split(','),
    clientId: 'api-stack',
    logger: pino({ level: 'fatal' }),
  };
  const folder = mkdtempSync(path.join(os.tmpdir(), 'api-stack-'));
  const redisPort = await freePort(0);
  const beginRedis = (): Promise<RunningEngine> => startRedis({ folder, port: redisPort });
  let redis = await beginRedis();
  const admin = await createTopicAdmin(connection);
  await ensureTopics(admin, 4);
  await admin.close();
  await registerSchemas({ url: engines.registryUrl });
  const env = {
    MILLRACE_KAFKA_BROKERS: engines.kafkaBrokers,
    MILLRACE_REGISTRY_URL: engines.registryUrl,
    MILLRACE_REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    MILLRACE_CLICKHOUSE_URL: engines.clickhouseUrl,
    MILLRACE_PSP_URL: `http://127.0.0.1:${await freePort(0)}`,
    MILLRACE_DATA_DIR: folder,
    MILLRACE_HTTP_PORT: '0',
    MILLRACE_RATE_LIMIT_PER_SECOND: '0',
    MILLRACE_STORE_RATE_LIMIT_PER_SECOND: '0',
    MILLRACE_SHUTDOWN_TIMEOUT_MS: '2000',
    MILLRACE_LOG_LEVEL: 'warn',
    MILLRACE_FINGERPRINT_SECRET: secret,
    MILLRACE_CURSOR_SECRET: secret,
    MILLRACE_PSP_SECRET: secret,
    MILLRACE_CUSTOMER_KEY_SECRET: secret,
  };
  const configOf = (flags: Partial<Record<VariableName, string>> = {}): Config =>
    loadConfig(flags, { env, envFile: '/nowhere/.env' });
  const contextOf = (name: string, config = configOf()): RoleContext => ({
    config,
    logger: pino({ name, level: 'fatal' }),
    metrics: new Registry(),
    instanceId: `${name}-${process.pid}`,
  });
  const answered: Registry[] = [];
  let started = 0;
  const startRole = (start: StartRole): Promise<RunningRole> => start(contextOf(`role-${started++}`));
  const running: RunningRole[] = await Promise.all(roles.map(startRole));
  const log = await createKafkajsLog(connection);
  const registry = await connectSchemaRegistry({
    url: engines.registryUrl,
    logger: contextOf('test').logger,
  });
  return {
    ...createStoreWriter(log, registry),
    config: configOf(),
    log,
    registry,
    async startApi(flags = {}, options = {}) {
      const context = contextOf('api', configOf(flags));
      const started = await startApi(context, options);
      answered.push(context.metrics);
      let stopped: Promise<void> | null = null;
      const api = { ...started, stop: () => (stopped ??= started.stop()) }; // its caller may stop it first
      running.push(api);
      return api;
    },
    startRole,
    stopRedis: () => redis.stop(),
    async startRedis() {
      redis = await beginRedis();
    },
    async stop() {
      await Promise.all(running.map((role) => role.stop()));
      await log.close();
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
      const drift = (await Promise.all(answered.map(countedStatuses))).flat().map(undocumentedStatus);
      const found = [...new Set(drift)].filter((fault) => fault !== null);
      if (found.length > 0)
        throw new Error(`the API answered what /openapi.json does not say:\n${found.join('\n')}`);
    },
  };
}

/** Every status that a process answered with, by route. */
async function countedStatuses(metrics: Registry): Promise<readonly CountedStatus[]> {
  const counter = await metrics.getSingleMetric('millrace_http_requests_total')?.get();
  return (counter?.values ?? []).map(({ labels }) => ({
    method: String(labels['method']),
    route: String(labels['route']),
    status: String(labels['status']),
  }));
}
