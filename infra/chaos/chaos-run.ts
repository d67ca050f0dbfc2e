import type { AuditSources } from '../audit/live-recording.ts';
import type { Answered } from '../../producers/checkout/checkout.ts';
import type { ChaosStack } from './chaos-stack.ts';
import type { Tally } from './tally.ts';
import type { UnreadableRecord } from './unreadable-records.ts';
import type { VoidWatch } from './void-watch.ts';

/** What a fault, a script of faults or a scenario works with. */
export interface ChaosRun {
  readonly stack: ChaosStack;
  readonly tally: Tally;
  readonly watch: VoidWatch;
  /** The log, as the auditor reads it. */
  readonly sources: Pick<AuditSources, 'log' | 'reader' | 'partitions'>;
  /** Unreadable records that stand in an inbox: their bytes must be kept. */
  readonly unreadable: UnreadableRecord[];
  /** Whoever is in here hears of every answer to the load. */
  readonly listeners: Set<(answered: Answered) => void>;
  /** In [0, 1), from the seed. */
  readonly random: () => number;
  /** One line for each fault. */
  readonly say: (text: string) => void;
}

/** A whole number from `least` to `most`, both included. */
export const between = ({ random }: Pick<ChaosRun, 'random'>, least: number, most: number): number =>
  least + Math.floor(random() * (most - least + 1));
