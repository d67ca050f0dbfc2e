import { existsSync, statfsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isCached } from './cache.ts';
import { kafkaVersion } from './kafka/kafka-jars.ts';
import type { Progress } from './maven.ts';
import { findRedisServer, redisServer } from './redis-program.ts';
import { runCommand } from './run-command.ts';
import { SetupError } from './setup-error.ts';
import { registryVersion } from './start-registry.ts';

/** One thing the local stack needs of the machine. */
export interface Prerequisite {
  readonly name: string;
  /** What was found, in words; the fault is absent when it will do. */
  readonly found: string;
  readonly fault?: SetupError;
}

const gigabyte = 1024 ** 3;
const inGb = (bytes: number): string => `${(bytes / gigabyte).toFixed(1)} GB`;

/** The major version in `java -version`'s answer: 8 for `1.8.0`, 17 for `17.0.1`; undefined when it is none. */
export function javaMajor(text: string): number | undefined {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(text) ?? [];
  if (first === undefined) return undefined;
  return first === '1' ? Number(second) : Number(first);
}

async function java(): Promise<Prerequisite> {
  const ran = await runCommand('java', ['-version']);
  const major = javaMajor(ran.stderr + ran.stdout);
  if (major !== undefined && major >= 17) return { name: 'Java', found: String(major) };
  const fault = new SetupError(
    major === undefined
      ? 'Java is missing (Kafka and the registry run on it, 17 or newer).'
      : `Java ${major} is too old; Kafka needs 17 or newer.`,
    'apt-get install openjdk-17-jre-headless',
  );
  return { name: 'Java', found: major === undefined ? 'nothing' : String(major), fault };
}

async function maven(): Promise<Prerequisite> {
  const cached = isCached(`kafka-${kafkaVersion}`) && isCached(`apicurio-registry-${registryVersion}`);
  if (cached) return { name: 'Maven', found: 'not needed, Kafka and the registry are in the cache' };
  const ran = await runCommand('mvn', ['-v']);
  if (ran.code === 0)
    return { name: 'Maven', found: /Apache Maven ([\d.]+)/.exec(ran.stdout)?.[1] ?? 'some version' };
  const fault = new SetupError(
    'Maven is missing (it fetches Kafka and the registry, once).',
    'apt-get install maven',
  );
  return { name: 'Maven', found: 'nothing', fault };
}

async function redis(install: Progress | undefined): Promise<Prerequisite> {
  const name = 'redis-server';
  try {
    const found = await findRedisServer();
    if (found !== undefined) return { name, found: String(found.major) };
    if (install !== undefined) return { name, found: await redisServer(install) };
    return {
      name,
      found: 'nothing',
      fault: new SetupError('redis-server 7 or newer is missing.', 'apt-get install redis-server'),
    };
  } catch (error) {
    if (error instanceof SetupError) return { name, found: 'nothing', fault: error };
    throw error;
  }
}

/** Pure: whether the memory that is free will do. */
export function checkMemory(freeBytes: number): Prerequisite {
  const found = `${inGb(freeBytes)} free`;
  if (freeBytes >= 3 * gigabyte) return { name: 'memory', found };
  return {
    name: 'memory',
    found,
    fault: new SetupError(
      `Only ${found} of memory; the stack needs 3 GB.`,
      'close other programs, or use a machine with 4 GB or more',
    ),
  };
}

/** Pure: whether the disk space that is free will do. */
export function checkDisk(freeBytes: number, folder: string): Prerequisite {
  const found = `${inGb(freeBytes)} free`;
  if (freeBytes >= 2 * gigabyte) return { name: 'disk', found };
  return {
    name: 'disk',
    found,
    fault: new SetupError(
      `Only ${found} on the disk of ${folder}; the stack needs 2 GB.`,
      'make room, or point MILLRACE_DATA_DIR to another disk',
    ),
  };
}

function freeDiskBytes(folder: string): number {
  let at = folder;
  while (!existsSync(at)) at = path.dirname(at);
  const { bavail, bsize } = statfsSync(at);
  return bavail * bsize;
}

/** Looks at all the machine must offer. With `install`, what may be installed is installed on the way. */
export async function checkPrerequisites(
  dataFolder: string,
  install?: Progress,
): Promise<readonly Prerequisite[]> {
  const memory = checkMemory(Math.min(os.freemem(), process.availableMemory()));
  return [
    await java(),
    await maven(),
    await redis(install),
    memory,
    checkDisk(freeDiskBytes(dataFolder), dataFolder),
  ];
}

/** Throws one `SetupError` with a line for each fault. */
export async function demandPrerequisites(dataFolder: string, install: Progress): Promise<void> {
  const faults = (await checkPrerequisites(dataFolder, install)).flatMap(({ fault }) =>
    fault === undefined ? [] : [fault],
  );
  if (faults.length > 0) throw SetupError.all(faults);
}
