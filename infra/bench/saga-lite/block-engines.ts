import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { createTopicAdmin } from '../../clients/kafkajs/topic-admin.ts';
import { ensureTopics } from '../../deploy/ensure-topics.ts';
import { registerSchemas } from '../../deploy/register-schemas.ts';
import { freePort } from '../../local/free-port.ts';
import { startKafka } from '../../local/kafka/start-kafka.ts';
import { startRedis } from '../../local/start-redis.ts';
import { startRegistry } from '../../local/start-registry.ts';
import { sagaLitePartitions } from './workload.ts';

/** Fresh engines of one block: fresh topics, keys and views, nothing left over from the block before. */
export interface BlockEngines {
  readonly brokers: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly brokerPid: number;
  readonly redisPid: number;
  readonly folder: string;
  stop(): Promise<void>;
}

const secret = 'a secret of the benchmark, not of anybody';
export const silent = pino({ level: 'silent' });

/** Starts broker, registry and Redis on free ports in a new folder, with every topic of the catalogue. */
export async function startBlockEngines(): Promise<BlockEngines> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-'));
  const ports: number[] = [];
  for (let i = 0; i < 3; i += 1) ports.push(await freePort(0, new Set(ports)));
  const [kafkaPort = 0, registryPort = 0, redisPort = 0] = ports;
  const [kafka, registry, redis] = await Promise.all([
    startKafka({ folder: path.join(folder, 'kafka'), port: kafkaPort }),
    startRegistry({ folder: path.join(folder, 'registry'), port: registryPort }, () => undefined),
    startRedis({ folder: path.join(folder, 'redis'), port: redisPort }, () => undefined),
  ]);
  const registryUrl = `http://127.0.0.1:${registryPort}/apis/ccompat/v7`;
  const admin = await createTopicAdmin({ brokers: [kafka.url], clientId: 'bench-deploy', logger: silent });
  await ensureTopics(admin, sagaLitePartitions);
  await admin.close();
  await registerSchemas({ url: registryUrl });
  return {
    brokers: kafka.url,
    brokerPid: kafka.pid,
    redisPid: redis.pid,
    folder,
    environment: {
      NODE_ENV: 'production',
      MILLRACE_KAFKA_BROKERS: kafka.url,
      MILLRACE_REGISTRY_URL: registryUrl,
      MILLRACE_REDIS_URL: redis.url,
      MILLRACE_PARTITIONS: String(sagaLitePartitions),
      MILLRACE_FINGERPRINT_SECRET: secret,
      MILLRACE_CURSOR_SECRET: secret,
      MILLRACE_PSP_SECRET: secret,
      MILLRACE_CUSTOMER_KEY_SECRET: secret,
      MILLRACE_DATA_DIR: path.join(folder, 'data'),
      MILLRACE_LOG_LEVEL: 'warn',
    },
    async stop() {
      await Promise.all([kafka.stop(), registry.stop(), redis.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
