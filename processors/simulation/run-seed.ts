import { runAudit } from '../../infra/audit/run-audit.ts';
import { createRules } from '../../infra/audit/rules.ts';
import { Draws } from './draws.ts';
import { startNemesis } from './nemesis.ts';
import { Rest } from './rest.ts';
import { Scheduler, type Trace } from './scheduler.ts';
import { drawShape, type Shape } from './shape.ts';
import { Shop } from './shop.ts';
import type { SimCodecs } from './sim-codecs.ts';
import { recordWorld } from './sim-recording.ts';
import { type Breach, SimWorld } from './sim-world.ts';
import type { Reached } from './sometimes.ts';

export interface RunOutcome {
  readonly orders: number;
  readonly faults: number;
  readonly steps: number;
  readonly breaches: readonly Breach[];
  readonly shape: Shape;
}

export interface RunOptions {
  readonly seed: number;
  readonly reached: Reached;
  readonly codecs: SimCodecs;
  readonly trace?: Trace;
}

/** After the last heal everything must be at rest within this, ms (I-20: 60 s, and who sleeps wakes first). */
const restWithinMs = 120_000;
const stepsMax = 400_000;

/** Runs one seed: a world, its storm, its rest, the production auditor. */
export async function runSeed({ seed, reached, codecs, trace }: RunOptions): Promise<RunOutcome> {
  const draws = {
    workload: new Draws(seed * 4 + 1),
    network: new Draws(seed * 4 + 2),
    faults: new Draws(seed * 4 + 3),
  };
  const shape = drawShape(new Draws(seed * 4));
  const before = reached.faults();
  const scheduler = new Scheduler(draws, reached, trace ?? null);
  const world = new SimWorld(scheduler, shape, codecs);
  const shop = new Shop(world);
  for (const { roles, copies } of shape.hosts) for (let i = 0; i < copies; i += 1) world.start(roles);
  shop.openDoors();
  const stormMs = shape.shop.withinMs + 1_500;
  startNemesis(world, stormMs);
  await scheduler.runUntil(() => world.breaches.length > 0, stormMs, stepsMax);
  world.heal();
  const rest = new Rest(world, shop);
  const isAtRest = await scheduler.runUntil(
    () => world.breaches.length > 0 || rest.isReached(),
    restWithinMs,
    stepsMax,
  );
  if (!isAtRest && world.breaches.length === 0)
    world.fail('rest', `not at rest ${restWithinMs} ms after the last heal: ${rest.describe()}`);
  if (world.breaches.length === 0) await audit(world, shop);
  return {
    orders: shop.orders,
    faults: reached.faults() - before,
    steps: scheduler.steps,
    breaches: world.breaches,
    shape,
  };
}

async function audit(world: SimWorld, shop: Shop): Promise<void> {
  const rules = createRules(world.shape.partitions).filter(
    ({ id }) => (id !== 'I-14' || world.hasRole('views')) && (id !== 'I-16' || world.hasRole('sink')),
  );
  const reports = await runAudit(recordWorld(world, shop), rules);
  for (const { id, violations, first } of reports)
    if (violations > 0) world.fail(id, `${violations} ×, first: ${first ?? ''}`);
}
