import { execFileSync } from 'node:child_process';
import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ChaosRun } from './chaos-run.ts';

/** More than a small mount holds, and little enough that no machine suffers by mistake. */
const ballastMaxBytes = 1_073_741_824;
const pieceBytes = 65_536;

/**
 * Lets an engine's disk be full for so long. Where its folder is a mount of its own, that is filled to the last byte;
 * elsewhere the process may write no file beyond one byte (RLIMIT_FSIZE), which needs no privilege: its writes fail
 * the same way, until it dies of it and is started again without the limit.
 */
export async function fillDisk(run: ChaosRun, engine: string, forMs: number): Promise<void> {
  const folder = path.join(run.stack.config.dataDir, engine);
  const isMount = statSync(folder).dev !== statSync(run.stack.config.dataDir).dev;
  await (isMount ? fillMount(run, engine, folder, forMs) : limitFiles(run, engine, forMs));
  run.tally.add('fullDisks');
  await run.stack.untilReady(engine);
}

async function fillMount(run: ChaosRun, engine: string, folder: string, forMs: number): Promise<void> {
  const ballast = path.join(folder, 'chaos-ballast');
  const bytes = writeUntilFull(ballast);
  run.say(`disk of ${engine} full, ${Math.round(bytes / 1_048_576)} MB of ballast, for ${forMs / 1_000} s`);
  try {
    // what the engine deletes meanwhile is filled again, so that it stays full
    for (const end = Date.now() + forMs; Date.now() < end; await wait(500)) writeUntilFull(ballast);
  } finally {
    rmSync(ballast);
  }
}

/** Appends until the disk takes no more; the size is returned. */
function writeUntilFull(file: string): number {
  const handle = openSync(file, 'a');
  const piece = Buffer.alloc(pieceBytes);
  try {
    for (let length = pieceBytes; length >= 1; ) {
      if (statSync(file).size > ballastMaxBytes)
        throw new RangeError(`${file}: this mount is too large to fill, make it 512 MB or less`);
      try {
        writeSync(handle, piece, 0, length);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        length = Math.floor(length / 2);
      }
    }
    fsyncSync(handle);
    return statSync(file).size;
  } finally {
    closeSync(handle);
  }
}

async function limitFiles(run: ChaosRun, engine: string, forMs: number): Promise<void> {
  const { pid } = await run.stack.process(engine);
  if (pid === null) throw new Error(`${engine} does not run`);
  const limit = (bytes: string): void =>
    void execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
  limit('1');
  run.say(`${engine} (${pid}) may write no file for ${forMs / 1_000} s`);
  run.stack.orders.holdUntil(engine, Date.now() + forMs);
  await wait(forMs);
  if ((await run.stack.process(engine)).pid === pid) limit('unlimited');
}
