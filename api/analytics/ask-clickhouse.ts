import type { Readable } from 'node:stream';
import type { ClickHouseClient } from '../../infra/clients/clickhouse.ts';
import { ClickHouseError } from '@clickhouse/client';
import { Problem } from '../http/problem.ts';
import type { Cell, ReportRow, ReportStatement } from './report.ts';

/** What one statement may read: some seconds' work of two cores. The engine counts before it begins. */
const defaultRowsToReadMax = 500_000_000;
const settings = { max_execution_time: 10, output_format_json_quote_64bit_integers: 1 } as const;
/** It would read, or hold, more than it may (ErrorCodes.cpp: TOO_MANY_ROWS, TOO_MANY_BYTES). */
const tooMuch = new Set(['158', '307']);
/** The statement is wrong (ErrorCodes.cpp: unknown function, identifier, type mismatch, syntax): a bug of ours. */
const bugs = new Set(['43', '46', '47', '53', '62', '456', '457']);

export interface Asked {
  readonly rows: readonly ReportRow[];
  readonly rowsRead: number;
}

/**
 * Runs one statement of a report. Throws `range-too-wide` where it would read too many rows, `view-unavailable` where
 * ClickHouse is away, too slow or not set up yet: an answer that is not known is never zeros.
 */
export async function askClickhouse(
  client: ClickHouseClient,
  { sql, parameters }: ReportStatement,
  rowsToReadMax = defaultRowsToReadMax,
): Promise<Asked> {
  try {
    const answer = await client.query({
      query: sql,
      query_params: { ...parameters },
      clickhouse_settings: { ...settings, max_rows_to_read: String(rowsToReadMax) },
      format: 'JSON',
    });
    const { meta = [], data, statistics } = await answer.json<Record<string, unknown>>();
    const wide = new Set(
      meta.filter(({ type }) => /^(Nullable\()?U?Int64/.test(type)).map(({ name }) => name),
    );
    const rows = data.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [name, wide.has(name) ? toNumber(value) : toCell(value)]),
      ),
    );
    return { rows, rowsRead: statistics?.rows_read ?? 0 };
  } catch (error) {
    throw toReportError(error, rowsToReadMax);
  }
}

/** An export has longer: its rows go to a file, not to a person who waits. */
const exportSettings = { max_execution_time: 60, wait_end_of_query: 1 } as const;

/**
 * The answer of one statement as the engine writes it in one of its formats. The engine holds it until it is whole, on its
 * disk if need be, so a statement that fails throws, as `askClickhouse` does, and never ends a file early.
 */
export async function streamClickhouse(
  client: ClickHouseClient,
  { sql, parameters }: ReportStatement,
  format: string,
  rowsToReadMax = defaultRowsToReadMax,
): Promise<Readable> {
  try {
    const { stream } = await client.exec({
      query: `${sql}\nFORMAT ${format}`,
      query_params: { ...parameters },
      clickhouse_settings: {
        ...exportSettings,
        max_rows_to_read: String(rowsToReadMax),
        output_format_json_quote_64bit_integers: 0,
        output_format_parquet_string_as_string: 1,
      },
    });
    return stream;
  } catch (error) {
    throw toReportError(error, rowsToReadMax);
  }
}

/** What went wrong with a statement as the caller is told it; a wrong statement is a bug of ours and stays what it is. */
function toReportError(error: unknown, rowsToReadMax: number): unknown {
  if (error instanceof Problem) return error;
  if (error instanceof ClickHouseError && bugs.has(error.code)) return error;
  if (error instanceof ClickHouseError && tooMuch.has(error.code)) {
    return new Problem('range-too-wide', {
      detail: `The report would read more than ${rowsToReadMax} rows; nothing was read. Narrow from and to, or leave out groupBy=customer, sku and basis=ordered, which read every order.`,
      cause: error,
    });
  }
  return new Problem('view-unavailable', {
    detail:
      'The analytics store does not answer now; no figure is shown rather than a wrong one. Ask again after Retry-After seconds.',
    retryAfterSeconds: 5,
    cause: error,
  });
}

function toNumber(value: unknown): number | null {
  if (value === null) return null;
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw sumTooLarge();
  return number;
}

export const sumTooLarge = (): Problem =>
  new Problem('range-too-wide', {
    detail: 'A sum exceeds 2^53 − 1 minor units: ask for a shorter range.',
  });

const toCell = (value: unknown): Cell =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null
    ? value
    : JSON.stringify(value);
