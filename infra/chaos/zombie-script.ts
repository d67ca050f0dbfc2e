import { setTimeout as wait } from 'node:timers/promises';
import type { CrashPlan } from '../config/crash-points.ts';
import type { ChaosRun } from './chaos-run.ts';
import { followCrashMarks } from './crash-marks.ts';
import { arm, next } from './crash-script.ts';

const takenOverWithinMs = 90_000;
const voidedWithinMs = 90_000;
const lookEveryMs = 250;
const triesMax = 3;

/**
 * Freezes a process at a crash point for two sessions, until others have its partitions, then lets it go on: it wakes
 * with an append in its hands. `zombiesVoided` counts those of whom a record then stands void in a journal.
 */
export async function makeZombie(run: ChaosRun, slot: string, plan: CrashPlan): Promise<void> {
  const { tally } = run;
  for (let tries = 0; tries < triesMax; tries += 1) {
    const before = await displaced(run, slot);
    if (!(await freezeAndWake(run, slot, plan))) continue;
    tally.add('zombies');
    tally.reach(plan.name);
    const voided = await untilVoided(run, slot, before);
    run.say(
      `${slot} woke at ${plan.name}${voided ? ', its append stands void' : ', nothing of it stands void'}`,
    );
    if (!voided) continue;
    tally.add('zombiesVoided');
    return;
  }
  tally.unreached.push(`${slot} voided after ${plan.name}`);
}

/** The same for a fold: nothing of it may count, which only the auditor can see. */
export async function makeSleeper(run: ChaosRun, slot: string, plan: CrashPlan): Promise<void> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    if (!(await freezeAndWake(run, slot, plan))) continue;
    run.tally.add('sleepers');
    run.tally.reach(plan.name);
    run.say(`${slot} slept at ${plan.name}`);
    return;
  }
  run.tally.unreached.push(`${slot} asleep at ${plan.name}`);
}

/** False if the process never came to the crash point. */
async function freezeAndWake(run: ChaosRun, slot: string, plan: CrashPlan): Promise<boolean> {
  const { stack } = run;
  const marks = followCrashMarks(stack.config.dataDir, slot);
  await arm(run, slot, [{ ...plan, how: 'stop' }]);
  if ((await next(marks)) === null) return false;
  try {
    await wait(2 * stack.config.sessionTimeoutMs);
    await untilTakenOver(run, slot);
  } finally {
    await stack.signal(slot, 'SIGCONT');
  }
  return true;
}

const roleOf = (slot: string): string => slot.replace(/-\d+$/, '');

/** Until another process of the role has every partition; not for ever, since that one may be killed meanwhile. */
async function untilTakenOver({ stack }: ChaosRun, slot: string): Promise<void> {
  const deadline = Date.now() + takenOverWithinMs;
  while (Date.now() < deadline) {
    const { processes } = await stack.status();
    const others = processes.filter(
      ({ name, state }) => name !== slot && roleOf(name) === roleOf(slot) && state === 'ready',
    );
    const owned = await Promise.all(others.map(({ url }) => partitionsOf(url)));
    if (owned.reduce((sum, count) => sum + count, 0) >= stack.config.partitions) return;
    await wait(lookEveryMs);
  }
}

/** Partitions a role says that it works on: a processor tells their number, a fold one line each. */
async function partitionsOf(url: string): Promise<number> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
    const { checks } = (await response.json()) as { readonly checks: Readonly<Record<string, string>> };
    const told = Object.values(checks).map((text) => /^(\d+) partitions/.exec(text)?.[1]);
    return Math.max(...told.map(Number).filter(Number.isFinite), Object.keys(checks).length - 1);
  } catch {
    return 0; // it was killed meanwhile
  }
}

async function untilVoided(run: ChaosRun, slot: string, before: number): Promise<boolean> {
  const deadline = Date.now() + voidedWithinMs;
  while (Date.now() < deadline) {
    if ((await displaced(run, slot)) > before) return true;
    await wait(lookEveryMs);
  }
  return false;
}

/** Owners of the processor's partitions of whom void records stand in the journals. */
async function displaced({ watch }: ChaosRun, slot: string): Promise<number> {
  const all = await watch.displaced();
  return [...all].filter((each) => each.startsWith(`${roleOf(slot)}/`)).length;
}
