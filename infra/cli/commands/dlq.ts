import { Argument, type Command } from 'commander';
import { pino } from 'pino';
import type { RedriveAnswered } from '../../../schemas/envelope.ts';
import { type ProcessorName, processorNames } from '../../../schemas/topic-catalogue.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { listParked, type ParkedLetter } from '../../dead-letters/list-parked.ts';
import { openDeadLetters } from '../../dead-letters/open-dead-letters.ts';
import { NoAnswer, redriveKey, type RedriveAccess } from '../../dead-letters/redrive-key.ts';
import { CliError, sourceUnavailable } from '../cli-error.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { cliConfig } from '../local-stack.ts';
import { operatorName } from '../operator-name.ts';
import { createOutput, type Output, table } from '../output.ts';

interface RedriveOptions extends CommonOptions {
  readonly yes?: boolean;
  readonly by?: string;
  readonly reason: string;
}

const answerWithinMs = 30_000;

async function withLetters(
  options: CommonOptions,
  run: (access: RedriveAccess, out: Output) => Promise<void>,
): Promise<void> {
  const config = await cliConfig(options.set);
  let access: Awaited<ReturnType<typeof openDeadLetters>> | null = null;
  try {
    access = await openDeadLetters(config, pino({ level: 'silent' }));
    await run(access, createOutput(options));
  } catch (error) {
    if (error instanceof CliError) throw error;
    if (!(error instanceof NoAnswer)) throw sourceUnavailable(error);
    throw new CliError(error.message, {
      code: 'no-answer',
      exitCode: exitCodes.timeOut,
      next: 'npx millrace status',
      cause: error,
    });
  } finally {
    await access?.close();
  }
}

const runList = (processor: ProcessorName | undefined, options: CommonOptions): Promise<void> =>
  withLetters(options, async (access, out) => {
    const letters: ParkedLetter[] = [];
    for (const name of processor ? [processor] : processorNames)
      letters.push(...(await listParked(access, name)));
    const parked = letters.map(({ sinceMs, ...letter }) => ({
      ...letter,
      since: new Date(sinceMs).toISOString(),
    }));
    const head = ['processor', 'key', 'inbox', 'command', 'since', 'reason'];
    const rows = parked.map((one) => [
      one.processor,
      one.key,
      `${one.partition}:${one.offset}`,
      one.command,
      one.since,
      one.reason,
    ]);
    out.data({ parked }, parked.length === 0 ? 'Nothing is parked.' : table([head, ...rows]));
  });

const runRedrive = (
  processor: ProcessorName,
  key: string | undefined,
  options: RedriveOptions,
): Promise<void> =>
  withLetters(options, async (access, out) => {
    const parked = await listParked(access, processor);
    const keys = [...new Set(parked.map((letter) => letter.key))].filter(
      (one) => key === undefined || one === key,
    );
    if (keys.length === 0) {
      throw new CliError(
        key === undefined ? `Nothing of ${processor} is parked.` : `Nothing of ${key} is parked.`,
        {
          code: 'not-parked',
          exitCode: exitCodes.notFound,
          next: 'npx millrace dlq list',
        },
      );
    }
    const answers: RedriveAnswered[] = [];
    for (const one of keys) answers.push(...(await redriveAll(access, processor, one, options)));
    const rows = answers.map((answer) => [
      answer.key,
      String(answer.decided),
      String(answer.left),
      answer.failure ?? '-',
      answer.events.join(' '),
    ]);
    out.data({ answers }, table([['key', 'decided', 'left', 'fails with', 'events'], ...rows]));
    if (!options.yes) out.say('A dry run: nothing was changed. Add --yes to redrive.');
    if (answers.some(({ failure }) => failure !== null)) process.exitCode = exitCodes.checkFailed;
  });

/** One command takes as many as fit into a batch: it is repeated until none is left or one fails. */
async function redriveAll(
  access: RedriveAccess,
  processor: ProcessorName,
  key: string,
  { yes, by = operatorName(), reason }: RedriveOptions,
): Promise<readonly RedriveAnswered[]> {
  const answers: RedriveAnswered[] = [];
  for (;;) {
    const answer = await redriveKey(access, processor, { key, dryRun: !yes, by, reason }, answerWithinMs);
    answers.push(answer);
    const goesOn = answer.left > 0 && answer.decided > 0 && answer.failure === null;
    if (!yes || !goesOn) return answers;
  }
}

const processorArgument = (name: string): Argument =>
  new Argument(name, 'whose').choices([...processorNames]);

/** `millrace dlq …`: commands that wait for a person. */
export function register(program: Command): void {
  const dlq = program.command('dlq').description('commands that could not be decided and wait, in order');
  withCommonOptions(dlq.command('list'))
    .description('what is parked, why and since when, in the order of its redrive')
    .addArgument(processorArgument('[processor]'))
    .action(runList);
  withCommonOptions(dlq.command('redrive'))
    .description('decide what is parked, in order; without --yes a dry run that says what would happen')
    .addArgument(processorArgument('<processor>'))
    .argument('[key]', 'order id or store/SKU; default: every parked one')
    .option('--yes', 'change it')
    .option('--by <who>', 'who asks, your account by default; stands in the journal and in the audit log')
    .option('--reason <text>', 'why; stands in the journal and in the audit log', 'mended')
    .action(runRedrive);
}
