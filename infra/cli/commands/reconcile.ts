import type { Command } from 'commander';
import { pino } from 'pino';
import { exitCodes } from '../../config/exit-codes.ts';
import { type Difference, dayOf, differenceClasses } from '../../reconcile/reconcile-day.ts';
import { type Reconciliation, runReconcile } from '../../reconcile/run-reconcile.ts';
import { CliError } from '../cli-error.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { cliConfig } from '../local-stack.ts';
import { createOutput, table } from '../output.ts';

interface ReconcileFlags extends CommonOptions {
  readonly day: string;
  readonly yes?: boolean;
  readonly only?: string;
}

async function reconcile(options: ReconcileFlags): Promise<void> {
  const out = createOutput(options);
  const { day, only } = options;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(Date.parse(day)) || dayOf(Date.parse(day)) !== day) {
    throw new CliError(`--day is a date like 2026-01-31, not ${day}`, {
      code: 'bad-day',
      exitCode: exitCodes.usage,
      next: 'npx millrace reconcile --help',
    });
  }
  const config = await cliConfig(options.set);
  const isMeant = ({ line }: Difference): boolean => only === undefined || line?.lineId === only;
  const done = await runReconcile({
    config,
    logger: pino({ level: 'silent' }),
    day,
    nowMs: Date.now(),
    appends: (one) => options.yes === true && isMeant(one),
  }).catch((error: unknown) => {
    throw new CliError(error instanceof Error ? error.message : String(error), {
      code: 'source-unavailable',
      exitCode: exitCodes.unavailable,
      next: 'npx millrace status',
      cause: error,
    });
  });
  out.data(done, reconciliationText(done));
  const lines = done.differences.filter((one) => one.line !== null && isMeant(one)).length;
  if (options.yes !== true && lines > 0) {
    out.say(`A dry run: nothing was appended. Add --yes to have the orders of ${lines} lines look.`);
  }
  process.exitCode = done.unexplained > 0 ? exitCodes.checkFailed : exitCodes.ok;
}

/** The sums of the files, each difference with its safe command, and what the classes mean. */
export function reconciliationText({ day, moves, sums, differences, unexplained }: Reconciliation): string {
  const settled = sums.map(
    ({ store, currency, lines, grossMinor, feeMinor, netMinor }) =>
      `${store}: ${lines} lines, gross ${grossMinor} - fees ${feeMinor} = net ${netMinor} ${currency}`,
  );
  const head = `${day}: ${moves} moves booked, ${unexplained} unexplained differences`;
  if (differences.length === 0) return [head, ...settled].join('\n');
  const rows = differences.map((one) => [
    one.class,
    one.where,
    one.opId ?? one.orderId ?? one.pspRef,
    one.ours,
    one.theirs,
    `${one.amountMinor} ${one.currency}`,
    `${one.ageDays} d`,
    one.command,
  ]);
  const columns = ['class', 'where', 'about', 'ours', 'theirs', 'at risk', 'age', 'safe command'];
  const classes = [...new Set(differences.map((one) => one.class))];
  const meanings = classes.map((name) => `${name}: ${differenceClasses[name]}.`);
  return [head, ...settled, table([columns, ...rows]), ...meanings].join('\n');
}

/** `millrace reconcile`. */
export function register(program: Command): void {
  withCommonOptions(program.command('reconcile'))
    .description(
      "compare a day's orders journal with the provider's settlement files and objects and with ClickHouse: exit 6 if a difference is more than timing",
    )
    .requiredOption('--day <date>', 'the UTC day, for example 2026-01-31')
    .option('--yes', 'append the lines that differ: their orders look at the provider; a dry run without')
    .option('--only <line>', 'append this line alone')
    .action(reconcile);
}
