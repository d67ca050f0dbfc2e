import { closeSync, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';

/** Follows what a process slot writes to its log. */
export interface ProcessLog {
  /** The whole lines written since the last call; a log that was cut meanwhile is read from its start. */
  takeLines(): readonly string[];
}

/** From what is written now on. */
export function followProcessLog(dataFolder: string, slot: string): ProcessLog {
  const file = path.join(dataFolder, 'logs', `${slot}.log`);
  const sizeNow = (): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  let from = sizeNow();
  let rest = '';
  return {
    takeLines() {
      const size = sizeNow();
      if (size < from) from = 0;
      if (size === from) return [];
      const bytes = Buffer.alloc(size - from);
      const handle = openSync(file, 'r');
      const read = readSync(handle, bytes, 0, bytes.length, from);
      closeSync(handle);
      from += read;
      const lines = (rest + bytes.toString('utf8', 0, read)).split('\n');
      rest = lines.pop() ?? '';
      return lines;
    },
  };
}
