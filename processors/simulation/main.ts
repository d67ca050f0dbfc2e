import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { countLine, writeTestCounts } from '../../infra/local/test-counts.ts';
import { explainFailure, followSteps } from './explain-failure.ts';
import { ordersMaxOf, type ProfileName, profileNames, reachesOf } from './profiles.ts';
import { runSuite } from './run-suite.ts';
import { fromIntegers } from './shrink.ts';
import { SimCodecs } from './sim-codecs.ts';
import type { Failure, SuiteCounts } from './suite.ts';

// Behind `npm run sim`. Exit 0: no seed violates anything and all that is declared was reached; 1: one does; 2: void.
const { values } = parseArgs({
  options: {
    orders: { type: 'string' },
    seed: { type: 'string' },
    profile: { type: 'string' },
    choices: { type: 'string' },
    threads: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
});

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Exit 64, as sysexits.h has it: the command line makes no sense. */
function refuse(why: string): never {
  say(why);
  process.exit(64);
}

function numberOf(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) refuse(`--${name} is a whole number above 0, not ${text}`);
  return number;
}

function profileOf(text: string | undefined): ProfileName | undefined {
  const found = profileNames.find((name) => name === text);
  if (text !== undefined && !found)
    refuse(`there is no profile ${text}; there are ${profileNames.join(', ')}`);
  return found;
}

const commitOf = (): string => {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'unknown'; // not a checkout
  }
};

async function tell(failure: Failure): Promise<void> {
  const { seed, profile, orders, breaches } = failure;
  const again = `npm run sim -- --seed ${seed} --profile ${profile}${orders === ordersMaxOf(profile) ? '' : ` --orders ${orders}`}`;
  const [first] = breaches;
  say(`\nseed ${seed}, commit ${commitOf()}, profile ${profile}, rule ${first?.rule}: ${first?.what}`);
  say(`  again: ${again}`);
  const { steps, choices, runs } = await explainFailure(
    failure,
    new SimCodecs(),
    orders > shrinksUpTo ? 0 : shrinkWithinMs,
  );
  say(`  its last steps, made as simple as ${runs} runs could:`);
  for (const step of steps) say(`  ${step}`);
  say(`  that run: ${again} --choices '${JSON.stringify(choices)}'`);
}

/** A line now and then for who waits: a million orders take minutes. */
const lineEveryMs = 30_000;
let nextLineMs = performance.now() + lineEveryMs;
function onProgress({ orders, faults, failures }: Readonly<SuiteCounts>): void {
  if (performance.now() < nextLineMs) return;
  nextLineMs += lineEveryMs;
  say(`  ${orders} orders, ${faults} faults, ${failures.length} violations`);
}

/** The run that was made simpler, step by step. */
async function followChoices(seed: number, choices: string): Promise<never> {
  const forced = fromIntegers(JSON.parse(choices) as readonly number[]);
  const { outcome, steps } = await followSteps({
    seed,
    profile,
    orders: ordersEach,
    codecs: new SimCodecs(),
    forced,
  });
  for (const step of steps) say(`  ${step}`);
  for (const { rule, what } of outcome.breaches) say(`${rule}: ${what}`);
  process.exit(outcome.breaches.length > 0 ? 1 : 0);
}

const shrinkWithinMs = 60_000;
/** A larger world takes seconds a run: a minute would leave out nothing, and its list of choices fills the screen. */
const shrinksUpTo = 1_000;
const profile = profileOf(values.profile);
const isReplay = values.seed !== undefined && values.orders === undefined;
/** A profile that says what it reaches says so of each of its runs. */
const isWhole = reachesOf(profile) !== undefined;
const firstSeed = numberOf('seed', values.seed, 1);
const ordersEach = Math.min(numberOf('orders', values.orders, ordersMaxOf(profile)), ordersMaxOf(profile));
if (values.choices !== undefined) await followChoices(firstSeed, values.choices);
const startedMs = performance.now();
const result = await runSuite({
  orders: numberOf('orders', values.orders, isReplay || isWhole ? ordersEach : 20_000),
  firstSeed,
  profile,
  threads: numberOf('threads', values.threads, 2),
  failuresMax: 20,
  onProgress,
});
// One seed is no suite: it cannot reach everything.
const unreached = isReplay && !isWhole ? [] : result.unreached;
for (const [place, failure] of result.failures.entries()) {
  if (place === 0) await tell(failure);
  else say(`seed ${failure.seed}, profile ${failure.profile}: ${failure.breaches[0]?.rule}`);
}
const { orders, faults, seeds, failures, sale } = result;
const hasSale = sale.attempts > 0;
const violations = failures.length;
const summary = { orders, faults, seeds, violations, unreached, ...(hasSale && { sale }) };
const { attempts, sold, refused } = sale;
const saleCounts = { attempts, sold, refused, violations };
if (hasSale) writeTestCounts('hot SKU', saleCounts);
if (values.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
else {
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  for (const [name, count] of [...result.reached].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    say(`${String(count).padStart(9)}  ${name}`);
  process.stdout.write(
    `${orders} orders, ${faults} faults, ${seeds} seeds, ${violations} violations, ${seconds} s\n`,
  );
  if (hasSale) process.stdout.write(`${countLine('hot SKU', saleCounts)}\n`);
  if (unreached.length > 0) process.stdout.write(`never reached: ${unreached.join(', ')}\n`);
}
process.exitCode = failures.length > 0 ? 1 : unreached.length > 0 ? 2 : 0;
