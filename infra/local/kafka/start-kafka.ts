import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { type EnginePlace, type RunningEngine, startEngine } from '../engine-process.ts';
import { freePort } from '../free-port.ts';
import { classArchive } from '../class-archive.ts';
import type { Progress } from '../maven.ts';
import { runCommand } from '../run-command.ts';
import { SetupError } from '../setup-error.ts';
import { kafkaJars, kafkaVersion } from './kafka-jars.ts';
import { type KafkaSecurity, scramArguments } from './kafka-security.ts';
import { serverProperties } from './server-properties.ts';

const logSettings = [
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
];

/**
 * Starts the real broker, one KRaft node, on `127.0.0.1:<port>`; `url` is `host:port`. The folder is formatted once, so
 * its topics outlive a stop; the port may be another one each time. With `security` its users are those of the first
 * start. Throws `SetupError`.
 */
export async function startKafka(
  { security, ...place }: EnginePlace & { readonly security?: KafkaSecurity },
  progress: Progress = () => undefined,
): Promise<RunningEngine> {
  const jars = path.join(await kafkaJars(progress), '*');
  const dataFolder = path.join(place.folder, 'data');
  const propertiesFile = path.join(place.folder, 'server.properties');
  const controllerPort = await freePort(0, new Set([place.port]));
  await mkdir(place.folder, { recursive: true });
  await writeFile(
    propertiesFile,
    serverProperties({ port: place.port, controllerPort, dataFolder, security }),
    {
      mode: 0o600,
    },
  );
  if (!existsSync(path.join(dataFolder, 'meta.properties'))) {
    const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'A');
    const format = ['format', '--standalone', '--ignore-formatted', '-t', clusterId, '-c', propertiesFile];
    if (security !== undefined) format.push(...scramArguments(security));
    const ran = await runCommand('java', [
      '-Xmx64m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1', // over before better code would pay
      '-cp',
      jars,
      'kafka.tools.StorageTool',
      ...format,
    ]);
    if (ran.missing) throw new SetupError('Java is missing.', 'apt-get install openjdk-17-jre-headless');
    if (ran.code !== 0)
      throw new SetupError(
        `Kafka could not format ${dataFolder}: ${ran.stderr.trim().slice(-400)}.`,
        'npx millrace down --wipe',
      );
  }
  const memory = ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC'];
  const classes = classArchive(`kafka-${kafkaVersion}`);
  const kafka = await startEngine({
    name: 'kafka',
    command: 'java',
    args: [...memory, ...classes.args, ...logSettings, '-cp', jars, 'kafka.Kafka', propertiesFile],
    url: `127.0.0.1:${place.port}`,
    cwd: place.folder,
    onSpawn: place.onSpawn,
    logFile: place.logFile ?? path.join(place.folder, 'engine.log'),
    isReady: (log) => log.includes('Kafka Server started'),
    readyWithinMs: 60_000,
    graceMs: 20_000,
  });
  void kafka.exited.then(classes.ended);
  return kafka;
}
