import { Draws } from '../draws.ts';
import { calmLink, createLink, type Link, type LinkFaults, type Part } from '../link.ts';
import { Scheduler } from '../scheduler.ts';
import { SimProcess } from '../sim-process.ts';
import { Reached } from '../sometimes.ts';

/** A scheduler and one process, for tests of a single part. */
export function simulatedWorld(seed = 1): {
  readonly scheduler: Scheduler;
  readonly process: SimProcess;
  readonly reached: Reached;
  readonly linkTo: (part: Part, faults?: Partial<LinkFaults>, lost?: Link['lost']) => Link;
} {
  const draws = { workload: new Draws(seed), network: new Draws(seed + 1), faults: new Draws(seed + 2) };
  const reached = new Reached();
  const scheduler = new Scheduler(draws, reached);
  const process = new SimProcess('p', scheduler);
  return {
    scheduler,
    process,
    reached,
    linkTo: (part, faults = {}, lost = (why) => new Error(why)) =>
      createLink({ caller: process, to: part, faults: { ...calmLink, ...faults }, timeoutMs: 1_000, lost }),
  };
}
