import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { writeTestCounts } from '../local/test-counts.ts';
import { huntAll, type Hunted } from './hunt.ts';
import { mutants } from './mutants.ts';
import { testedMutants } from './tested-mutants.ts';
import { mutantsPage, pageFile, seedsOfPage } from './mutants-page.ts';
import { runTested, type Tested } from './run-tested.ts';

// Behind `npm run mutants`. Exit 0: every mutant is caught; 1: one escapes; 64: usage.
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seeds: { type: 'string', default: '300' },
    'known-first': { type: 'boolean', default: false }, // begins with the seeds of the page; not with --write
    threads: { type: 'string', default: '2' },
    write: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const say = (text: string): void => void process.stderr.write(`${text}\n`);
function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) {
    say(`--${name} is a whole number above 0, not ${text}`);
    process.exit(64);
  }
  return number;
}

const isAsked = ({ name }: { readonly name: string }): boolean =>
  values.only === undefined || name === values.only;
const asked = mutants.filter(isAsked);
const askedTests = testedMutants.filter(isAsked);
if (asked.length + askedTests.length === 0) {
  const names = [...mutants, ...testedMutants].map(({ name }) => name);
  say(`there is no mutant ${values.only}; there are ${names.join(', ')}`);
  process.exit(64);
}
const seeds = numberOf('seeds', values.seeds);

const hunting = huntAll(asked, {
  seeds,
  threads: numberOf('threads', values.threads),
  // a page is written from hunts through all seeds: it says how many it took
  ...(values['known-first'] && !values.write
    ? { caughtBefore: seedsOfPage(readFileSync(pageFile, 'utf8')) }
    : {}),
  onHunted: ({ mutant, caughtBy, seeds: until, what, ms }: Hunted) => {
    const fate = caughtBy === null ? `ESCAPED ${until} seeds ${what}` : `seed ${until}: ${caughtBy}: ${what}`;
    say(`${mutant.name.padEnd(34)} ${String(ms).padStart(6)} ms  ${fate.slice(0, 160)}`);
  },
});
/** One at a time: each has engines of its own. */
async function testAll(): Promise<readonly Tested[]> {
  const all: Tested[] = [];
  for (const mutant of askedTests) {
    const result = await runTested(mutant);
    all.push(result);
    say(
      `${mutant.name.padEnd(34)} ${String(result.ms).padStart(6)} ms  ${result.failure ?? 'ESCAPED its test'}`,
    );
  }
  return all;
}
const [hunted, tested] = await Promise.all([hunting, testAll()]); // the tests mostly wait
const escaped = [
  ...hunted.filter(({ caughtBy }) => caughtBy === null),
  ...tested.filter(({ failure }) => failure === null),
].map(({ mutant }) => mutant.name);
const all = hunted.length + tested.length;
const caught = all - escaped.length;
writeTestCounts('mutants', { 'mutants caught': caught, 'mutants escaped': escaped.length });
if (values.write) writeFileSync(pageFile, mutantsPage(hunted, tested, { seeds, atMs: Date.now() }));
if (values.json) {
  const table = [
    ...hunted.map(({ mutant, seeds: until, caughtBy }) => ({ name: mutant.name, seeds: until, caughtBy })),
    ...tested.map(({ mutant, failure }) => ({
      name: mutant.name,
      seeds: null,
      caughtBy: failure === null ? null : mutant.test.file,
    })),
  ];
  process.stdout.write(`${JSON.stringify({ mutants: all, caught, escaped, table })}\n`);
} else
  process.stdout.write(
    `${caught} of ${all} mutants caught, ${hunted.length} of them hunted in ${seeds} seeds\n`,
  );
process.exitCode = escaped.length === 0 ? 0 : 1;
