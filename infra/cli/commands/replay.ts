import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import {
  ApiRefusesUs,
  ApiUnavailable,
  awaitApi,
  createCheckout,
} from '../../../producers/checkout/checkout.ts';
import { noJournal, openClientJournal } from '../../../producers/checkout/client-journal-writer.ts';
import { ReplayFileError } from '../../../producers/replay/columns.ts';
import { planOrders } from '../../../producers/replay/plan-orders.ts';
import { readRetailFile } from '../../../producers/replay/read-file.ts';
import { replay, SetUpRefused } from '../../../producers/replay/replay.ts';
import { RefundDiffers } from '../../../producers/replay/replay-returns.ts';
import type { Refusal, ReplaySummary } from '../../../producers/replay/summarize.ts';
import { type ApiTarget, type ApiTargetOptions, apiTarget, withApiOptions } from '../api-target.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { CliError } from '../cli-error.ts';
import { withCommonOptions } from '../common-options.ts';
import { createOutput } from '../output.ts';
import { createProgressBar } from '../progress-bar.ts';

interface ReplayCommandOptions extends ApiTargetOptions {
  readonly rate: number | 'max';
  readonly limit?: number;
  readonly scarce?: number;
  /** A file, or false for none; absent = the local stack's own folder. */
  readonly journal?: string | false;
  readonly quarantined?: string;
  readonly store: string;
}

const connectionsMax = 32;
/** So long nothing at all may answer at the address. */
const reachMs = 10_000;
const patienceMs = 300_000;
const catalogueDelayMs = 15_000;

/** Where the steps of this run are written down: locally by default, elsewhere only if asked (rule I-01). */
function journalFile({ journal }: ReplayCommandOptions, { dataDir }: ApiTarget): string | null {
  if (journal === false) return null;
  if (journal !== undefined) return journal;
  if (dataDir === null) return null;
  return path.join(dataDir, 'client-journal', `replay-${Date.now()}-${process.pid}.ndjson`);
}

async function runReplay(file: string, options: ReplayCommandOptions): Promise<void> {
  const lines = await readRetailFile(file);
  const { contentHash } = lines;
  const plan = planOrders(lines, options.limit);
  const target = await apiTarget(options);
  await awaitApi(target.api, reachMs);
  const written = journalFile(options, target);
  const journal = written === null ? noJournal : await openClientJournal(written);
  const checkout = createCheckout({
    ...target,
    store: options.store,
    journal,
    connectionsMax,
    patienceMs,
    catalogueDelayMs,
  });
  const bar = createProgressBar(options.quiet ?? false);
  try {
    const { rate, scarce = null } = options;
    const done = await replay(plan, contentHash, checkout, { rate, scarce, progress: bar });
    if (options.quarantined !== undefined) await writeRefusals(options.quarantined, done.refusals);
    const out = createOutput(options);
    out.data(done.summary, summaryText(done.summary));
    if (options.json) return;
    for (const { line, reason, detail } of firstMalformed(done.refusals))
      out.say(`line ${line}: ${reason}, ${detail}`);
  } finally {
    bar.end();
    checkout.close();
    await journal.close();
  }
}

const shownMax = 10;
const firstMalformed = (refusals: readonly Refusal[]): readonly Refusal[] =>
  refusals.filter(({ reason }) => reason === 'malformed').slice(0, shownMax);

async function writeRefusals(file: string, refusals: readonly Refusal[]): Promise<void> {
  const stream = createWriteStream(file);
  for (const refusal of refusals) stream.write(`${JSON.stringify(refusal)}\n`);
  await new Promise<void>((resolve, reject) => {
    stream.once('error', reject).end(resolve);
  });
}

const pounds = (minor: number): string =>
  new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'GBP' }).format(minor / 100);

function summaryText(summary: ReplaySummary): string {
  const { accepted, shipped, returned, refunds, netMinor, quarantined, replayed, left } = summary;
  const reasons = Object.entries(quarantined.byReason).map(([reason, lines]) => `  ${reason}: ${lines}`);
  return [
    `accepted     ${accepted.orders} orders, ${accepted.lines} lines, ${pounds(accepted.minor)} (${replayed} were there before)`,
    `shipped      ${shipped} orders`,
    `returned     ${returned.returns} returns, ${returned.lines} lines, ${returned.pieces} pieces, ${pounds(refunds.minor)} refunded`,
    `net          ${pounds(netMinor)}`,
    `quarantined  ${quarantined.lines} lines, ${pounds(quarantined.minor)}`,
    ...reasons,
    ...(left ? [`left         ${left.lines} lines, ${pounds(left.minor)}, beyond --limit`] : []),
  ].join('\n');
}

/** What stops a replay, as the CLI's own error: exit 5 for a file or a refusal, 69 for an API that is away. */
function toCliError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { message } = error;
  if (error instanceof ReplayFileError) {
    return new CliError(message, { code: 'file-invalid', exitCode: exitCodes.invalid, cause: error });
  }
  if (error instanceof ApiUnavailable) {
    const next = 'npx millrace status, then the same command again: it goes on where it stopped';
    return new CliError(message, {
      code: 'api-unavailable',
      exitCode: exitCodes.unavailable,
      next,
      cause: error,
    });
  }
  if (error instanceof ApiRefusesUs || error instanceof SetUpRefused) {
    return new CliError(message, { code: 'api-refused', exitCode: exitCodes.invalid, cause: error });
  }
  if (error instanceof RefundDiffers) {
    return new CliError(message, { code: 'refund-differs', exitCode: exitCodes.checkFailed, cause: error });
  }
  return error;
}

function parseRate(text: string): number | 'max' {
  const rate = Number(text);
  if (text !== 'max' && !(rate > 0 && rate <= 100_000)) {
    throw new InvalidArgumentError('wanted max, or orders a second from above 0 to 100000, for example 50.');
  }
  return text === 'max' ? 'max' : rate;
}

function parseLimit(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new InvalidArgumentError('wanted a whole number of orders, 1 or more.');
  return Number(text);
}

function parseScarce(text: string): number {
  const fraction = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || fraction > 1)
    throw new InvalidArgumentError('wanted a fraction from 0 to 1, for example 0.8.');
  return fraction;
}

/** `millrace replay <csv>`: posts a file of the UCI Online Retail format as a checkout would. */
export function register(program: Command): void {
  withApiOptions(withCommonOptions(program.command('replay <csv>')))
    .description('post the orders of an Online Retail file; running it again changes nothing')
    .option('--rate <n>', 'orders a second (open loop), or max', parseRate, 'max' as const)
    .option('--limit <n>', 'only the first n orders', parseLimit)
    .option(
      '--scarce <f>',
      'receive only this fraction of what the orders need, so that some are rejected',
      parseScarce,
    )
    .option(
      '--quarantined <file>',
      'write each line that became no order, with line number and reason (NDJSON)',
    )
    .option(
      '--journal <file>',
      'write every request and answer down, for verify (default: in the local data folder)',
    )
    .option('--no-journal', 'keep no client journal')
    .option('--store <id>', 'the store of the key, for the client journal', 'demo')
    .action((file: string, options: ReplayCommandOptions & { journal: string | boolean }) =>
      // commander gives true where neither --journal nor --no-journal was said
      runReplay(file, optionsOf(options)).catch((error: unknown) => {
        throw toCliError(error);
      }),
    );
}

function optionsOf({
  journal,
  ...options
}: Omit<ReplayCommandOptions, 'journal'> & { journal: string | boolean }): ReplayCommandOptions {
  return journal === true ? options : { ...options, journal };
}
