import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { DoorKeys } from './demo-store.ts';

const fileSchema = z
  .object({ full: z.string(), analyst: z.string(), ops: z.string(), shop: z.string() })
  .partial();

const fileIn = (dataDir: string): string => path.join(dataDir, 'keys.json');

/** Key texts of an earlier run; null where there is no such file or it is not one: new keys are made then. */
export async function readDoorKeys(dataDir: string): Promise<z.infer<typeof fileSchema> | null> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(fileIn(dataDir), 'utf8')));
  } catch {
    return null; // lost or damaged alike: the plan revokes what it can no longer name
  }
}

/** Writes them for their owner alone (0600), in one rename: a torn file would lose all of them. */
export async function writeDoorKeys(dataDir: string, keys: DoorKeys): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const draft = `${fileIn(dataDir)}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, fileIn(dataDir));
}
