import { seededRandom } from '../../clients/seeded-random.ts';
import { type FrontDoor, type MeasuredLoad, type RunningArm, withFrontDoor } from '../ingest/front-door.ts';
import type { SecondOfLoad } from '../ingest/load.ts';
import { measuredCommit } from '../measured-commit.ts';
import { pairedRatio } from '../paired-ratio.ts';
import { startBenchProcess } from '../saga-lite/engine-process.ts';
import { secondsUntilNormal } from './until-normal.ts';

export interface OverloadOptions {
  readonly warmUpS: number;
  /** Of the closed loop that finds the peak, and of each quiet block. */
  readonly seconds: number;
  /** At twice the peak. */
  readonly overloadS: number;
  /** Slow sockets. */
  readonly sockets: number;
  /** What they do (slow-loris.ts), with commas between. */
  readonly kinds: string;
  /** Pairs of blocks without and with them, ABBA. */
  readonly pairs: number;
  readonly seed: number;
  readonly report: (row: Readonly<Record<string, unknown>>) => void;
}

const peakConnections = 64;
/** More than the API lets inside: a client that finds none free counts as not sent. */
const connectionsMax = 6_000;
const recoveryS = 20;

/**
 * G12 (performance.md §1) and the slow loris: what an API process does at twice its peak, how soon it is as before, and
 * what sockets that are held open do to the others. Orders are answered 202 behind acks −1; every 202 must be in the log.
 */
export async function runOverload(options: OverloadOptions): Promise<void> {
  const head = { bench: 'overload', seed: options.seed, commit: measuredCommit() };
  const report = (row: Readonly<Record<string, unknown>>): void => options.report({ ...head, ...row });
  await withFrontDoor(async (door) => {
    const api = await door.start('millrace');
    try {
      const peak = await findPeak(door, api, { ...options, report });
      await overload(door, api, peak, { ...options, report });
      await beSlow(door, api, peak, { ...options, report });
    } finally {
      await api.stop();
    }
  });
}

async function findPeak(
  { load }: FrontDoor,
  api: RunningArm,
  { warmUpS, seconds, report }: OverloadOptions,
): Promise<number> {
  const { perSecond: _each, ...ran } = await load(api, {
    rate: 0,
    connections: peakConnections,
    warmUpS,
    seconds,
  });
  report({ block: 'peak', ...ran });
  return ran.okPerSecond;
}

async function overload(
  { load }: FrontDoor,
  api: RunningArm,
  peak: number,
  { warmUpS, seconds, overloadS, report }: OverloadOptions,
): Promise<void> {
  const half = { rate: Math.round(peak / 2), connections: connectionsMax };
  const before = await load(api, { ...half, warmUpS, seconds });
  report({ block: 'half of the peak, before', ...withoutSeconds(before) });
  const at2 = await load(api, {
    rate: Math.round(peak * 2),
    connections: connectionsMax,
    warmUpS: 0,
    seconds: overloadS,
  });
  report({ block: 'twice the peak', ...withoutSeconds(at2), goodputOverPeak: at2.okPerSecond / peak });
  const after = await load(api, { ...half, warmUpS: 0, seconds: recoveryS });
  const normal = 2 * Math.max(...before.perSecond.map(({ p99Us }) => p99Us));
  report({
    block: 'half of the peak, after',
    ...withoutSeconds(after),
    secondsUntilNormal: secondsUntilNormal(after.perSecond, normal),
    normalP99Us: normal,
  });
}

async function beSlow(
  { load, credential }: FrontDoor,
  api: RunningArm,
  peak: number,
  { warmUpS, seconds, sockets, kinds, pairs, seed, report }: OverloadOptions,
): Promise<void> {
  const quiet = { rate: Math.round(peak / 2), connections: connectionsMax, warmUpS, seconds };
  const p99: Record<'without' | 'with', number[]> = { without: [], with: [] };
  for (let pair = 0; pair < pairs; pair += 1) {
    for (const how of pair % 2 === 0 ? (['without', 'with'] as const) : (['with', 'without'] as const)) {
      const loris = how === 'with' ? await startLoris(api, [String(sockets), credential, kinds]) : null;
      const ran = await load(api, quiet);
      await loris?.stop();
      p99[how].push(ran.latencyUs.p99);
      report({
        block: `slow sockets-${pair}`,
        arm: how,
        sockets: loris ? sockets : 0,
        ...withoutSeconds(ran),
      });
    }
  }
  if (pairs > 0)
    report({
      block: 'slow sockets',
      sockets,
      kinds,
      'p99 with / without': pairedRatio(p99.with, p99.without, seededRandom(seed)),
    });
}

async function startLoris({ port }: RunningArm, args: readonly string[]) {
  const file = new URL('./slow-loris.ts', import.meta.url);
  const loris = startBenchProcess('slow-loris', file, [String(port), ...args], {});
  await loris.ready;
  return loris;
}

/** Goodput and statuses second by second are of use in a picture alone; the smallest second says how deep it fell. */
function withoutSeconds({ perSecond, ...load }: MeasuredLoad): Readonly<Record<string, unknown>> {
  const ok = (seconds: readonly SecondOfLoad[]): number[] => seconds.map((second) => second.ok);
  return { ...load, okInWorstSecond: Math.min(...ok(perSecond)) };
}
