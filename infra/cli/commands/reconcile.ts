import type { Command } from 'commander';
import { pino } from 'pino';
import { exitCodes } from '../../config/exit-codes.ts';
import type { DaySum, PayoutSum } from '../../reconcile/day-sums.ts';
import { type Difference, dayOf, differenceClasses } from '../../reconcile/difference.ts';
import { type Reconciliation, runReconcile } from '../../reconcile/run-reconcile.ts';
import { CliError, sourceUnavailable } from '../cli-error.ts';
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
    throw sourceUnavailable(error);
  });
  out.data(done, reconciliationText(done));
  const differences = done.stores.flatMap((one) => one.differences);
  const lines = differences.filter((one) => one.line !== null && isMeant(one)).length;
  if (options.yes !== true && lines > 0) {
    out.say(`A dry run: nothing was appended. Add --yes to have the orders of ${lines} lines look.`);
  }
  process.exitCode = exitCodeOf(done);
}

/** A difference counts for more than what could not be seen; without one, that may be seen later. */
export function exitCodeOf({ unexplained, unchecked }: Pick<Reconciliation, 'unexplained' | 'unchecked'>) {
  if (unexplained > 0) return exitCodes.checkFailed;
  return unchecked.objects + unchecked.rows > 0 ? exitCodes.tryAgain : exitCodes.ok;
}

/** The sums of files and payouts, each difference with its safe command, and what the classes mean. */
export function reconciliationText({ day, stores, unexplained, unchecked }: Reconciliation): string {
  const moves = stores.reduce((count, one) => count + one.moves, 0);
  const { objects, rows: unfolded } = unchecked;
  const head = [
    `${day}: ${moves} moves booked, ${unexplained} unexplained differences`,
    ...stores.flatMap(({ sums, payouts }) => [...sums.map(sumText), ...payouts.map(payoutText)]),
    ...(objects > 0 ? [`Not compared: ${objects} payments, the provider did not show them now.`] : []),
    ...(unfolded > 0 ? [`Not compared: ${unfolded} moves, ClickHouse does not hold them yet.`] : []),
  ];
  const differences = stores.flatMap((one) => one.differences);
  if (differences.length === 0) return head.join('\n');
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
  return [...head, table([columns, ...rows]), ...meanings].join('\n');
}

function sumText({ store, currency, settledCurrency, ...sum }: DaySum): string {
  const { lines, grossMinor, settledMinor, feeMinor, netMinor } = sum;
  const isSame = currency === settledCurrency;
  const settled = isSame ? '' : ` settled as ${settledMinor} ${settledCurrency}${rateOf(sum)}`;
  const gross = `gross ${grossMinor}${isSame ? '' : ` ${currency}`}${settled}`;
  return `${store}: ${lines} lines, ${gross} - fees ${feeMinor} = net ${netMinor} ${settledCurrency}`;
}

/** Of minor units; for people, no sum is made of it. */
const rateOf = ({ grossMinor, settledMinor }: Pick<DaySum, 'grossMinor' | 'settledMinor'>): string =>
  grossMinor === 0 ? '' : ` (rate ${(settledMinor / grossMinor).toFixed(6)})`;

const payoutText = ({ store, payoutId, amountMinor, currency, lines, netMinor }: PayoutSum): string =>
  `${store}: paid out ${amountMinor} ${currency} (${payoutId}), net ${netMinor} of ${lines} lines`;

/** `millrace reconcile`. */
export function register(program: Command): void {
  withCommonOptions(program.command('reconcile'))
    .description(
      "compare a day's orders journal with the provider's settlement files, payouts and objects and with ClickHouse: exit 6 if a difference is more than timing, 75 if not all could be compared",
    )
    .requiredOption('--day <date>', 'the UTC day, for example 2026-01-31')
    .option('--yes', 'append the lines that differ: their orders look at the provider; a dry run without')
    .option('--only <line>', 'append this line alone')
    .action(reconcile);
}
