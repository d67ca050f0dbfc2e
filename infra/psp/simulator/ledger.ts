import { mkdirSync } from 'node:fs';
import { type FileHandle, open, readFile, truncate } from 'node:fs/promises';
import path from 'node:path';
import type { LedgerLine } from './provider.ts';

/** The append-only file behind the provider: what was answered stands on disk first. */
export interface Ledger {
  /** Lines written before this start, oldest first. */
  readonly lines: readonly LedgerLine[];
  /** Resolves when the line is on disk; lines that come while a write runs share the next one. */
  append(line: LedgerLine): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens `<folder>/ledger.ndjson`, makes it if it is absent. A last line without its newline is the rest of a write that
 * a kill cut short: nobody was answered on it, it is cut off.
 * Throws if any other line cannot be read: the books are damaged, and guessing would move money twice.
 */
export async function openLedger(folder: string): Promise<Ledger> {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'ledger.ndjson');
  const handle = await open(file, 'a');
  const bytes = await readFile(file);
  const whole = bytes.lastIndexOf('\n') + 1;
  if (whole < bytes.length) await truncate(file, whole);
  const texts = bytes.subarray(0, whole).toString('utf8').split('\n').slice(0, -1);
  return { lines: texts.map((text, i) => parseLine(text, `${file}:${i + 1}`)), ...createWriter(handle) };
}

function parseLine(text: string, where: string): LedgerLine {
  try {
    return JSON.parse(text) as LedgerLine;
  } catch (cause) {
    throw new Error(
      `${where} is not JSON: restore the ledger from a copy, or remove it for a provider without history`,
      {
        cause,
      },
    );
  }
}

/** One write and one fdatasync at a time; what waits meanwhile goes together. A failure is final: nothing more is answered. */
function createWriter(handle: FileHandle): Pick<Ledger, 'append' | 'close'> {
  let waiting: string[] = [];
  let next: Promise<void> | null = null;
  let last: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    await last;
    const lines = waiting;
    waiting = [];
    next = null;
    await handle.appendFile(lines.join(''));
    await handle.datasync();
  };
  return {
    append(line) {
      waiting.push(`${JSON.stringify(line)}\n`);
      if (next === null) {
        next = flush();
        last = next;
      }
      return next;
    },
    async close() {
      await last.catch(() => undefined); // whoever appended has the error
      await handle.close();
    },
  };
}
