import { parseArgs } from 'node:util';
import { ConfigError } from '../../config/config.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { CliError } from '../../cli/cli-error.ts';
import { cliConfig } from '../../cli/local-stack.ts';
import { startEngines } from '../../local/start-engines.ts';
import { openGivenPlace } from './given-place.ts';
import { openOwnPlace } from './own-place.ts';
import { type CorpusReport, ownCases, readCases, runCorpus } from './run-corpus.ts';

/**
 * `npm run corpus:http -- [--file <cases>] [--json] [--api <url>]`: exit 0 if every case came out as it says, else 6. It
 * starts engines and processes of its own; with `--api` it runs against that API, whose configuration (the running
 * local stack's, or MILLRACE_ variables) must be at hand.
 */
const { values } = parseArgs({
  options: { file: { type: 'string' }, json: { type: 'boolean' }, api: { type: 'string' } },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const tell = (text: string): void => void process.stderr.write(`${text}\n`);

async function run(): Promise<CorpusReport> {
  const cases = readCases(values.file ?? ownCases);
  const told = (done: number): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${cases.length} cases`);
  };
  if (values.api !== undefined) {
    const api = URL.parse(values.api);
    if (api?.protocol !== 'http:' || api.pathname !== '/')
      throw new CliError(`--api wants an address such as http://127.0.0.1:8080, not ${values.api}`, {
        code: 'usage',
        exitCode: exitCodes.usage,
      });
    const place = await openGivenPlace(api, await cliConfig({}));
    try {
      return await runCorpus(cases, place, told);
    } finally {
      await place.close();
    }
  }
  const engines = await startEngines(tell);
  try {
    const place = await openOwnPlace(engines.addresses);
    try {
      return await runCorpus(cases, place, told);
    } finally {
      await place.close();
    }
  } finally {
    await engines.stop();
  }
}

try {
  const report = await run();
  process.exitCode = report.failed.length === 0 ? exitCodes.ok : exitCodes.checkFailed;
  if (values.json) say(JSON.stringify(report));
  else {
    for (const { id, got } of report.failed) say(`${id}: ${got.differences.join('; ')}`);
    for (const { id, reason } of report.notRun) say(`${id} was not run: ${reason}`);
    const passed = report.cases - report.failed.length - report.notRun.length;
    say(`${passed} of ${report.cases} cases as expected`);
  }
} catch (error) {
  if (!(error instanceof CliError || error instanceof ConfigError)) throw error;
  tell(error.message);
  process.exitCode = error.exitCode;
}
