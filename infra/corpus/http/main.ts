import { parseArgs } from 'node:util';
import { ConfigError } from '../../config/config.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { CliError } from '../../cli/cli-error.ts';
import { cliConfig } from '../../cli/local-stack.ts';
import { startEngines } from '../../local/start-engines.ts';
import type { CorpusPlace } from './corpus-place.ts';
import { openGivenPlace } from './given-place.ts';
import { requestsPerSeed, runHostile } from './hostile/run-hostile.ts';
import { openOwnPlace } from './own-place.ts';
import { ownCases, readCases, runCorpus } from './run-corpus.ts';

/**
 * `npm run corpus:http -- [--file <cases>] [--json] [--api <url>]`: exit 0 if every case came out as it says, else 6. It
 * starts engines and processes of its own; with `--api` it runs against that API, whose configuration (the running
 * local stack's, or MILLRACE_ variables) must be at hand.
 * `npm run corpus:http -- --mutate <requests> [--seed <first>] [--api <url>] [--json]`: as many hostile requests, a
 * seed for each thousand; `--mutate 1000 --seed N` is seed N again.
 */
const { values } = parseArgs({
  options: {
    file: { type: 'string' },
    json: { type: 'boolean' },
    api: { type: 'string' },
    mutate: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const tell = (text: string): void => void process.stderr.write(`${text}\n`);

const usage = (message: string): CliError =>
  new CliError(message, { code: 'usage', exitCode: exitCodes.usage });

const whole = (text: string, flag: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw usage(`--${flag} wants a whole number from 1, not ${text}`);
  return Number(text);
};

/** Does something where `--api` says, or on a stack of its own, and takes that down again. */
async function at<T>(work: (place: CorpusPlace) => Promise<T>): Promise<T> {
  const workAndClose = async (place: CorpusPlace): Promise<T> => {
    try {
      return await work(place);
    } finally {
      await place.close();
    }
  };
  if (values.api !== undefined) {
    const api = URL.parse(values.api);
    if (api?.protocol !== 'http:' || api.pathname !== '/')
      throw usage(`--api wants an address such as http://127.0.0.1:8080, not ${values.api}`);
    return workAndClose(await openGivenPlace(api, await cliConfig({})));
  }
  const engines = await startEngines(tell);
  try {
    return await workAndClose(await openOwnPlace(engines.addresses));
  } finally {
    await engines.stop();
  }
}

async function runCases(): Promise<boolean> {
  const cases = readCases(values.file ?? ownCases);
  const told = (done: number): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${cases.length} cases`);
  };
  const report = await at((place) => runCorpus(cases, place, told));
  if (values.json) say(JSON.stringify(report));
  else {
    for (const { id, got } of report.failed) say(`${id}: ${got.differences.join('; ')}`);
    for (const { id, reason } of report.notRun) say(`${id} was not run: ${reason}`);
    const passed = report.cases - report.failed.length - report.notRun.length;
    say(`${passed} of ${report.cases} cases as expected`);
  }
  return report.failed.length === 0;
}

async function mutate(requests: number, firstSeed: number): Promise<boolean> {
  const report = await at((place) => runHostile(place, { requests, firstSeed }));
  if (values.json) say(JSON.stringify(report));
  else {
    for (const [what, count] of Object.entries(report.came).toSorted(([, a], [, b]) => b - a))
      say(`${count} ${what}`);
    for (const violation of report.violations) say(violation);
    const seed = /^seed (\d+)/.exec(report.violations[0] ?? '')?.[1];
    if (seed !== undefined) say(`again: npm run corpus:http -- --mutate ${requestsPerSeed} --seed ${seed}`);
    say(
      `${report.requests} requests, ${report.near} near a valid one, ${report.violations.length} violations`,
    );
  }
  return report.violations.length === 0;
}

try {
  const isGood =
    values.mutate === undefined
      ? await runCases()
      : await mutate(whole(values.mutate, 'mutate'), whole(values.seed, 'seed'));
  process.exitCode = isGood ? exitCodes.ok : exitCodes.checkFailed;
} catch (error) {
  if (!(error instanceof CliError || error instanceof ConfigError)) throw error;
  tell(error.message);
  process.exitCode = error.exitCode;
}
