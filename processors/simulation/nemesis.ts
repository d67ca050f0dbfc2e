import type { Shop } from './shop.ts';
import type { SimProcess } from './sim-process.ts';
import type { SimWorld } from './sim-world.ts';
import { brokerCount } from './sim-log.ts';

/** Deals the blows of a run's shape while the shop is open. */
export function startNemesis(world: SimWorld, shop: Shop, withinMs: number): void {
  const { scheduler, shape } = world;
  const { nemesis } = shape;
  const draws = scheduler.draws.faults;
  const blows: readonly (readonly [number, (world: SimWorld) => void])[] = [
    [nemesis.kills, kill],
    [nemesis.apiKills, () => shop.killApi()],
    [nemesis.freezes, freeze],
    [nemesis.rebalances, rebalance],
    [nemesis.brokerClockSteps, stepBrokerClock],
    [nemesis.processClockSteps, stepProcessClock],
    ...world.parts.blows(),
  ];
  for (const [count, strike] of blows)
    for (let i = 0; i < count; i += 1) {
      // A blow is one choice, so that it can be left out.
      const atMs = draws.below(withinMs + 1);
      if (atMs > 0) scheduler.after(atMs, () => strike(world));
    }
}

function kill(world: SimWorld): void {
  const process = pick(world);
  if (!process) return;
  const roles = world.hosts.get(process) ?? [];
  world.scheduler.reached.reach('kill');
  world.kill(process);
  const restartMs = world.scheduler.draws.faults.below(world.shape.nemesis.restartMs + 1);
  world.scheduler.after(restartMs, () => world.start(roles));
}

function freeze(world: SimWorld): void {
  const process = pick(world);
  if (!process?.isAlive) return;
  world.scheduler.reached.reach('freeze');
  world.scheduler.note(() => `${process.name} is stopped`);
  process.freeze();
  const sleepMs = world.scheduler.draws.faults.below(world.shape.nemesis.sleepMs + 1);
  world.scheduler.after(sleepMs, () => {
    world.scheduler.note(() => `${process.name} wakes`);
    process.wake();
  });
}

function rebalance(world: SimWorld): void {
  const groups = Object.values(world.groups);
  const group = groups[world.scheduler.draws.faults.below(groups.length)];
  world.scheduler.reached.reach('rebalance');
  world.scheduler.note(() => 'a rebalance');
  group?.rebalance();
}

function stepBrokerClock(world: SimWorld): void {
  const draws = world.scheduler.draws.faults;
  const broker = draws.below(brokerCount);
  const isJump = draws.chance(0.05);
  const stepMs = isJump ? jumpMs : stepOf(world);
  world.log.clockLeadMs[broker] = stepMs;
  world.scheduler.reached.reach('broker clock step');
  world.scheduler.note(() => `broker ${broker}'s clock is ${stepMs} ms ahead`);
}

function stepProcessClock(world: SimWorld): void {
  const process = pick(world);
  if (!process) return;
  const isFarBehind = world.scheduler.draws.faults.chance(0.3);
  process.clockLeadMs = isFarBehind ? -farBehindMs : stepOf(world);
  world.scheduler.reached.reach('process clock step');
  world.scheduler.note(() => `${process.name}'s clock is ${process.clockLeadMs} ms ahead`);
}

/**
 * Beyond the five minutes that the broker's clock may be ahead of the owner's (P9), and not far beyond: what is over them
 * is waited for, tick by tick. A world is at rest within a minute or so, and then a jump that was taken must still show.
 */
const farBehindMs = 400_000;
const jumpMs = 360_000;

const stepOf = ({ scheduler, shape }: SimWorld): number =>
  scheduler.draws.faults.below(2 * shape.nemesis.clockStepMs + 1) - shape.nemesis.clockStepMs;

function pick(world: SimWorld): SimProcess | undefined {
  const all = [...world.hosts.keys()];
  return all[world.scheduler.draws.faults.below(Math.max(1, all.length))];
}
