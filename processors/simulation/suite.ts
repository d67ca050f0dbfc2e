import { addSales, noSale, type SaleCounts } from './judge-hot-sku.ts';
import { type RunOutcome, runSeed } from './run-seed.ts';
import type { ProfileName } from './profiles.ts';
import type { SimCodecs } from './sim-codecs.ts';
import type { Breach } from './sim-world.ts';
import type { Reached } from './sometimes.ts';

/** A seed that must not have come out so. */
export interface Failure {
  readonly seed: number;
  readonly profile: ProfileName;
  /** Orders its run was to have, as its profile understands them. */
  readonly orders: number;
  readonly breaches: readonly Breach[];
}

/** What some seeds came to. */
export interface SuiteCounts {
  orders: number;
  faults: number;
  seeds: number;
  readonly failures: Failure[];
  /** Of the seeds whose profile counts a sale. */
  sale: SaleCounts;
}

export const noCounts = (): SuiteCounts => ({ orders: 0, faults: 0, seeds: 0, failures: [], sale: noSale });

export interface SeedRange {
  readonly from: number;
  /** Exclusive. */
  readonly until: number;
  readonly profile?: ProfileName | undefined;
  /** Orders of each seed. */
  readonly ordersEach: number;
}

/** Every so many seeds one runs twice, and the second time nobody may write into what he reads. */
const twiceEvery = 100;

/** Runs the seeds of a range, one after the other. */
export async function runSeeds(
  { from, until, profile, ordersEach }: SeedRange,
  reached: Reached,
  codecs: SimCodecs,
): Promise<SuiteCounts> {
  const counts = noCounts();
  for (let seed = from; seed < until; seed += 1) {
    const runsTwice = seed % twiceEvery === 0;
    const options = { seed, reached, codecs, profile, orders: ordersEach, withHash: runsTwice };
    const outcome = await runSeed(options);
    counts.orders += outcome.orders;
    counts.faults += outcome.faults;
    counts.seeds += 1;
    if (outcome.sale) counts.sale = addSales(counts.sale, outcome.sale);
    const breaches = [...outcome.breaches];
    if (runsTwice) breaches.push(...(await replayed(outcome, options)));
    if (breaches.length > 0)
      counts.failures.push({ seed, profile: outcome.profile, orders: ordersEach, breaches });
  }
  return counts;
}

/** A second run must be the first, record for record. */
async function replayed(
  first: RunOutcome,
  options: Parameters<typeof runSeed>[0],
): Promise<readonly Breach[]> {
  const { codecs } = options;
  codecs.checkNobodyWrites = true;
  try {
    const second = await runSeed(options);
    const isSame = second.hash === first.hash && second.steps === first.steps;
    return isSame ? [] : [{ rule: 'replay', what: 'a second run of the seed wrote other records' }];
  } finally {
    codecs.checkNobodyWrites = false;
  }
}
