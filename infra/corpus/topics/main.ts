import { parseArgs } from 'node:util';
import { mutateTopics, recordsPerSeed } from './mutate-topics.ts';
import { readCases, runCorpus } from './run-corpus.ts';

/**
 * `npm run corpus:topics -- [--file <cases>] [--json]`: exit 0 if every case came out as it says, else 1.
 * `npm run corpus:topics -- --mutate <records> [--seed <first>] [--json]`: as many spoiled records, a seed for each
 * thousand; `--mutate 1000 --seed N` is seed N again.
 */
const { values } = parseArgs({
  options: {
    file: { type: 'string' },
    json: { type: 'boolean' },
    mutate: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);

if (values.mutate === undefined) await runCases();
else await mutate(Number(values.mutate), Number(values.seed));

async function runCases(): Promise<void> {
  const cases = readCases(values.file ?? new URL('./bad-input-topics.json', import.meta.url));
  const report = await runCorpus(cases);
  process.exitCode = report.failed.length === 0 ? 0 : 1;
  if (values.json) return say(JSON.stringify(report));
  for (const { id, expected, got } of report.failed) {
    const wanted = [expected.status, expected.problemType ?? expected.problemTypes ?? []].flat().join(' ');
    say(`${id}: wanted ${wanted}, got ${got.status} ${got.problemType ?? ''} ${got.detail ?? ''}`);
  }
  say(`${report.cases - report.failed.length} of ${report.cases} cases as expected`);
}

async function mutate(records: number, firstSeed: number): Promise<void> {
  const report = await mutateTopics({ records, firstSeed, threads: 2 });
  process.exitCode = report.violations.length === 0 ? 0 : 1;
  if (values.json) return say(JSON.stringify(report));
  for (const [what, count] of Object.entries(report.came).toSorted(([, a], [, b]) => b - a))
    say(`${count} ${what}`);
  for (const violation of report.violations) say(violation);
  if (report.violations[0]) {
    const seed = /^seed (\d+)/.exec(report.violations[0])?.[1];
    say(`again: npm run corpus:topics -- --mutate ${recordsPerSeed} --seed ${seed}`);
  }
  say(`${report.records} records, ${report.violations.length} violations`);
}
