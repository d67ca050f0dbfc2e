import { partFaultNames } from './part-faults.ts';

/** What befalls a request on a link. */
export type RequestFault = 'request-lost' | 'answer-lost' | 'late' | 'twice' | 'reset';

/**
 * Everything a suite must have reached at least once, in one list (I-24): a name with count 0 voids the suite.
 * Faults are counted as faults in its result; situations show that a defence was needed.
 */
export const faultNames = [
  'log request-lost',
  'log answer-lost',
  'log late',
  'log twice',
  'log reset',
  'torn send',
  'row missing',
  'kill',
  'freeze',
  'rebalance',
  'broker clock step',
  'process clock step',
  'poison',
  'api killed',
  'acknowledged tail lost',
  ...partFaultNames,
] as const satisfies readonly string[];

export const situationNames = [
  'take-over',
  'take-over from a snapshot',
  'snapshot taken',
  'messages resent',
  'void records',
  'ownership lost',
  'repeat dropped',
  'command quarantined',
  'clock jump waited out',
  'loss found',
  'sold out',
  'last piece sold',
  'customer limit met',
  'order while replies are lost',
] as const satisfies readonly string[];

export type Sometimes = (typeof faultNames)[number] | (typeof situationNames)[number];

/** Counts what was reached, over all runs of a thread. */
export class Reached {
  readonly counts = new Map<string, number>();

  reach(name: Sometimes): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  faults(): number {
    let sum = 0;
    for (const [name, count] of this.counts) if (isFault.has(name)) sum += count;
    return sum;
  }
}

const isFault: ReadonlySet<string> = new Set(faultNames);
