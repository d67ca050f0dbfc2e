import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Overrides } from '../config/config.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { SetupError } from './setup-error.ts';
import { writeAtomically } from './write-atomically.ts';

// The files of a data folder. Each is read through a schema: a person may have edited it.
const marker = '.millrace-data';
const portsSchema = z.record(z.string(), z.number().int().min(1).max(65_535));
const secretsSchema = z.strictObject({
  FINGERPRINT_SECRET: z.string(),
  CURSOR_SECRET: z.string(),
  PSP_SECRET: z.string(),
  CUSTOMER_KEY_SECRET: z.string(),
});
const identitySchema = z.object({ pid: z.number().int().positive(), startedAt: z.string() });
const processesSchema = z.record(z.string(), identitySchema);

function readJson<T>(file: string, schema: z.ZodType<T>): T | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new SetupError(`${file} cannot be read.`, 'npx millrace down --wipe, or put the file right', {
      cause,
    });
  }
}

/** Creates the folder, or throws `SetupError` when it cannot be written, or holds somebody else's files: `down --wipe` deletes all of it. */
export function prepareDataFolder(folder: string): void {
  try {
    prepare(folder);
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    throw new SetupError(
      `${folder} cannot be the data folder: ${cause.message}.`,
      'name one that can be made and written: MILLRACE_DATA_DIR=.millrace',
      { cause },
    );
  }
}

function prepare(folder: string): void {
  if (!existsSync(path.join(folder, marker)) && existsSync(folder) && readdirSync(folder).length > 0) {
    throw new SetupError(
      `${folder} is not empty and not a data folder of Millrace.`,
      'give an empty one: MILLRACE_DATA_DIR=.millrace',
    );
  }
  mkdirSync(path.join(folder, 'logs'), { recursive: true });
  writeFileSync(path.join(folder, marker), '');
}

/** Deletes a data folder with all in it; false when there is none. Throws `SetupError` when it is not one of ours. */
export function wipeDataFolder(folder: string): boolean {
  if (!existsSync(folder)) return false;
  if (!existsSync(path.join(folder, marker))) {
    throw new SetupError(
      `${folder} is not a data folder of Millrace; nothing was deleted.`,
      `look at it, then rm -r ${folder}`,
    );
  }
  rmSync(folder, { recursive: true, force: true });
  return true;
}

/** Ports of the last start by name, to be taken again where they are free. */
export const readPorts = (folder: string): Readonly<Record<string, number>> =>
  readJson(path.join(folder, 'stack.json'), z.object({ ports: portsSchema }))?.ports ?? {};

export const writePorts = (folder: string, ports: Readonly<Record<string, number>>): void =>
  writeAtomically(path.join(folder, 'stack.json'), `${JSON.stringify({ ports }, null, 2)}\n`);

/** The local stack's secrets, made once; only their owner may read the file. */
export function localSecrets(folder: string): Overrides {
  const file = path.join(folder, 'secrets.json');
  const known = readJson(file, secretsSchema);
  if (known !== undefined) return known;
  const make = (): string => randomBytes(32).toString('hex');
  const made = {
    FINGERPRINT_SECRET: make(),
    CURSOR_SECRET: make(),
    PSP_SECRET: make(),
    CUSTOMER_KEY_SECRET: make(),
  };
  writeAtomically(file, `${JSON.stringify(made, null, 2)}\n`, 0o600);
  return made;
}

/** The secrets if they were made already: for commands that only look. */
export const knownSecrets = (folder: string): Overrides =>
  readJson(path.join(folder, 'secrets.json'), secretsSchema) ?? {};

/** Processes that the launcher started, by name; they are found again when it was killed. */
export const readProcesses = (folder: string): Readonly<Record<string, ProcessIdentity>> =>
  readJson(path.join(folder, 'processes.json'), processesSchema) ?? {};

export const writeProcesses = (folder: string, processes: Readonly<Record<string, ProcessIdentity>>): void =>
  writeAtomically(path.join(folder, 'processes.json'), `${JSON.stringify(processes, null, 2)}\n`);
