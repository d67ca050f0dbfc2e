import { type Forced, type RunOptions, type RunOutcome, runSeed } from './run-seed.ts';
import { shrink, toIntegers, type Tried } from './shrink.ts';
import type { SimCodecs } from './sim-codecs.ts';
import { startOfTimeMs } from './scheduler.ts';
import { Reached } from './sometimes.ts';
import type { Failure } from './suite.ts';

const stepsShown = 50;

export interface Explained {
  /** The last steps before it showed, ms since the run began. */
  readonly steps: readonly string[];
  /** The calm choices of the simplest run that still fails so (`fromIntegers` reads them). */
  readonly choices: readonly number[];
  readonly runs: number;
}

/** Runs a failed seed again, simpler and simpler for `withinMs` of real time, and tells its last steps. */
export async function explainFailure(
  { seed, profile, orders, breaches }: Failure,
  codecs: SimCodecs,
  withinMs: number,
): Promise<Explained> {
  const rule = breaches[0]?.rule;
  const attempt = async (forced: Forced): Promise<Tried> => {
    const noted = { workload: [], network: [], faults: [] };
    const outcome = await runSeed({ seed, profile, orders, codecs, reached: new Reached(), forced, noted });
    return { fails: outcome.breaches[0]?.rule === rule, noted };
  };
  const endMs = performance.now() + withinMs;
  const { forced, runs } = await shrink(attempt, () => performance.now() > endMs);
  const { steps } = await followSteps({ seed, profile, orders, codecs, forced });
  return { steps, choices: toIntegers(forced), runs };
}

/** Runs a seed and notes its last steps. */
export async function followSteps(
  options: Omit<RunOptions, 'reached' | 'trace'>,
): Promise<{ readonly outcome: RunOutcome; readonly steps: readonly string[] }> {
  const steps: string[] = [];
  const trace = (atMs: number, what: string): void => {
    steps.push(`${String(atMs - startOfTimeMs).padStart(7)} ms  ${what}`);
    if (steps.length > stepsShown) steps.shift();
  };
  return { outcome: await runSeed({ ...options, reached: new Reached(), trace }), steps };
}
