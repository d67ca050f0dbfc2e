import path from 'node:path';
import { Registry } from '@prometheus-io/client';
import { pino } from 'pino';
import type { KafkaConnection } from '../../clients/kafkajs/hardened-kafkajs.ts';
import type { RoleContext } from '../../clients/run-role.ts';
import { type Config, loadConfig, repositoryRoot } from '../../config/config.ts';
import type { RunningEngine } from '../../local/engine-process.ts';
import { freePort } from '../../local/free-port.ts';
import { type Ran, runCommand } from '../../local/run-command.ts';
import type { Principal } from '../principals.ts';
import { openRegistryDoor } from './registry-door.ts';
import { database, type SecureEngines } from './secure-engines.ts';

const partitions = 2;
const secret = 'a secret of the tests, long enough';

/** The environment, and all that comes of it, of each service under its own users. */
export interface SecurePlace {
  environmentOf(principal: Principal): Readonly<Record<string, string>>;
  configOf(principal: Principal, more?: Readonly<Record<string, string>>): Config;
  contextOf(principal: Principal, more?: Readonly<Record<string, string>>): RoleContext;
  /** As a process of its own, which learns of the authority by NODE_EXTRA_CA_CERTS. */
  run(principal: Principal, main: string, args?: readonly string[]): Promise<Ran>;
  close(): void;
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A connection by hand, for what no configuration would say. */
export const connectionTo = (kafka: RunningEngine, more: Partial<KafkaConnection> = {}): KafkaConnection => ({
  brokers: [kafka.url],
  clientId: 'tests',
  logger: silent,
  tls: true,
  ...more,
});

export interface Started {
  readonly kafka: RunningEngine;
  readonly redis: RunningEngine;
  readonly clickhouse: RunningEngine;
  readonly registryUrl: string;
}

export async function openSecurePlace(engines: SecureEngines, started: Started): Promise<SecurePlace> {
  const registryUser = { username: 'millrace', password: 'a password of the registry of the tests' };
  const door = await openRegistryDoor(started.registryUrl, engines.certificates, () => registryUser);
  const shared = {
    MILLRACE_KAFKA_BROKERS: started.kafka.url,
    MILLRACE_KAFKA_TLS: 'true',
    MILLRACE_REGISTRY_URL: door.url,
    MILLRACE_REGISTRY_USERNAME: registryUser.username,
    MILLRACE_REGISTRY_PASSWORD: registryUser.password,
    MILLRACE_REDIS_URL: started.redis.url,
    MILLRACE_CLICKHOUSE_URL: started.clickhouse.url,
    MILLRACE_CLICKHOUSE_DATABASE: database,
    MILLRACE_PSP_URL: `http://127.0.0.1:${await freePort(0)}`,
    MILLRACE_PARTITIONS: String(partitions),
    MILLRACE_FLUSH_INTERVAL_MS: '200',
    MILLRACE_DATA_DIR: path.join(engines.folder, 'data'),
    MILLRACE_HTTP_PORT: '0',
    MILLRACE_HTTP_TLS_CERTIFICATE_FILE: engines.certificates.certificateFile,
    MILLRACE_HTTP_TLS_KEY_FILE: engines.certificates.keyFile,
    MILLRACE_SHUTDOWN_TIMEOUT_MS: '2000',
    MILLRACE_LOG_LEVEL: 'warn',
    MILLRACE_FINGERPRINT_SECRET: secret,
    MILLRACE_CURSOR_SECRET: secret,
    MILLRACE_PSP_SECRET: secret,
    MILLRACE_CUSTOMER_KEY_SECRET: secret,
  };
  const environmentOf = (principal: Principal): Readonly<Record<string, string>> => {
    const users = (['kafka', 'redis', 'clickhouse'] as const).flatMap((engine) => {
      const user = engines.credentialOf(engine, principal);
      const prefix = `MILLRACE_${engine.toUpperCase()}`;
      return user === null
        ? []
        : [
            [`${prefix}_USERNAME`, user.username],
            [`${prefix}_PASSWORD`, user.password],
          ];
    });
    return { ...shared, ...Object.fromEntries(users) };
  };
  const configOf: SecurePlace['configOf'] = (principal, more = {}) =>
    loadConfig({}, { env: { ...environmentOf(principal), ...more }, envFile: '/nowhere/.env' });
  return {
    environmentOf,
    configOf,
    contextOf: (principal, more) => ({
      config: configOf(principal, more),
      logger: pino({ name: principal, level: 'fatal' }),
      metrics: new Registry(),
      instanceId: `${principal}-1`,
    }),
    run: (principal, main, args = []) =>
      runCommand(process.execPath, [path.join(repositoryRoot, main), ...args], {
        cwd: engines.folder,
        env: {
          ...environmentOf(principal),
          NODE_EXTRA_CA_CERTS: engines.certificates.authorityFile,
          NO_COLOR: '1',
        },
      }),
    close: () => door.close(),
  };
}
