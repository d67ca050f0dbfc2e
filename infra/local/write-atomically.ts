import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';

/** Writes a small file whole or not at all: a reader sees the old text or the new one, also after a kill. */
export function writeAtomically(file: string, text: string, mode = 0o644): void {
  const draft = `${file}.${randomUUID()}`;
  const fd = openSync(draft, 'w', mode);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, file);
}
