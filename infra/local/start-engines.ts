import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { endWithUs } from './end-with-us.ts';
import { freePort } from './free-port.ts';
import { startKafka } from './kafka/start-kafka.ts';
import { endProcess } from './process-identity.ts';
import { startClickhouse } from './start-clickhouse.ts';
import { startRedis } from './start-redis.ts';
import { startRegistry } from './start-registry.ts';

/** Addresses of the real engines. One set for many test files, so name topics and databases uniquely. */
export interface EngineAddresses {
  /** `host:port`, as `MILLRACE_KAFKA_BROKERS`. */
  readonly kafkaBrokers: string;
  /** Ends with `/apis/ccompat/v7`. */
  readonly registryUrl: string;
  readonly redisUrl: string;
  readonly clickhouseUrl: string;
}

export interface RunningEngines {
  readonly addresses: EngineAddresses;
  /** Kills them; their folder goes with them. */
  stop(): Promise<void>;
}

/** All four engines at once, on free ports in a folder of their own. Throws `SetupError`; then none is left. */
export async function startEngines(say: (text: string) => void): Promise<RunningEngines> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-engines-'));
  const ports: number[] = [];
  for (let i = 0; i < 4; i += 1) ports.push(await freePort(0, new Set(ports)));
  const [kafka = 0, registry = 0, redis = 0, clickhouse = 0] = ports;
  const starts = await Promise.allSettled([
    startKafka({ folder: path.join(folder, 'kafka'), port: kafka }, say),
    startRegistry({ folder: path.join(folder, 'registry'), port: registry }, say),
    startRedis({ folder: path.join(folder, 'redis'), port: redis }, say),
    startClickhouse({ folder: path.join(folder, 'clickhouse'), port: clickhouse }),
  ]);
  const engines = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  endWithUs(engines);
  const stop = async (): Promise<void> => {
    // nothing of theirs is kept: a broker with a thousand topics would take 20 s to close them well
    await Promise.all(engines.map((engine) => endProcess(engine, 0)));
    rmSync(folder, { recursive: true, force: true });
  };
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return {
    addresses: {
      kafkaBrokers: `127.0.0.1:${kafka}`,
      registryUrl: `http://127.0.0.1:${registry}/apis/ccompat/v7`,
      redisUrl: `redis://127.0.0.1:${redis}`,
      clickhouseUrl: `http://127.0.0.1:${clickhouse}`,
    },
    stop,
  };
}
