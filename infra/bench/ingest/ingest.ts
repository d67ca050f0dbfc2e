import { seededRandom } from '../../clients/seeded-random.ts';
import { measuredCommit } from '../measured-commit.ts';
import { geometricMean, type PairedRatio, pairedRatio } from '../paired-ratio.ts';
import { type FrontDoor, type IngestArm, type MeasuredLoad, withFrontDoor } from './front-door.ts';

export interface IngestOptions {
  /** Rounds of one block an arm, in ABBA order. */
  readonly pairs: number;
  readonly warmUpS: number;
  readonly seconds: number;
  /** Of the closed loop. */
  readonly connections: number;
  /** A second arm `bare`: how far two of the same are apart (performance.md §4). */
  readonly aa: boolean;
  readonly seed: number;
  readonly report: (row: Readonly<Record<string, unknown>>) => void;
}

/** At half of its maximum no server needs more. */
const openConnections = 1_000;

/**
 * G5 (performance.md §1): orders taken by our API, by bare node:http with the same parse, checks and batched produce, and
 * by Express with one send for each; every 202 behind acks −1, in one run on one broker. Each block is a process of its
 * own. Then each at half of its own maximum, in an open loop. Throws if an order that was answered 202 is not in the log.
 */
export async function runIngest(options: IngestOptions): Promise<void> {
  const { pairs, warmUpS, seconds, connections, aa, seed, report } = options;
  const head = { bench: 'ingest', seed, commit: measuredCommit(), warmUpS, seconds, connections };
  const arms = {
    millrace: 'millrace',
    bare: 'bare',
    express: 'express',
    ...(aa ? { 'bare again': 'bare' } : {}),
  };
  const names = Object.keys(arms) as (keyof typeof arms)[];
  const closed = new Map<string, MeasuredLoad[]>(names.map((name) => [name, []]));
  await withFrontDoor(async (door) => {
    const block = async (name: string, arm: string, rate: number): Promise<MeasuredLoad> => {
      const most = rate === 0 ? connections : openConnections;
      const ran = await runBlock(door, arm as IngestArm, { rate, connections: most, warmUpS, seconds });
      const { perSecond: _each, ...row } = ran;
      report({ ...head, block: rate === 0 ? 'maximum' : 'half of maximum', arm: name, rate, ...row });
      return ran;
    };
    for (let pair = 0; pair < pairs; pair += 1) {
      for (const name of pair % 2 === 0 ? names : names.toReversed())
        closed.get(name)?.push(await block(name, arms[name] ?? '', 0));
    }
    for (const name of ['millrace', 'bare', 'express'])
      await block(name, name, Math.round(maximumOf(closed.get(name) ?? []) / 2));
  });
  report({ ...head, block: 'summary', pairs, ...summarize(closed, seed) });
}

const maximumOf = (loads: readonly MeasuredLoad[]): number =>
  geometricMean(loads.map(({ okPerSecond }) => okPerSecond));

async function runBlock(
  door: FrontDoor,
  name: IngestArm,
  order: Parameters<FrontDoor['load']>[1],
): Promise<MeasuredLoad> {
  const arm = await door.start(name);
  try {
    return await door.load(arm, order);
  } finally {
    await arm.stop();
  }
}

/** Ours over each other: orders a second, and CPU of the server and of server and broker for each order. */
function summarize(
  closed: ReadonlyMap<string, readonly MeasuredLoad[]>,
  seed: number,
): Readonly<Record<string, unknown>> {
  const ours = closed.get('millrace') ?? [];
  const of = (loads: readonly MeasuredLoad[], value: (load: MeasuredLoad) => number): number[] =>
    loads.map(value);
  const perSecond = (load: MeasuredLoad): number => load.okPerSecond;
  const server = ({ cpuUsPerOrder }: MeasuredLoad): number => cpuUsPerOrder.server;
  const all = ({ cpuUsPerOrder: { server: own, broker, redis } }: MeasuredLoad): number =>
    own + broker + redis;
  const others = [...closed].filter(([name]) => name !== 'millrace');
  const ratio = (loads: readonly MeasuredLoad[], value: (load: MeasuredLoad) => number): PairedRatio =>
    pairedRatio(of(ours, value), of(loads, value), seededRandom(seed));
  return {
    ordersPerSecond: Object.fromEntries(
      [...closed].map(([name, loads]) => [name, Math.round(maximumOf(loads))]),
    ),
    ...Object.fromEntries(
      others.map(([name, loads]) => [
        `millrace / ${name}`,
        {
          ordersPerSecond: ratio(loads, perSecond),
          serverCpu: ratio(loads, server),
          serverBrokerRedisCpu: ratio(loads, all),
        },
      ]),
    ),
  };
}
