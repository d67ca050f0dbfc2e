import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { pino } from 'pino';
import type { RuleReport } from '../../audit/rule.ts';
import { untilSourcesAnswer } from '../../audit/until-sources-answer.ts';
import { isPass, verify } from '../../audit/verify.ts';
import { NotAtRest } from '../../audit/wait-for-rest.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { CliError } from '../cli-error.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { cliConfig, dataFolder } from '../local-stack.ts';
import { createOutput, type Output, table } from '../output.ts';

interface VerifyCommandOptions extends CommonOptions {
  /** Seconds; false = audit at once. */
  readonly wait: number | false;
  readonly clientJournals?: string;
}

const waitSecondsDefault = 120;

async function runVerify(options: VerifyCommandOptions): Promise<void> {
  const out = createOutput(options);
  const config = await cliConfig(options.set);
  const onWait = sayOnce(out);
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
        clientJournals: options.clientJournals ?? path.join(dataFolder(options.set), 'client-journal'),
        restWithinMs,
        onWait,
      }),
  ).catch((error: unknown) => {
    throw toCliError(error);
  });
  out.data({ rules: reports }, summaryText(reports, out));
  if (!isPass(reports)) process.exitCode = exitCodes.checkFailed;
}

/** Says what is awaited when it changes, not four times a second. */
function sayOnce(out: Output): (reasons: readonly string[]) => void {
  let said = '';
  return ([reason]) => {
    const words = reason === undefined ? '' : reason.replaceAll(/\d+/g, '#');
    if (reason !== undefined && words !== said) out.say(`waiting: ${reason}`);
    said = words;
  };
}

const what: Readonly<Record<RuleReport['id'], string>> = {
  'I-01': 'every 202 has one order, no refusal has one',
  'I-02': 'ids, keys and partitions are derived',
  'I-03': 'one writer, dense numbers, every command decided',
  'I-05': 'every order ends once',
  'I-06': 'stock adds up at every step, nothing oversold',
  'I-07': 'every hold ends once',
  'I-08': 'what is sold is committed',
  'I-10': 'captured is the total, in our books and the provider’s',
  'I-14': 'Redis is the fold of the journal',
  'I-16': 'ClickHouse is the fold of the journal',
};

/** The table of the rules, and the first violation of each. */
export function summaryText(reports: readonly RuleReport[], out: Output): string {
  const verdict = ({ checked, violations }: RuleReport): string => {
    if (violations > 0) return out.style('red', `${violations} violations`);
    return checked === 0 ? out.style('yellow', 'nothing to check') : out.style('green', 'holds');
  };
  const rows = reports.map((report) => [
    report.id,
    what[report.id],
    `${report.checked} checked`,
    verdict(report),
  ]);
  const firsts = reports.flatMap(({ id, first }) => (first === undefined ? [] : [`${id}: ${first}`]));
  return [table(rows), ...firsts].join('\n');
}

function toCliError(error: unknown): unknown {
  if (error instanceof NotAtRest) {
    return new CliError(error.message, {
      code: 'not-at-rest',
      exitCode: exitCodes.timeOut,
      next: 'npx millrace status; npx millrace verify --wait 600, or --no-wait to audit as it stands',
      cause: error,
    });
  }
  if (error instanceof Error && !(error instanceof TypeError || error instanceof RangeError)) {
    const code = 'source-unavailable';
    return new CliError(error.message, {
      code,
      exitCode: exitCodes.unavailable,
      next: 'npx millrace status',
      cause: error,
    });
  }
  return error;
}

function parseWait(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('wanted whole seconds, 1 or more.');
  return Number(text);
}

/** `millrace verify`: audits topics, Redis, ClickHouse and client journals. Exit 0 all rules hold, 6 not. */
export function register(program: Command): void {
  withCommonOptions(program.command('verify'))
    .description('audit the pipeline from its raw topics: exit 0 if every rule holds, 6 if not')
    .option(
      '--wait <seconds>',
      'so long it waits for the pipeline to come to rest',
      parseWait,
      waitSecondsDefault,
    )
    .option('--no-wait', 'audit at once, without what holds only at rest')
    .option('--client-journals <folder>', 'what clients wrote down (default: in the local data folder)')
    .action(runVerify);
}
