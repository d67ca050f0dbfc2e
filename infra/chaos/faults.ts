import { setTimeout as wait } from 'node:timers/promises';
import { pino } from 'pino';
import { connectRedis, redisReady } from '../clients/redis.ts';
import type { ChaosRun } from './chaos-run.ts';
import type { Tallied } from './tally.ts';
import { signalGroup } from '../local/process-identity.ts';
import { redisLink } from '../clients/links.ts';

/** Kills a process outright; the launcher starts it again. */
export async function killProcess(run: ChaosRun, name: string, counted: Tallied): Promise<void> {
  const pid = await run.stack.signal(name, 'SIGKILL');
  run.tally.add(counted);
  run.say(`${name} killed`);
  await run.stack.untilReady(name, pid);
}

/** When a process surely did not run, epoch ms. */
export interface Away {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Kills a process and holds it down so long. */
export async function takeAway(run: ChaosRun, name: string, forMs: number, counted: Tallied): Promise<void> {
  await holdAway(run, name, forMs, counted);
}

/** A busy launcher tells whom to kill after this at most, ms. */
const killedWithinMs = 60_000;

/** The same; tells when it was down. Resolves when it is back. */
export async function holdAway(run: ChaosRun, name: string, forMs: number, counted: Tallied): Promise<Away> {
  run.stack.orders.holdUntil(name, Date.now() + killedWithinMs + forMs); // it must not come back before it is known when
  const pid = await run.stack.signal(name, 'SIGKILL');
  const fromMs = Date.now();
  const untilMs = fromMs + forMs;
  run.stack.orders.holdUntil(name, untilMs);
  run.say(`${name} away for ${forMs / 1_000} s`);
  await wait(forMs);
  await run.stack.untilReady(name, pid);
  run.tally.add(counted);
  return { fromMs, untilMs };
}

/** Stops a process so long where it stands: its sockets stay open and say nothing. */
export async function freeze(run: ChaosRun, name: string, forMs: number, counted: Tallied): Promise<void> {
  const pid = await run.stack.signal(name, 'SIGSTOP');
  run.say(`${name} frozen for ${forMs / 1_000} s`);
  try {
    await wait(forMs);
  } finally {
    signalGroup(pid, 'SIGCONT');
  }
  run.tally.add(counted);
}

/** Empties Redis while everybody works with it. */
export async function wipeRedis(run: ChaosRun): Promise<void> {
  const redis = connectRedis({
    ...redisLink(run.stack.config),
    logger: pino({ level: 'silent' }),
    commandTimeoutMs: 10_000,
  });
  try {
    await redisReady(redis, 10_000);
    await redis.flushall();
  } finally {
    redis.disconnect();
  }
  run.tally.add('redisWipes');
  run.say('redis emptied');
}
