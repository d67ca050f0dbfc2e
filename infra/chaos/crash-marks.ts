import { crashMark } from '../clients/crash-point.ts';
import type { CrashPlan } from '../config/crash-points.ts';
import { followProcessLog } from './process-log.ts';

/** Follows a process's log for the line it writes before it dies or freezes at a crash point. */
export interface CrashMarks {
  /** The next crash point that was reached, if one was. */
  take(): CrashPlan | undefined;
}

/** Of what is written from now on. */
export function followCrashMarks(dataFolder: string, slot: string): CrashMarks {
  const log = followProcessLog(dataFolder, slot);
  const reached: CrashPlan[] = [];
  return {
    take() {
      for (const line of log.takeLines()) {
        const at = line.indexOf(crashMark); // the process before may have died in the middle of a line
        if (at >= 0) reached.push(JSON.parse(line.slice(at + crashMark.length)) as CrashPlan);
      }
      return reached.shift();
    },
  };
}
