import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder } from './cache.ts';

/** How a Java engine comes by its classes. */
export interface ClassArchive {
  /** For the JVM. */
  readonly args: readonly string[];
  /** To be told how a process with these arguments ended (`RunningProcess.exited`): what it wrote is kept for the next, if it can be. Never throws. */
  readonly ended: (how: string) => void;
}

const none: ClassArchive = { args: [], ended: () => undefined };
const quiet = '-Xlog:cds=error,cds+dynamic=error'; // classes it cannot take are no news to the reader of an engine's log

/**
 * An engine's classes, parsed and verified once for all later starts on this machine (JEP 350): a third less CPU for a start of
 * Kafka or the registry. The first process that is stopped in peace writes them as it ends, so no start waits for it.
 * `engine` names the program and its version. Another Java has another archive; where none can be had, there is none.
 */
export function classArchive(
  engine: string,
  root = cacheFolder(),
  searched = process.env['PATH'],
): ClassArchive {
  const java = javaIdentity(searched);
  if (java === null) return none;
  const prefix = `classes-${engine}-`;
  const archive = path.join(root, `${prefix}${java}.jsa`);
  if (existsSync(archive))
    return { args: [`-XX:SharedArchiveFile=${archive}`, quiet], ended: () => undefined };
  mkdirSync(root, { recursive: true });
  forget(root, (name) => name.startsWith(`.${prefix}`) && isOld(path.join(root, name)));
  const draft = path.join(root, `.${prefix}${process.pid}-${Date.now()}.jsa`);
  return {
    args: [`-XX:ArchiveClassesAtExit=${draft}`, quiet],
    ended(how) {
      try {
        // A JVM that was told to end answers 143; one that was killed may have left half a file.
        if (/^exit code (0|143)$/.test(how) && existsSync(draft)) {
          forget(root, (name) => name.startsWith(prefix));
          renameSync(draft, archive);
        } else rmSync(draft, { force: true });
      } catch {
        // whoever cleans the cache folder may come between: the next start writes it anew, and nobody fails for that
      }
    },
  };
}

function forget(root: string, isMeant: (name: string) => boolean): void {
  for (const name of readdirSync(root)) if (isMeant(name)) rmSync(path.join(root, name), { force: true });
}

/** A draft of somebody who was killed before he heard of his engine's end. */
const isOld = (file: string): boolean =>
  Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) > 86_400_000;

/** Tells one build of the JVM from another, for an archive is of one alone; null when there is no such Java. */
function javaIdentity(searched = ''): string | null {
  for (const folder of searched.split(path.delimiter)) {
    const java = path.join(folder, 'java');
    if (!existsSync(java)) continue;
    const library = path.join(path.dirname(realpathSync(java)), '../lib/server/libjvm.so');
    const found = statSync(library, { throwIfNoEntry: false });
    if (!found) return null;
    return createHash('sha256')
      .update(`${library} ${found.size} ${found.mtimeMs}`)
      .digest('hex')
      .slice(0, 12);
  }
  return null;
}
