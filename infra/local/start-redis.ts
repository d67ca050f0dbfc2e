import { mkdir } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { type EnginePlace, type EngineSecurity, type RunningEngine, startEngine } from './engine-process.ts';
import type { Progress } from './maven.ts';
import { redisServer } from './redis-program.ts';

/** One PING by hand: a client library would retry, log and keep the socket. A Redis that asks for a user is there too. */
const answersPing = (port: number, isTls: boolean): Promise<boolean> =>
  new Promise((resolve) => {
    const at = { port, host: '127.0.0.1' };
    const ask = (): void => void socket.write('PING\r\n');
    // it is on this machine, and is told nothing
    const socket: net.Socket = isTls
      ? tls.connect({ ...at, rejectUnauthorized: false }, ask)
      : net.connect(at, ask);
    const done = (isUp: boolean) => () => {
      socket.destroy();
      resolve(isUp);
    };
    socket.once('data', (data) => done(/^(\+PONG|-NOAUTH)/.test(data.toString()))());
    socket.once('error', done(false));
    socket.once('close', done(false)); // it went between accept and answer
    socket.setTimeout(1_000, done(false));
  });

/** TLS alone, no certificate of clients, and the users of the file. */
const secureSettings = (port: number, { usersFile, certificateFile, keyFile }: EngineSecurity) => ({
  port: 0,
  'tls-port': port,
  'tls-cert-file': certificateFile,
  'tls-key-file': keyFile,
  'tls-ca-cert-file': certificateFile,
  'tls-auth-clients': 'no',
  aclfile: usersFile,
});

/**
 * Starts redis-server on `127.0.0.1:<port>`, append-only file synced every second, `noeviction`: a view that was thrown
 * out would read as absent. Throws `SetupError`.
 */
export async function startRedis(
  { security, ...place }: EnginePlace & { readonly security?: EngineSecurity },
  progress: Progress = () => undefined,
): Promise<RunningEngine> {
  const command = await redisServer(progress);
  const dataFolder = path.join(place.folder, 'data');
  await mkdir(dataFolder, { recursive: true });
  const settings = {
    ...(security === undefined ? { port: place.port } : secureSettings(place.port, security)),
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
    url: `${security === undefined ? 'redis' : 'rediss'}://127.0.0.1:${place.port}`,
    cwd: place.folder,
    onSpawn: place.onSpawn,
    logFile: place.logFile ?? path.join(place.folder, 'engine.log'),
    // Its own word first: on a port that somebody took in between, another Redis would answer.
    isReady: (log) =>
      log.includes('Ready to accept connections') && answersPing(place.port, security !== undefined),
    readyWithinMs: 60_000,
    graceMs: 10_000,
  });
}
