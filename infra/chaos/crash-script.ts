import { setTimeout as wait } from 'node:timers/promises';
import type { CrashPlan } from '../config/crash-points.ts';
import type { ChaosRun } from './chaos-run.ts';
import { type CrashMarks, followCrashMarks } from './crash-marks.ts';

/** Crash points of one process slot, to be reached in any order. */
export interface CrashScript {
  readonly slot: string;
  readonly plans: readonly CrashPlan[];
  /** What must happen before a point can be passed, done once the armed process is ready. */
  readonly provoke?: () => Promise<void>;
}

/** A start, a take-over and the traffic to the nth passage; a slow machine takes most of it. */
const reachedWithinMs = 120_000;
const roundsMax = 4;
const lookEveryMs = 50;

const textOf = ({ name, nth, how }: CrashPlan): string => `${name}:${nth}:${how}`;

/**
 * Has the slot die at each of its crash points: every death lets it start with the next one. A point that was not
 * passed in time is tried again with those that are left, by a kill from outside; what stays is told as unreached.
 */
export async function runCrashScript(run: ChaosRun, { slot, plans, provoke }: CrashScript): Promise<void> {
  const marks = followCrashMarks(run.stack.config.dataDir, slot);
  let left = [...plans];
  for (let round = 0; left.length > 0 && round < roundsMax; round += 1) {
    await arm(run, slot, left);
    if (provoke) await provoke();
    for (let mark = await next(marks); mark !== null && left.length > 0; ) {
      const { name } = mark;
      left = left.filter((plan) => plan.name !== name);
      run.tally.add('kills');
      run.tally.reach(name);
      run.say(`${slot} died at ${name}`);
      mark = left.length > 0 ? await next(marks) : null;
    }
  }
  run.tally.unreached.push(...left.map((plan) => `${slot} ${textOf(plan)}`));
}

/** Hands the slot its crash points and kills it, so that the next start has the first. */
export async function arm(run: ChaosRun, slot: string, plans: readonly CrashPlan[]): Promise<number> {
  run.stack.orders.crashAt(slot, plans.map(textOf));
  const pid = await run.stack.signal(slot, 'SIGKILL');
  run.tally.add('kills');
  return pid;
}

/** The next crash point reached; null when none is for too long. */
export async function next(marks: CrashMarks): Promise<CrashPlan | null> {
  const deadline = Date.now() + reachedWithinMs;
  while (Date.now() < deadline) {
    const mark = marks.take();
    if (mark) return mark;
    await wait(lookEveryMs);
  }
  return null;
}
