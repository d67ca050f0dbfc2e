import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';

const lockFile = (folder: string): string => path.join(folder, 'launcher.lock');

/** The launcher that owns this data folder now; undefined when none does (a dead one's lock counts as none). */
export function lockOwner(folder: string): ProcessIdentity | undefined {
  try {
    const owner: ProcessIdentity = JSON.parse(readFileSync(lockFile(folder), 'utf8'));
    return isAlive(owner) ? owner : undefined;
  } catch {
    return undefined; // absent; a lock is linked whole, so it is never half-written
  }
}

/**
 * Makes this process the folder's only launcher. False when another, living one is. A lock is a hard link, which one of
 * two callers gets; a dead owner's is moved away first, and looked at again before it is thrown away.
 */
export function takeLock(folder: string): boolean {
  const mine = path.join(folder, `.lock-${randomUUID()}`);
  writeFileSync(mine, JSON.stringify(identify(process.pid)));
  try {
    for (let tries = 0; tries < 3; tries += 1) {
      if (tryLink(mine, lockFile(folder))) return true;
      if (lockOwner(folder) !== undefined) return false;
      const aside = path.join(folder, `.lock-${randomUUID()}`);
      try {
        renameSync(lockFile(folder), aside);
      } catch {
        continue; // somebody else moved it
      }
      const moved: ProcessIdentity = JSON.parse(readFileSync(aside, 'utf8'));
      if (isAlive(moved)) tryLink(aside, lockFile(folder)); // a new owner came in between: give it back
      rmSync(aside, { force: true });
    }
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

export function releaseLock(folder: string): void {
  if (lockOwner(folder)?.pid === process.pid) rmSync(lockFile(folder), { force: true });
}
