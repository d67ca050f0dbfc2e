import type { ClickHouseClient } from '../../infra/clients/clickhouse.ts';
import { ClickHouseError } from '@clickhouse/client';
import { Problem } from '../http/problem.ts';
import type { Cell, ReportRow, ReportStatement } from './report.ts';

const settings = { max_execution_time: 10, output_format_json_quote_64bit_integers: 1 } as const;
/** The statement is wrong (ErrorCodes.cpp: unknown function, identifier, type mismatch, syntax): a bug of ours. */
const bugs = new Set(['43', '46', '47', '53', '62', '456', '457']);

export interface Asked {
  readonly rows: readonly ReportRow[];
  readonly rowsRead: number;
}

/**
 * Runs one statement of a report. Throws `view-unavailable` where ClickHouse is away, too slow or not set up yet:
 * an answer that is not known is never zeros.
 */
export async function askClickhouse(
  client: ClickHouseClient,
  { sql, parameters }: ReportStatement,
): Promise<Asked> {
  try {
    const answer = await client.query({
      query: sql,
      query_params: { ...parameters },
      clickhouse_settings: settings,
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
    if (error instanceof Problem) throw error;
    if (error instanceof ClickHouseError && bugs.has(error.code)) throw error;
    throw new Problem('view-unavailable', {
      detail:
        'The analytics store does not answer now; no figure is shown rather than a wrong one. Ask again after Retry-After seconds.',
      retryAfterSeconds: 5,
      cause: error,
    });
  }
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
