import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import type { RunningEngine } from '../../../infra/local/engine-process.ts';
import { freePort } from '../../../infra/local/free-port.ts';
import { startRedis } from '../../../infra/local/start-redis.ts';

/** A Redis of a test's own, to be killed, filled up and set back; one port and folder through all its lives. */
export interface OwnRedis {
  readonly port: number;
  readonly url: string;
  /** For the test itself; gone while the server is. */
  readonly client: Redis;
  /** SIGKILL, waits until it is gone, then starts it again; `from` names a copy to begin with. */
  restart(from?: string): Promise<void>;
  /** Copies what is stored now, as a backup or a replica that is cut off here has it. */
  copy(name: string): void;
  remove(): Promise<void>;
}

export async function startOwnRedis(): Promise<OwnRedis> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-redis-'));
  const port = await freePort(0);
  const place = { folder: path.join(folder, 'redis'), port };
  let server: RunningEngine = await startRedis(place);
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url, { retryStrategy: () => 20 });
  client.on('error', () => undefined);
  return {
    port,
    url,
    client,
    async restart(from) {
      process.kill(server.pid, 'SIGKILL');
      await server.exited;
      if (from !== undefined) {
        rmSync(path.join(place.folder, 'data'), { recursive: true });
        cpSync(path.join(folder, from), path.join(place.folder, 'data'), { recursive: true });
      }
      server = await startRedis(place);
    },
    // Redis writes its append-only file before it answers.
    copy: (name) => cpSync(path.join(place.folder, 'data'), path.join(folder, name), { recursive: true }),
    async remove() {
      client.disconnect();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
