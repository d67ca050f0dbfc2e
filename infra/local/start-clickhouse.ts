import path from 'node:path';
import { type EnginePlace, type EngineSecurity, type RunningEngine, startEngine } from './engine-process.ts';

/**
 * Starts the ClickHouse engine (chDB) behind its HTTP front, on `127.0.0.1:<port>`. Its memory is bounded, so that a
 * careless query ends with MEMORY_LIMIT_EXCEEDED and not with the machine. Throws `SetupError`.
 */
export function startClickhouse(
  { security, ...place }: EnginePlace & { readonly security?: EngineSecurity },
  memoryMaxMb = 900,
): Promise<RunningEngine> {
  const url = `${security === undefined ? 'http' : 'https'}://127.0.0.1:${place.port}`;
  const program = path.join(import.meta.dirname, 'clickhouse-front/main.ts');
  return startEngine({
    name: 'clickhouse',
    command: process.execPath,
    args: [
      program,
      '--folder',
      place.folder,
      '--port',
      String(place.port),
      '--memory-max-mb',
      String(memoryMaxMb),
      ...(security === undefined
        ? []
        : [
            '--users-file',
            security.usersFile,
            '--tls-certificate',
            security.certificateFile,
            '--tls-key',
            security.keyFile,
          ]),
    ],
    url,
    cwd: place.folder,
    env: { TZ: 'UTC', UV_THREADPOOL_SIZE: '8' },
    onSpawn: place.onSpawn,
    logFile: place.logFile ?? path.join(place.folder, 'engine.log'),
    isReady: (log) => log.includes(`"url":"${url}"`),
    readyWithinMs: 60_000,
    graceMs: 15_000,
  });
}
