import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { freePort } from '../../../infra/local/free-port.ts';
import type { RunningEngine } from '../../../infra/local/engine-process.ts';
import { startClickhouse } from '../../../infra/local/start-clickhouse.ts';
import { createDatabase, migrate } from '../migrate.ts';

/** A ClickHouse engine of a test's own, to be killed and frozen; one port and folder through all its lives. */
export interface OwnEngine {
  readonly url: string;
  readonly client: ClickHouseClient;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

/** With the ledger's tables in database `sink`; a request waits at most `requestTimeoutMs`. */
export async function startOwnEngine(requestTimeoutMs = 30_000): Promise<OwnEngine> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-engine-'));
  const port = await freePort(0);
  const url = `http://127.0.0.1:${port}`;
  let engine: RunningEngine = await startClickhouse({ folder, port });
  await createDatabase({ url: url, database: 'sink' });
  const client = createClient({
    url,
    database: 'sink',
    request_timeout: requestTimeoutMs,
    log: { level: ClickHouseLogLevel.OFF },
  });
  await migrate(client);
  return {
    url,
    client,
    signal: (signal) => void process.kill(engine.pid, signal),
    async kill() {
      process.kill(engine.pid, 'SIGKILL');
      await engine.exited;
    },
    async start() {
      engine = await startClickhouse({ folder, port });
    },
    async remove() {
      await client.close();
      await engine.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
