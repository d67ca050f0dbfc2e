import { closeSync, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { crashMark } from '../clients/crash-point.ts';
import type { CrashPlan } from '../config/crash-points.ts';

/** Follows a process's log for the line it writes before it dies or freezes at a crash point. */
export interface CrashMarks {
  /** The next crash point that was reached, if one was. */
  take(): CrashPlan | undefined;
}

/** Of what is written from now on. A log that was cut meanwhile is read from its start. */
export function followCrashMarks(dataFolder: string, slot: string): CrashMarks {
  const file = path.join(dataFolder, 'logs', `${slot}.log`);
  const sizeNow = (): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  let from = sizeNow();
  let rest = '';
  const reached: CrashPlan[] = [];
  const look = (): void => {
    const size = sizeNow();
    if (size < from) from = 0;
    if (size === from) return;
    const bytes = Buffer.alloc(size - from);
    const handle = openSync(file, 'r');
    const read = readSync(handle, bytes, 0, bytes.length, from);
    closeSync(handle);
    from += read;
    const lines = (rest + bytes.toString('utf8', 0, read)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const at = line.indexOf(crashMark); // the process before may have died in the middle of a line
      if (at >= 0) reached.push(JSON.parse(line.slice(at + crashMark.length)) as CrashPlan);
    }
  };
  return {
    take() {
      look();
      return reached.shift();
    },
  };
}
