import { mkdir } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { type EnginePlace, type RunningEngine, startEngine } from './engine-process.ts';
import type { Progress } from './maven.ts';
import { redisServer } from './redis-program.ts';

/** One PING by hand: a client library would retry, log and keep the socket. */
const answersPing = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'));
    const done = (isUp: boolean) => () => {
      socket.destroy();
      resolve(isUp);
    };
    socket.once('data', (data) => done(data.toString().startsWith('+PONG'))());
    socket.once('error', done(false));
    socket.once('close', done(false)); // it went between accept and answer
    socket.setTimeout(1_000, done(false));
  });

/**
 * Starts redis-server on `127.0.0.1:<port>`, append-only file synced every second, `noeviction`: a view that was thrown
 * out would read as absent. Throws `SetupError`.
 */
export async function startRedis(
  place: EnginePlace,
  progress: Progress = () => undefined,
): Promise<RunningEngine> {
  const command = await redisServer(progress);
  const dataFolder = path.join(place.folder, 'data');
  await mkdir(dataFolder, { recursive: true });
  const settings = {
    port: place.port,
    bind: '127.0.0.1',
    daemonize: 'no',
    dir: dataFolder,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
  };
  return startEngine({
    name: 'redis',
    command,
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
    url: `redis://127.0.0.1:${place.port}`,
    cwd: place.folder,
    onSpawn: place.onSpawn,
    logFile: place.logFile ?? path.join(place.folder, 'engine.log'),
    // Its own word first: on a port that somebody took in between, another Redis would answer.
    isReady: (log) => log.includes('Ready to accept connections') && answersPing(place.port),
    readyWithinMs: 60_000,
    graceMs: 10_000,
  });
}
