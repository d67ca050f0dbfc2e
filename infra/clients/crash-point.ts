import { writeSync } from 'node:fs';
import type { CrashPlan, CrashPointName } from '../config/crash-points.ts';

let armed: CrashPlan | null = null;
let passages = 0;

/** Arms one crash point of this process, or none. */
export function armCrashPoint(plan: CrashPlan | null): void {
  armed = plan;
  passages = 0;
}

/** Marks a place between two steps of the protocol. Does nothing unless `MILLRACE_CRASH_AT` names it. */
export function crashPoint(name: CrashPointName): void {
  if (armed !== null && armed.name === name) pass(armed);
}

/** Begins the one line a process writes to stderr before it dies or freezes; the plan follows as JSON. */
export const crashMark = 'crash point reached ';

function pass(plan: CrashPlan): void {
  passages += 1;
  if (passages !== plan.nth) return;
  // By hand and at once: a logger would still hold the line when the process is gone.
  writeSync(2, `${crashMark}${JSON.stringify(plan)}\n`);
  process.kill(process.pid, plan.how === 'kill' ? 'SIGKILL' : 'SIGSTOP');
}
