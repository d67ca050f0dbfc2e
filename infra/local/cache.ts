import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { cacheHome } from '../config/environment.ts';

/** Where downloads are kept for every checkout of this user: `$XDG_CACHE_HOME/millrace`, else `~/.cache/millrace`. */
export const cacheFolder = (): string => path.join(cacheHome(), 'millrace');

/** True when `fillOnce(name, …)` has nothing to do. */
export const isCached = (name: string, root = cacheFolder()): boolean =>
  existsSync(path.join(root, name, '.complete'));

/** The SHA-256 of a file, in hex. */
export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/**
 * The cache folder `name`, filled once: `fill` downloads and verifies into a folder of its own, which then takes its place
 * in one rename, so that two set-ups at the same time leave one whole folder, and one that was killed leaves none.
 */
export async function fillOnce(
  name: string,
  fill: (folder: string) => Promise<void>,
  root = cacheFolder(),
): Promise<string> {
  const folder = path.join(root, name);
  const complete = path.join(folder, '.complete');
  if (existsSync(complete)) return folder;
  await mkdir(root, { recursive: true });
  const draft = path.join(root, `.${name}-${randomUUID()}`);
  try {
    await mkdir(draft);
    await fill(draft);
    await writeFile(path.join(draft, '.complete'), '');
    await rename(draft, folder).catch(async (error: unknown) => {
      if (existsSync(complete)) return; // somebody else was faster, and theirs is verified as well
      await rm(folder, { recursive: true, force: true }); // what a person left half-deleted
      await rename(draft, folder).catch((again: unknown) => {
        throw existsSync(complete) ? error : again;
      });
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}
