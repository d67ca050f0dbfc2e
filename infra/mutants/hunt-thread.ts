import { parentPort, workerData } from 'node:worker_threads';
import type { Mutant } from './mutant.ts';
import { plant } from './plant.ts';

/** What the thread is to hunt. */
export interface HuntTask {
  readonly mutant: Mutant;
  /** In this order. */
  readonly seeds: readonly number[];
}

/** The first seed with a violation, the rules that were violated, and how the first was; or that there is none. */
export type HuntAnswer =
  | { readonly is: 'caught'; readonly seed: number; readonly rule: string; readonly what: string }
  | { readonly is: 'escaped' };

const port = parentPort;
const { mutant, seeds } = workerData as HuntTask;
const loaded = plant(mutant.edits);
// Not before the edits are planted: these bring the whole simulator.
const { runSeed } = await import('../../processors/simulation/run-seed.ts');
const { SimCodecs } = await import('../../processors/simulation/sim-codecs.ts');
const { Reached } = await import('../../processors/simulation/sometimes.ts');

async function hunt(): Promise<HuntAnswer> {
  const codecs = new SimCodecs();
  const reached = new Reached();
  for (const seed of seeds) {
    const { breaches } = await runSeed({ seed, reached, codecs, profile: mutant.profile });
    const [first] = breaches;
    const rules = [...new Set(breaches.map(({ rule }) => rule))];
    if (first) return { is: 'caught', seed, rule: rules.join(', '), what: first.what };
  }
  return { is: 'escaped' };
}

const answer = await hunt();
const missed = mutant.edits.filter(({ file }) => !loaded.has(file));
if (missed.length > 0)
  throw new Error(`the simulator never loads ${missed.map(({ file }) => file).join(', ')}`);
port?.postMessage(answer);
