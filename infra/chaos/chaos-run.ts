import type { ChaosStack } from './chaos-stack.ts';
import type { Tally } from './tally.ts';
import type { VoidWatch } from './void-watch.ts';

/** What a fault, a script of faults or a scenario works with. */
export interface ChaosRun {
  readonly stack: ChaosStack;
  readonly tally: Tally;
  readonly watch: VoidWatch;
  /** In [0, 1), from the seed. */
  readonly random: () => number;
  /** One line for each fault. */
  readonly say: (text: string) => void;
}

/** A whole number from `least` to `most`, both included. */
export const between = ({ random }: Pick<ChaosRun, 'random'>, least: number, most: number): number =>
  least + Math.floor(random() * (most - least + 1));
