import { Worker } from 'node:worker_threads';
import type { HuntAnswer, HuntTask } from './hunt-thread.ts';
import type { Mutant } from './mutant.ts';

export interface Hunted {
  readonly mutant: Mutant;
  /** The seed at which it was caught, or how many there were. */
  readonly seeds: number;
  /** The auditor's rules and tallies that caught it, or what else ended the run; null if nothing did. */
  readonly caughtBy: string | null;
  readonly what: string;
  readonly ms: number;
}

export interface HuntOptions {
  readonly seeds: number;
  readonly threads: number;
  /** Tried before the others, by name: the seeds at which earlier hunts caught them. */
  readonly caughtBefore?: ReadonlyMap<string, number>;
  readonly onHunted?: (hunted: Hunted) => void;
}

/** A seed takes well under a second; one that does not end is a mutant that made the code run in circles. */
const withinMs = 150_000;

/** Hunts every mutant, a thread each, a few at a time. In the order of the list. */
export async function huntAll(mutants: readonly Mutant[], options: HuntOptions): Promise<readonly Hunted[]> {
  const found = new Map<Mutant, Hunted>();
  const rest = [...mutants];
  const work = async (): Promise<void> => {
    for (let mutant = rest.shift(); mutant; mutant = rest.shift()) {
      const hunted = await hunt({ mutant, seeds: seedsFor(mutant, options) });
      found.set(mutant, hunted);
      options.onHunted?.(hunted);
    }
  };
  await Promise.all(Array.from({ length: options.threads }, work));
  return mutants.flatMap((mutant) => found.get(mutant) ?? []);
}

/** From the first on; one at which the mutant was caught before comes first, where it is among them. */
export function seedsFor(
  { name }: Pick<Mutant, 'name'>,
  { seeds, caughtBefore }: Pick<HuntOptions, 'seeds' | 'caughtBefore'>,
): readonly number[] {
  const all = Array.from({ length: seeds }, (_, i) => i + 1);
  const known = caughtBefore?.get(name);
  return known === undefined || known > seeds ? all : [known, ...all.filter((seed) => seed !== known)];
}

/** Code that throws where the simulator does not expect it is caught too: in production the process would end. */
function hunt(task: HuntTask): Promise<Hunted> {
  const startedMs = performance.now();
  const { mutant } = task;
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL('hunt-thread.ts', import.meta.url), { workerData: task });
    const settle = (of: Pick<Hunted, 'seeds' | 'caughtBy' | 'what'>): void => {
      clearTimeout(deadline);
      void thread.terminate();
      resolve({ mutant, ...of, ms: Math.round(performance.now() - startedMs) });
    };
    const deadline = setTimeout(() => {
      settle({ seeds: task.seeds.length, caughtBy: null, what: `no end within ${withinMs / 1_000} s` });
    }, withinMs);
    thread.once('message', (answer: HuntAnswer) => {
      if (answer.is === 'caught') settle({ seeds: answer.seed, caughtBy: answer.rule, what: answer.what });
      else settle({ seeds: task.seeds.length, caughtBy: null, what: '' });
    });
    thread.once('error', (error) => {
      clearTimeout(deadline);
      reject(new Error(`mutant ${mutant.name}`, { cause: error }));
    });
  });
}
