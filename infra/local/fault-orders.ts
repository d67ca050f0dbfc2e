import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { writeAtomically } from './write-atomically.ts';

/** What a process may use; nothing named: as much as the machine gives. */
export interface ProcessLimits {
  /** Of V8's old space. */
  readonly heapMb?: number | undefined;
  /** Open files and sockets (RLIMIT_NOFILE). */
  readonly descriptors?: number | undefined;
}

const limitsSchema = z.object({
  heapMb: z.int().positive().optional(),
  descriptors: z.int().positive().optional(),
});

/**
 * What a chaos run asks of the launcher, as files in the data folder: they need no word over the socket, and a launcher
 * that is told to stop forgets them. Each has one writer beside the launcher, the chaos run.
 */
export interface FaultOrders {
  /** The next starts of a slot get these crash points (`name:nth`), one each, in this order. */
  crashAt(slot: string, points: readonly string[]): void;
  /** From its next start on a slot has these variables beside its own; an empty table ends that. */
  environment(slot: string, variables: Readonly<Record<string, string>>): void;
  /** From its next start on a slot has to do with so much; an empty table ends that. */
  limits(slot: string, limits: ProcessLimits): void;
  /** A process that has ended is not started again before this moment, epoch ms. */
  holdUntil(name: string, untilMs: number): void;
  /** Ends everything asked for. */
  clear(): void;
}

const folderOf = (dataFolder: string): string => path.join(dataFolder, 'chaos');
const lookEveryMs = 200;

const read = <T>(file: string, schema: z.ZodType<T>, none: T): T =>
  existsSync(file) ? schema.parse(JSON.parse(readFileSync(file, 'utf8'))) : none;

export function faultOrders(dataFolder: string): FaultOrders {
  const folder = folderOf(dataFolder);
  const write = (name: string, value: unknown): void => {
    mkdirSync(folder, { recursive: true });
    writeAtomically(path.join(folder, name), JSON.stringify(value));
  };
  return {
    crashAt: (slot, points) => write(`${slot}.crash-at`, points),
    environment: (slot, variables) => write(`${slot}.environment`, variables),
    limits: (slot, limits) => write(`${slot}.limits`, limits),
    holdUntil: (name, untilMs) => write(`${name}.held-until`, untilMs),
    clear: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What the start that happens now must have in its environment; its crash point is taken from the list. */
export function takeFaultEnvironment(dataFolder: string, slot: string): Readonly<Record<string, string>> {
  const folder = folderOf(dataFolder);
  const variables = read(path.join(folder, `${slot}.environment`), z.record(z.string(), z.string()), {});
  const list = path.join(folder, `${slot}.crash-at`);
  const [crashAt, ...later] = read(list, z.array(z.string()), []);
  if (crashAt === undefined) return variables;
  writeAtomically(list, JSON.stringify(later));
  return { ...variables, MILLRACE_CRASH_AT: crashAt };
}

/** What the start that happens now may use. */
export const faultLimits = (dataFolder: string, slot: string): ProcessLimits =>
  read(path.join(folderOf(dataFolder), `${slot}.limits`), limitsSchema, {});

/** Resolves when nobody holds the process down, at once where nobody ever did. */
export async function untilNotHeld(dataFolder: string, name: string): Promise<void> {
  const file = path.join(folderOf(dataFolder), `${name}.held-until`);
  while (read(file, z.number(), 0) > Date.now()) {
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
