import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import type { ClientStep } from '../../schemas/client-journal.ts';

export interface ClientJournal {
  /** Resolves when the step is on disk. Rejects if the disk refuses it: then nothing may be sent. */
  write(step: ClientStep): Promise<void>;
  close(): Promise<void>;
}

/** Keeps no journal, for runs nobody audits. */
export const noJournal: ClientJournal = { write: async () => {}, close: async () => {} };

/** Appends to `file` (made with its folder if absent); steps that come together share one fsync. */
export async function openClientJournal(file: string): Promise<ClientJournal> {
  await mkdir(path.dirname(file), { recursive: true });
  const handle = await open(file, 'a');
  let waiting: string[] = [];
  let next: Promise<void> | null = null;
  let last: Promise<void> = Promise.resolve();
  const flush = async (after: Promise<void>): Promise<void> => {
    await after;
    const lines = waiting;
    waiting = [];
    next = null;
    await appendDurably(handle, lines.join(''));
  };
  return {
    write(step) {
      waiting.push(`${JSON.stringify(step)}\n`);
      next ??= last = flush(last);
      return next;
    },
    async close() {
      await last;
      await handle.close();
    },
  };
}

async function appendDurably(handle: FileHandle, text: string): Promise<void> {
  await handle.appendFile(text);
  await handle.datasync();
}
