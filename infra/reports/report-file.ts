import { randomUUID } from 'node:crypto';
import { access, link, open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Writable } from 'node:stream';

/** `daily-sales-2026-11-22T063000Z.csv`: a report and the instant it was due (epoch ms), so each due time has one name. */
export const reportFileName = (name: string, dueMs: number): string =>
  `${name}-${new Date(dueMs).toISOString().slice(0, 19).replaceAll(':', '')}Z.csv`;

/** True where the file is there. Rejects with what to do where its folder is not. */
export async function hasFile(file: string): Promise<boolean> {
  const folder = path.dirname(file);
  await stat(folder).catch((cause: unknown) => {
    throw new Error(`the folder ${folder} cannot be used: make it, or mount what belongs there`, { cause });
  });
  return access(file).then(
    () => true,
    () => false,
  );
}

/**
 * Writes a file that is there whole or not at all, also after a power cut, and never a second time: false where somebody else
 * was first. `write` ends what it writes to; where it rejects, nothing is left behind.
 */
export async function writeOnce(file: string, write: (to: Writable) => Promise<void>): Promise<boolean> {
  const part = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}${partSuffix}`);
  try {
    const handle = await open(part, 'wx');
    try {
      await write(handle.createWriteStream({ flush: true }));
    } finally {
      await handle.close();
    }
    await link(part, file); // refuses where the file is there; a rename would put ours in the place of it
    await syncFolder(path.dirname(file));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(part, { force: true });
  }
}

const partSuffix = '.part';
/** No report takes so long. */
const partAgeMaxMs = 86_400_000;

/** Removes what processes that were killed left half written. */
export async function removeOldParts(folder: string, nowMs: number): Promise<void> {
  const names = await readdir(folder).catch(() => []); // a folder that is not there has none
  for (const name of names.filter((one) => /^\..+\.csv\.[0-9a-f-]{36}\.part$/.test(one))) {
    const file = path.join(folder, name);
    const made = await stat(file).catch(() => null);
    if (made && nowMs - made.mtimeMs > partAgeMaxMs) await rm(file, { force: true });
  }
}

/** The name of a file is data of its folder. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
