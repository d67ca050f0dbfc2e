import { ClickHouseError } from '@clickhouse/client';
import type { Command } from 'commander';
import { quote } from '../../../api/analytics/write-report.ts';
import { profiles } from '../../access/clickhouse-access.ts';
import { type ClickHouseClient, connectClickhouse } from '../../clients/clickhouse.ts';
import { clickhouseLink } from '../../clients/links.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { CliError, sourceUnavailable } from '../cli-error.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { cliConfig } from '../local-stack.ts';
import { createOutput, table } from '../output.ts';

interface SqlOptions extends CommonOptions {
  readonly csv?: boolean;
}

/** Rows read and answered, seconds, memory: what an analyst's own user begins with. */
const limits = Object.fromEntries(
  Object.entries(profiles['millrace-analyst'].limits).map(([name, { value }]) => [name, String(value)]),
);

/**
 * The settings of a statement that may read and no more. Where the user may write, `readonly=1`: the statement can lift
 * neither that nor the limits. A user whose profile is read-only begins with the limits, and may lift them as far as the
 * profile lets him. At `readonly=1` already nothing can be set, and whoever set it so set the limits.
 */
async function readOnlySettings(client: ClickHouseClient): Promise<Readonly<Record<string, string>>> {
  const answer = await client.query({
    query: `SELECT getSetting('readonly') AS level`,
    format: 'JSONEachRow',
  });
  const [row] = await answer.json<{ level: number | string }>();
  const level = Number(row?.level);
  if (level === 1) return {};
  return level === 0 ? { ...limits, readonly: '1' } : limits;
}

interface Result {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

async function runSql(statement: string, options: SqlOptions): Promise<void> {
  const client = connectClickhouse(clickhouseLink(await cliConfig(options.set)));
  try {
    const answer = await client.query({
      query: statement,
      clickhouse_settings: await readOnlySettings(client),
      format: 'JSONCompact',
    });
    const { meta = [], data, statistics } = await answer.json<readonly unknown[]>();
    const columns = meta.map(({ name }) => name);
    const out = createOutput(options);
    if (options.csv === true) process.stdout.write(csvOf({ columns, rows: data }, process.stdout.isTTY));
    else out.data({ columns, rows: data }, textOf({ columns, rows: data }));
    out.say(`${data.length} rows; ${statistics?.rows_read ?? 0} read`);
  } catch (error) {
    throw toSqlError(error);
  } finally {
    await client.close();
  }
}

/** What ClickHouse says against a statement is the caller's to mend; all else is a source that is away. */
function toSqlError(error: unknown): unknown {
  if (!(error instanceof ClickHouseError)) return sourceUnavailable(error);
  return new CliError(error.message, {
    code: `clickhouse-${(error.type ?? error.code).toLowerCase().replaceAll('_', '-')}`,
    exitCode: exitCodes.invalid,
    next: 'npx millrace sql --help; the tables: schemas/clickhouse-columns.ts',
    cause: error,
  });
}

const shown = (value: unknown): string | number | boolean | null =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null
    ? value
    : JSON.stringify(value);

const textOf = ({ columns, rows }: Result): string =>
  table([columns, ...rows.map((row) => row.map((value) => printable(String(shown(value) ?? 'NULL'))))]);

/** A value is text: what would steer a terminal is shown, not obeyed. */
const printable = (text: string): string =>
  text.replaceAll(/\p{Cc}/gu, (sign) => `\\x${(sign.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`);

/** RFC 4180 as it is where it goes to a file or a program; printable on a terminal. */
function csvOf({ columns, rows }: Result, isTerminal: boolean): string {
  const cell = (value: unknown): string => {
    const one = shown(value);
    return quote(isTerminal && typeof one === 'string' ? printable(one) : one);
  };
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** `millrace sql`: a question the reports do not answer. */
export function register(program: Command): void {
  withCommonOptions(program.command('sql'))
    .description(
      `one SELECT on the ClickHouse ledger, read-only: at most ${limits['max_execution_time']} s, ${limits['max_rows_to_read']} rows read, ${limits['max_result_rows']} answered. As the ClickHouse user of the configuration: an analyst sees one store alone, the local stack’s user all. No FORMAT clause`,
    )
    .argument('<statement>', 'for example "SELECT event, count() FROM orders GROUP BY event"')
    .option('--csv', 'the rows as CSV')
    .action(runSql);
}
