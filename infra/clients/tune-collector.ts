import { setFlagsFromString } from 'node:v8';

/**
 * What belongs to a record lives for the second in which the record passes and is dead then, wherever it was made. V8
 * would notice that it outlives a nursery and make it in the old heap from then on, where only a look through all of
 * the heap frees it, and once dead there it keeps what it points to in the nursery alive: a seventh of a processor's CPU
 * (docs/performance.md, What the collector costs), and a third of the simulator's collecting.
 */
export const allIsYoung = '--no-allocation-site-pretenuring';

/** Sets V8's garbage collector to what a role does: the first thing in a process. */
export function tuneCollector(): void {
  setFlagsFromString(allIsYoung);
}
