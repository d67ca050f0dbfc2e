import type { Recording } from '../../infra/audit/recording.ts';
import { runAudit } from '../../infra/audit/run-audit.ts';
import { createRules } from '../../infra/audit/rules.ts';
import { Draws } from './draws.ts';
import { startNemesis } from './nemesis.ts';
import type { SaleCounts } from './judge-hot-sku.ts';
import { profileOf, type ProfileName } from './profiles.ts';
import { Rest } from './rest.ts';
import { Scheduler, type Streams, type Trace } from './scheduler.ts';
import { drawShape, type Shape } from './shape.ts';
import { Shop } from './shop.ts';
import type { SimCodecs } from './sim-codecs.ts';
import { recordWorld } from './sim-recording.ts';
import { type Breach, SimWorld } from './sim-world.ts';
import type { Reached } from './sometimes.ts';

export type StreamName = keyof Streams;

/** Choices of a run that are put in the place of the seed's, by stream and number. */
export type Forced = Readonly<Record<StreamName, ReadonlyMap<number, number>>>;

export interface RunOutcome {
  readonly profile: ProfileName;
  readonly orders: number;
  readonly faults: number;
  readonly steps: number;
  readonly breaches: readonly Breach[];
  readonly shape: Shape;
  /** Of all topics: two runs of one seed have the same. */
  readonly hash: string | null;
  /** Of a profile that counts a sale. */
  readonly sale: SaleCounts | null;
}

export interface RunOptions {
  readonly seed: number;
  readonly reached: Reached;
  readonly codecs: SimCodecs;
  /** By default the one the seed draws. */
  readonly profile?: ProfileName | undefined;
  readonly orders?: number;
  readonly trace?: Trace;
  readonly forced?: Forced;
  /** Is told which choices were not the calm ones. */
  readonly noted?: Readonly<Record<StreamName, number[]>>;
  readonly withHash?: boolean;
  /** Is shown the world at rest, as the auditor saw it. */
  readonly recorded?: (recording: Recording) => Promise<void>;
}

/**
 * After the last heal everything must be at rest within this, ms: money that is unknown waits for the janitor, and a
 * `not-found` counts after two quiet minutes (payments §5).
 */
const restWithinMs = 2_400_000;
const stepsMax = 400_000;
const stepsAnOrderMax = 200;
/** The last of the storm comes after the last order. */
const stormTailMs = 1_500;

/** Runs one seed: a world, its storm, its rest, the production auditor. */
export async function runSeed(options: RunOptions): Promise<RunOutcome> {
  const { seed, reached, codecs, trace, withHash } = options;
  codecs.forget();
  const shapeDraws = new Draws(seed * 4);
  const profile = profileOf(shapeDraws, options.profile);
  const shape = profile.adapt(drawShape(shapeDraws, options.orders));
  const before = reached.faults();
  const scheduler = new Scheduler(streamsOf(options), reached, trace ?? null);
  const world = new SimWorld(scheduler, shape, codecs);
  const shop = new Shop(world);
  for (const { roles, copies } of shape.hosts) for (let i = 0; i < copies; i += 1) world.start(roles);
  shop.openDoors();
  const stormMs = shape.shop.withinMs + stormTailMs;
  startNemesis(world, shop, stormMs);
  profile.begin?.(world, stormMs);
  const isOver = (): boolean => world.breaches.length > 0 || world.pages.length > 0;
  const stepsOfRun = Math.max(stepsMax, stepsAnOrderMax * shape.shop.orders);
  await scheduler.runUntil(isOver, stormMs, stepsOfRun);
  world.heal();
  const rest = new Rest(world, shop);
  const isAtRest = await scheduler.runUntil(() => isOver() || rest.isReached(), restWithinMs, stepsOfRun);
  let sale: SaleCounts | null = null;
  if (world.breaches.length === 0) {
    const describe = (): string => rest.describe();
    const counted = await profile.judge({
      world,
      isAtRest: isAtRest && !isOver(),
      attempts: shop.orders,
      audit: () => audit(world, shop, options.recorded),
      describe,
    });
    sale = counted ?? null;
  }
  return {
    profile: profile.name,
    orders: shop.orders,
    faults: reached.faults() - before,
    steps: scheduler.steps,
    breaches: world.breaches,
    shape,
    hash: withHash ? world.log.hash() : null,
    sale,
  };
}

function streamsOf({ seed, forced, noted }: RunOptions): Streams {
  const stream = (name: StreamName, place: number): Draws =>
    new Draws(seed * 4 + place, forced?.[name], noted?.[name]);
  return { workload: stream('workload', 1), network: stream('network', 2), faults: stream('faults', 3) };
}

async function audit(world: SimWorld, shop: Shop, recorded: RunOptions['recorded']): Promise<void> {
  const rules = createRules(world.shape.partitions).filter(
    ({ id }) => (id !== 'I-14' || world.hasRole('views')) && (id !== 'I-16' || world.hasRole('sink')),
  );
  const recording = recordWorld(world, shop);
  const reports = await runAudit(recording, rules);
  for (const { id, violations, first } of reports)
    if (violations > 0) world.fail(id, `${violations} ×, first: ${first ?? ''}`);
  await recorded?.(recording);
}
