import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { rebuildLedger, rowsToEmpty } from '../../../sinks/clickhouse/rebuild-ledger.ts';
import { connectClickhouse } from '../../clients/clickhouse.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { announceFirst } from '../announce-first.ts';
import { CliError } from '../cli-error.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { cliConfig } from '../local-stack.ts';
import { createOutput } from '../output.ts';
import { clickhouseLink } from '../../clients/links.ts';

interface RebuildCommandOptions extends CommonOptions {
  readonly yes?: boolean;
  readonly reason: string;
}

async function runRebuild(options: RebuildCommandOptions): Promise<void> {
  const out = createOutput(options);
  const config = await cliConfig(options.set);
  const { partitions } = config;
  const client = connectClickhouse(clickhouseLink(config));
  try {
    const rows = await rowsToEmpty(client);
    const text = Object.entries(rows)
      .map(([table, count]) => `${count} of ${table}`)
      .join(', ');
    if (options.yes !== true) {
      out.data(
        { emptied: false, rows },
        `Would empty the ledger (rows: ${text}) and let the sink fill it again from the journal. ` +
          'Until it has, reports answer with what is there and no complete_until. To do it: npx millrace sink rebuild --yes',
      );
      return;
    }
    const { reason } = options;
    await announceFirst(config, { what: 'ledger.rebuild', target: config.clickhouseDatabase, reason });
    await rebuildLedger({
      client,
      partitions,
      pause: (ms) => delay(ms),
      onStep: (step) => out.say(steps[step] ?? `emptying ${step}`),
    });
    out.data(
      { emptied: true, rows },
      `The ledger is empty (rows thrown away: ${text}); the sink fills it again. Look: npx millrace groups lag, then npx millrace verify`,
    );
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(error instanceof Error ? error.message : String(error), {
      code: 'clickhouse-unavailable',
      exitCode: exitCodes.unavailable,
      next: 'npx millrace status; the same command goes on where it ended',
      cause: error,
    });
  } finally {
    await client.close();
  }
}

const steps: Readonly<Record<string, string>> = {
  fence: 'sinks are told to wait',
  wait: 'waiting for reports and inserts that are under way',
};

/** `millrace sink rebuild`: the way out when the ledger is not of this journal, or damaged. */
export function register(program: Command): void {
  const sink = program.command('sink').description('the ClickHouse ledger');
  withCommonOptions(sink.command('rebuild'))
    .description('empty the ledger tables under a fence; the sink fills them again from the journal')
    .option('--yes', 'do it; without it only what would be emptied is shown')
    .option('--reason <text>', 'why; stands in the audit log', 'by hand')
    .action(runRebuild);
}
