import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { tuneCollector } from '../../infra/clients/tune-collector.ts';
import { addSales, type SaleCounts } from './judge-hot-sku.ts';
import { ordersMaxOf, type ProfileName, reachesOf } from './profiles.ts';
import type { ThreadAnswer } from './sim-thread.ts';
import { faultNames, situationNames } from './sometimes.ts';
import { type Failure, noCounts, type SeedRange, type SuiteCounts } from './suite.ts';

export interface SuiteOptions {
  readonly orders: number;
  readonly firstSeed: number;
  readonly profile?: ProfileName | undefined;
  readonly threads: number;
  /** After so many failures the rest is not run. */
  readonly failuresMax: number;
  readonly onProgress?: (sofar: Readonly<SuiteCounts>) => void;
}

export interface SuiteResult {
  readonly orders: number;
  readonly faults: number;
  readonly seeds: number;
  readonly failures: readonly Failure[];
  /** Of the seeds whose profile counts a sale. */
  readonly sale: SaleCounts;
  /** How often each declared name was reached. */
  readonly reached: ReadonlyMap<string, number>;
  /** Declared names, or those of the profile that was asked for, that no seed reached. */
  readonly unreached: readonly string[];
}

/** A run leaves nothing behind, so a wide nursery spares most of the collecting. */
const resourceLimits = { maxYoungGenerationSizeMb: 256 };
/**
 * What outlives a nursery is as soon dead as the rest. V8 would look through the whole heap whenever that had grown a
 * little, with helpers on cores that the threads fill already, and drop code that the next seeds need again.
 */
const heapGrows = '--heap-growing-percent=400';
/** Seeds a thread takes at a time. */
const seedsATurn = 20;

/** Runs as many seeds as give so many orders, over worker threads. What a seed does depends on nothing but its number. */
export async function runSuite(options: SuiteOptions): Promise<SuiteResult> {
  const { orders, firstSeed, profile, threads, failuresMax, onProgress } = options;
  const ordersEach = Math.min(orders, ordersMaxOf(profile));
  const sum = noCounts();
  const reached = new Map<string, number>();
  let next = firstSeed;
  /** Orders of seeds that are done or given out; a seed may come to fewer than it was counted for. */
  let taken = 0;
  const takeRange = (): SeedRange => {
    const seeds = Math.min(seedsATurn, Math.ceil((orders - taken) / ordersEach));
    const from = next;
    next += seeds;
    taken += seeds * ordersEach;
    return { from, until: next, profile, ordersEach };
  };
  setFlagsFromString(heapGrows);
  tuneCollector();
  const work = async (): Promise<void> => {
    const thread = new Worker(new URL('sim-thread.ts', import.meta.url), { resourceLimits });
    try {
      while (taken < orders && sum.failures.length < failuresMax) {
        const range = takeRange();
        const answer = await ask(thread, range);
        taken -= (range.until - range.from) * ordersEach - answer.orders;
        sum.orders += answer.orders;
        sum.faults += answer.faults;
        sum.seeds += answer.seeds;
        sum.sale = addSales(sum.sale, answer.sale);
        sum.failures.push(...answer.failures);
        for (const [name, count] of answer.reached) reached.set(name, (reached.get(name) ?? 0) + count);
        onProgress?.(sum);
      }
    } finally {
      await thread.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads, Math.ceil(orders / ordersEach)) }, work));
  const unreached = (reachesOf(profile) ?? [...faultNames, ...situationNames]).filter(
    (name) => !reached.has(name),
  );
  const failures = sum.failures.toSorted((a, b) => a.seed - b.seed);
  return { ...sum, failures, reached, unreached };
}

function ask(thread: Worker, range: SeedRange): Promise<ThreadAnswer> {
  return new Promise((resolve, reject) => {
    const died = (error: unknown): void =>
      reject(new Error(`seeds ${range.from} to ${range.until - 1}: the thread died`, { cause: error }));
    thread.once('error', died);
    thread.once('message', (answer: ThreadAnswer) => {
      thread.off('error', died);
      resolve(answer);
    });
    thread.postMessage(range, []);
  });
}
