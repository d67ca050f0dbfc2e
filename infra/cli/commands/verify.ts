import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { pino } from 'pino';
import { type AuditVerdict, verdictOf } from '../../audit/audit-verdict.ts';
import { type Given, nothingGiven } from '../../audit/given.ts';
import {
  askAgain,
  BadGivenFile,
  readAnswers,
  readCanaries,
  readCoverage,
  readExpectation,
} from '../../audit/read-given.ts';
import { parseRedisDump } from '../../audit/redis-dump.ts';
import type { RuleReport, RuleVerdict } from '../../audit/rule.ts';
import { ruleCatalogue } from '../../audit/rule-catalogue.ts';
import { untilSourcesAnswer } from '../../audit/until-sources-answer.ts';
import { verify } from '../../audit/verify.ts';
import { NotAtRest } from '../../audit/not-at-rest.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { getFromApi } from '../api-client.ts';
import { apiTarget, type ApiTargetOptions, withApiOptions } from '../api-target.ts';
import { CliError, sourceUnavailable } from '../cli-error.ts';
import { withCommonOptions } from '../common-options.ts';
import { cliConfig, dataFolder } from '../local-stack.ts';
import { createOutput, type Output, table } from '../output.ts';

interface VerifyCommandOptions extends ApiTargetOptions {
  /** Seconds; false = audit at once. */
  readonly wait: number | false;
  readonly clientJournals?: string;
  readonly expect?: string;
  readonly coverage?: string;
  readonly rebuildOf?: string;
  readonly redisDump?: string;
  readonly answers?: string;
  readonly canaries?: string;
}

const waitSecondsDefault = 120;

async function runVerify(options: VerifyCommandOptions): Promise<void> {
  const out = createOutput(options);
  const config = await cliConfig(options.set);
  const onWait = sayOnce(out);
  const folder = dataFolder(options.set);
  const { given, canaries } = await readGivenFiles(options);
  const reports = await untilSourcesAnswer(
    {
      withinMs: options.wait === false ? null : options.wait * 1_000,
      onWait,
      nowMs: () => Date.now(),
      pause: (ms) => delay(ms),
    },
    (restWithinMs) =>
      verify({
        config,
        logger: pino({ level: 'silent' }),
        clientJournals: options.clientJournals ?? path.join(folder, 'client-journal'),
        restWithinMs,
        onWait,
        given,
        search: { canaries, logs: path.join(folder, 'logs') },
        redisDump: options.redisDump ?? null,
      }),
  ).catch((error: unknown) => {
    throw error instanceof NotAtRest ? error : sourceUnavailable(error);
  });
  const verdict = verdictOf(reports);
  out.data({ verdict, rules: reports }, summaryText(reports, out));
  process.exitCode = auditExitCodeOf[verdict];
}

/** The auditor's 0, 1, 2 (reliability §2) in the table of the command line, where 1 and 2 are taken. */
export const auditExitCodeOf: Readonly<Record<AuditVerdict, number>> = {
  pass: exitCodes.ok,
  violated: exitCodes.checkFailed,
  void: exitCodes.checkVoid,
};

/** The files named by the flags. Throws CliError (5) for one that cannot be used. */
async function readGivenFiles(
  options: VerifyCommandOptions,
): Promise<{ readonly given: () => Promise<Given>; readonly canaries: readonly string[] }> {
  const { expect, coverage, rebuildOf, answers, canaries } = options;
  try {
    const target = answers === undefined ? null : await apiTarget(options);
    const recorded = answers === undefined ? null : await readAnswers(answers);
    const files = {
      ...nothingGiven,
      expectation: expect === undefined ? null : await readExpectation(expect),
      coverage: coverage === undefined ? null : await readCoverage(coverage),
      rebuildOf: rebuildOf === undefined ? null : parseRedisDump(await readFile(rebuildOf, 'utf8')),
    };
    return {
      canaries: canaries === undefined ? [] : await readCanaries(canaries),
      given: async () => ({
        ...files,
        answers:
          recorded &&
          target &&
          (await askAgain(recorded, async (one) => (await getFromApi(target, one)).json())),
      }),
    };
  } catch (error) {
    const isFile = error instanceof BadGivenFile || error instanceof SyntaxError || isFileError(error);
    if (!isFile) throw error;
    throw new CliError(error.message, { code: 'bad-file', exitCode: exitCodes.invalid, cause: error });
  }
}

const isFileError = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && 'path' in error;

/** Says what is awaited when it changes, not four times a second. */
function sayOnce(out: Output): (reasons: readonly string[]) => void {
  let said = '';
  return ([reason]) => {
    const words = reason === undefined ? '' : reason.replaceAll(/\d+/g, '#');
    if (reason !== undefined && words !== said) out.say(`waiting: ${reason}`);
    said = words;
  };
}

/** The table of the rules, what was wrong or missing, and the verdict. */
export function summaryText(reports: readonly RuleReport[], out: Output): string {
  const words: Readonly<Record<RuleVerdict, (report: RuleReport) => string>> = {
    holds: () => out.style('green', 'holds'),
    violated: ({ violations }) => out.style('red', `${violations} violations`),
    void: () => out.style('yellow', 'not reached'),
    'not-checked': () => out.style('yellow', 'not checked'),
  };
  const rows = reports.map((report) => [
    report.id,
    ruleCatalogue[report.id].holds,
    `${report.checked} checked`,
    words[report.verdict](report),
  ]);
  const firsts = reports.flatMap(({ id, first }) => (first === undefined ? [] : [`${id}: ${first}`]));
  return [table(rows), ...firsts, `verdict: ${verdictOf(reports)}`].join('\n');
}

function parseWait(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('wanted whole seconds, 1 or more.');
  return Number(text);
}

/** `millrace verify`: audits topics, Redis, ClickHouse and client journals. Exit 0 pass, 6 violated, 7 void. */
export function register(program: Command): void {
  withApiOptions(withCommonOptions(program.command('verify')))
    .description(
      'audit the pipeline from its raw topics: exit 0 if every rule holds, 6 if one is violated, 7 if one had nothing to check',
    )
    .option(
      '--wait <seconds>',
      'so long it waits for the pipeline to come to rest',
      parseWait,
      waitSecondsDefault,
    )
    .option('--no-wait', 'audit at once, without what holds only at rest')
    .option('--client-journals <folder>', 'what clients wrote down (default: in the local data folder)')
    .option('--expect <file>', 'what the workload declares of its run, JSON (I-19)')
    .option('--coverage <file>', 'what had to be reached and what was, JSON (I-24)')
    .option('--redis-dump <file>', 'write a dump of the views, for --rebuild-of after a wipe')
    .option('--rebuild-of <file>', 'a dump the rebuilt views must be equal to (I-15)')
    .option('--answers <file>', 'recorded analytics answers, to be asked again (I-17)')
    .option('--canaries <file>', 'texts that may be found nowhere, one a line (I-22)')
    .action(runVerify);
}
