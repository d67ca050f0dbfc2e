import net from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { ProcessLimits } from '../local/fault-orders.ts';
import type { ChaosRun } from './chaos-run.ts';
import { followProcessLog } from './process-log.ts';

/** What a process did that had too little of something (F20, reliability §3). */
export interface StarvedReport {
  readonly slot: string;
  /** For people. */
  readonly limits: string;
  /** How often it ended by itself while the limits stood. */
  readonly ends: number;
  /** The line in its log that names what it lacked; null if there is none. */
  readonly words: string | null;
}

/** F20: what every role must be able to live with, or die of cleanly. */
export const smallLimits = { heapMb: 64, descriptors: 64 } as const;
/** Less than a start takes, whatever the state: what stays to be seen is how it dies. */
export const noHeap: ProcessLimits = { heapMb: 12 };
export const noDescriptors: ProcessLimits = { descriptors: 26 };

/**
 * Ends in a row within the time a process is starved. The launcher waits 100 ms, doubled each time up to 5 s: a process
 * that dies at once dies 8 times in 20 s, without the wait some 50 times.
 */
export const endsMax = 10;
const wordsMax = 300;
const idleConnections = 100;

const textOf = ({ heapMb, descriptors }: ProcessLimits): string =>
  [
    ...(heapMb === undefined ? [] : [`${heapMb} MB of heap`]),
    ...(descriptors === undefined ? [] : [`${descriptors} descriptors`]),
  ].join(', ');

/** What a process says that has no memory or no descriptor left. */
const namesLack = (line: string): boolean => /heap out of memory|\bEMFILE\b|too many open files/i.test(line);

/**
 * Starts a slot again under limits, lets it be so long, and gives it back what it needs; resolves when it is ready. What
 * it did meanwhile is in `tally.starved`, what it must not do in `tally.broken`.
 */
export async function starve(
  run: ChaosRun,
  slot: string,
  limits: ProcessLimits,
  meanwhile: (killedPid: number) => Promise<unknown>,
): Promise<void> {
  const { stack, tally } = run;
  const log = followProcessLog(stack.config.dataDir, slot);
  const before = (await stack.process(slot)).restarts;
  stack.orders.limits(slot, limits);
  try {
    const killed = await stack.signal(slot, 'SIGKILL');
    run.say(`${slot} has ${textOf(limits)}`);
    await meanwhile(killed);
  } finally {
    stack.orders.limits(slot, {});
  }
  const { restarts } = await stack.process(slot);
  const ends = Math.max(0, restarts - before - 1); // the first is ours
  const words = log.takeLines().find(namesLack)?.slice(0, wordsMax) ?? null;
  const report: StarvedReport = { slot, limits: textOf(limits), ends, words };
  tally.starved.push(report);
  tally.add('starved');
  tally.broken.push(...wrongEnds(report));
  const pid = await stack.signal(slot, 'SIGKILL'); // one that lives on keeps its limits
  await stack.untilReady(slot, pid);
  run.say(`${slot} ended ${ends} times${words === null ? '' : `: ${words}`}`);
}

/** What is wrong with how a starved process behaved. */
export function wrongEnds({ slot, limits, ends, words }: StarvedReport): readonly string[] {
  const wrong: string[] = [];
  if (ends > endsMax)
    wrong.push(
      `${slot} with ${limits} ended ${ends} times, at most ${endsMax} are allowed: it starts again too soon`,
    );
  if (ends > 0 && words === null)
    wrong.push(`${slot} with ${limits} ended ${ends} times and its log does not say what it lacked`);
  return wrong;
}

/** Holds open so many connections to the API that say nothing, and lets them go. */
export async function crowdApi({ stack: { summary }, say }: ChaosRun, forMs: number): Promise<void> {
  const { hostname, port } = new URL(summary.api);
  const sockets = Array.from({ length: idleConnections }, () =>
    net.connect({ host: hostname, port: Number(port) }).on('error', () => undefined),
  );
  say(`${idleConnections} connections to the API say nothing`);
  await wait(forMs);
  for (const socket of sockets) socket.destroy();
}
