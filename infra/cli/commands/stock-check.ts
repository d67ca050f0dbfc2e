import type { Command } from 'commander';
import { pino } from 'pino';
import { operatorActor } from '../../../schemas/audit-chain.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { type Difference, differenceClasses } from '../../stock-check/difference.ts';
import { type RepairedStock, runStockCheck } from '../../stock-check/run-stock-check.ts';
import { sourceUnavailable } from '../cli-error.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { cliConfig } from '../local-stack.ts';
import { operatorName } from '../operator-name.ts';
import { createOutput, type Output, table } from '../output.ts';

interface CheckOptions extends CommonOptions {
  readonly repair?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly only?: string;
}

async function runCheck(options: CheckOptions): Promise<void> {
  const out = createOutput(options);
  const config = await cliConfig(options.set);
  const isMeant = (one: Difference): boolean =>
    options.only === undefined || options.only === one.about || options.only === one.key;
  const isReal = options.repair === true && options.yes === true && options.dryRun !== true;
  const check = await runStockCheck({
    config,
    logger: pino({ level: 'silent' }),
    repairs: (one) => isReal && isMeant(one),
    actor: operatorActor(operatorName()),
  }).catch((error: unknown) => {
    throw sourceUnavailable(error);
  });
  out.data(check, stockCheckText(check));
  const left = check.differences.length - check.repaired.length;
  if (options.repair && !isReal) sayDryRun(out, check.differences.filter(isMeant));
  process.exitCode = left > 0 ? exitCodes.checkFailed : exitCodes.ok;
}

function sayDryRun(out: Output, differences: readonly Difference[]): void {
  const count = differences.filter(({ repair }) => repair !== null).length;
  out.say(`A dry run: nothing was appended. Add --yes to append ${count} commands.`);
}

/** What was compared, each difference with its mend, and what was appended. */
export function stockCheckText({
  skus,
  holds,
  orders,
  documents,
  differences,
  repaired,
}: RepairedStock): string {
  const seen = documents === null ? 'no view was there to compare' : `${documents} documents of the view`;
  const head = `${skus} SKUs, ${holds} holds and sales, ${orders} orders, ${seen}`;
  const rows = differences.map((one) => [
    one.class,
    one.about ?? one.key,
    one.what,
    repaired.includes(one) ? `appended ${one.repair?.type}` : one.mend,
  ]);
  if (rows.length === 0) return `${head}: no difference.`;
  const classes = [...new Set(differences.map((one) => one.class))];
  const meanings = classes.map((name) => `${name}: ${differenceClasses[name]}.`);
  return [head, table([['class', 'what', 'difference', 'mend'], ...rows]), ...meanings].join('\n');
}

/** `millrace stock check`. */
export function registerStockCheck(stock: Command): void {
  withCommonOptions(stock.command('check'))
    .description(
      'recompute levels and holds from the stock journal, compare with orders and the view, name each difference and its mend: exit 6 if one is left',
    )
    .option('--repair', 'append what orders decided already and cannot oversell; a dry run without --yes')
    .option('--yes', 'append it')
    .option('--dry-run', 'append nothing, whatever else is said')
    .option('--only <id>', 'repair this hold, receipt or store/SKU alone')
    .action(runCheck);
}
