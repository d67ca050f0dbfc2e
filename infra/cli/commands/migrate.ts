import type { Command } from 'commander';
import {
  checkMigrations,
  type MigrationFinding,
  planMigrations,
} from '../../../sinks/clickhouse/check-migrations.ts';
import {
  createDatabase,
  migrate,
  MigrationChanged,
  readMigrations,
  TablesMissing,
} from '../../../sinks/clickhouse/migrate.ts';
import { type ClickHouseClient, connectClickhouse, hasDatabase } from '../../clients/clickhouse.ts';
import { clickhouseLink, type LinkConfig } from '../../clients/links.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { announceFirst } from '../announce-first.ts';
import { CliError, sourceUnavailable } from '../cli-error.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { cliConfig } from '../local-stack.ts';
import { createOutput, table } from '../output.ts';

type ToolConfig = LinkConfig & { readonly clickhouseDatabase: string };

/** Runs on the configured database; `absent` where there is none. Errors of ClickHouse become the CLI's. */
async function onDatabase<T>(
  config: ToolConfig,
  run: (client: ClickHouseClient) => Promise<T>,
  absent: () => T,
): Promise<T> {
  const link = clickhouseLink(config);
  try {
    if (!(await hasDatabase(link))) return absent();
    const client = connectClickhouse(link);
    try {
      return await run(client);
    } finally {
      await client.close();
    }
  } catch (error) {
    throw toCliError(error);
  }
}

function toCliError(error: unknown): unknown {
  if (error instanceof MigrationChanged) {
    const next = 'npx millrace migrate check';
    return new CliError(error.message, { code: 'migration-edited', exitCode: exitCodes.conflict, next });
  }
  if (error instanceof TablesMissing) {
    const next = 'run it as the user of the deploy step (docs/how-to/secure-links.md)';
    return new CliError(error.message, { code: 'not-allowed', exitCode: exitCodes.conflict, next });
  }
  return sourceUnavailable(error);
}

const pendingOf = (config: ToolConfig) =>
  onDatabase(
    config,
    (client) => planMigrations(client),
    () => readMigrations(),
  );

async function runPlan(options: CommonOptions): Promise<void> {
  const config = await cliConfig(options.set);
  const pending = await pendingOf(config);
  const { clickhouseDatabase: database } = config;
  createOutput(options).data(
    { database, pending: pending.map(({ name, sha256, statements }) => ({ name, sha256, statements })) },
    pending.length === 0
      ? `Nothing to do: ${database} has every migration of this build.`
      : pending
          .map(({ name, statements }) => `-- ${name}\n${statements.map((each) => `${each};`).join('\n\n')}`)
          .join('\n\n'),
  );
}

async function runUp(options: CommonOptions & { readonly reason: string }): Promise<void> {
  const config = await cliConfig(options.set);
  const { clickhouseDatabase: database } = config;
  const out = createOutput(options);
  const pending = await pendingOf(config);
  if (pending.length > 0) {
    const names = pending.map(({ name }) => name).join(', ');
    await announceFirst(config, {
      what: 'ledger.migrate',
      target: database,
      reason: `${options.reason}: ${names}`,
    });
  }
  try {
    const link = clickhouseLink(config);
    await createDatabase(link);
    const client = connectClickhouse(link);
    try {
      // Asked again in any case: an applied file that was edited is told here too.
      const applied = await migrate(client);
      out.data(
        { database, applied },
        applied.length === 0
          ? `Nothing to do: ${database} has every migration.`
          : `Applied ${applied.join(', ')}.`,
      );
    } finally {
      await client.close();
    }
  } catch (error) {
    throw toCliError(error);
  }
}

async function runCheck(options: CommonOptions): Promise<void> {
  const config = await cliConfig(options.set);
  const { clickhouseDatabase: database } = config;
  const findings = await onDatabase(
    config,
    (client) => checkMigrations(client),
    (): readonly MigrationFinding[] =>
      readMigrations().map(({ name }) => ({
        is: 'pending',
        what: name,
        detail: 'there is no such database',
      })),
  );
  createOutput(options).data(
    { database, findings },
    findings.length === 0
      ? `${database} is as the migrations of this build say: versions, digests, columns, keys, engines and views.`
      : table([['finding', 'what', 'detail'], ...findings.map(({ is, what, detail }) => [is, what, detail])]),
  );
  if (findings.length > 0) process.exitCode = exitCodes.checkFailed;
}

/** `millrace migrate plan, up, check`: the tables of the ledger and the files that make them. */
export function register(program: Command): void {
  const group = program.command('migrate').description('the tables of the ClickHouse ledger');
  withCommonOptions(group.command('plan'))
    .description('print the statements that are not applied yet; changes nothing')
    .action(runPlan);
  withCommonOptions(group.command('up'))
    .description('apply them, each file once; may be run any number of times')
    .option('--reason <text>', 'why; stands in the audit log', 'by hand')
    .action(runUp);
  withCommonOptions(group.command('check'))
    .description(
      'compare versions, digests, columns, keys, engines and views with the files; exit 6 where something differs, nothing is changed',
    )
    .action(runCheck);
}
