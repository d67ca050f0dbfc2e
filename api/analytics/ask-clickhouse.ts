import type { Readable } from 'node:stream';
import type { ClickHouseClient } from '../../infra/clients/clickhouse.ts';
import { ClickHouseError } from '@clickhouse/client';
import { Problem } from '../http/problem.ts';
import type { Cell, ReportRow, ReportStatement } from './report.ts';

/** What one statement may read: some seconds' work of two cores. The engine counts before it begins. */
const defaultRowsToReadMax = 500_000_000;
/**
 * ms: what the statements of one answer have in all. Less than a connection may stand on which nothing moves (30 s, of our
 * server and of the client): a caller gets an answer in words, not a reset.
 */
export const answerWithinMs = 25_000;
/** ms: what one statement has of it where a person waits. */
const statementWithinMs = 10_000;
/** Ours whose callers have gone end: needs a read-only user, as the API's is. */
const common = { cancel_http_readonly_queries_on_client_close: 1 } as const;
/** It would read, or hold, more than it may (ErrorCodes.cpp: TOO_MANY_ROWS, TOO_MANY_BYTES). */
const tooMuch = new Set(['158', '307']);
/** The statement is wrong (ErrorCodes.cpp: unknown function, identifier, type mismatch, syntax): a bug of ours. */
const bugs = new Set(['43', '46', '47', '53', '62', '456', '457']);

/** It ran longer than `max_execution_time` (ErrorCodes.cpp: TIMEOUT_EXCEEDED). */
const tooSlow = '159';

/** Where the statements of one answer go, and until when. */
export interface Asking {
  readonly client: ClickHouseClient;
  /** Of `performance.now()`, ms. */
  readonly endsAtMs: number;
  /** Aborted then, or when the caller has gone: also what still waits for a connection is given up. */
  readonly signal: AbortSignal;
}

/** One answer begins: its time is running. `gone` is aborted when nobody waits for it any more. */
export function beginAsking(
  client: ClickHouseClient,
  withinMs: number = answerWithinMs,
  gone: readonly AbortSignal[] = [],
): Asking {
  return {
    client,
    endsAtMs: performance.now() + withinMs,
    signal: AbortSignal.any([AbortSignal.timeout(withinMs), ...gone]),
  };
}

/** Whole seconds a statement may run: what is left to its answer, `mostMs` at most. */
const secondsLeft = ({ endsAtMs }: Asking, mostMs: number): number =>
  Math.max(1, Math.floor(Math.min(mostMs, endsAtMs - performance.now()) / 1000));

/** A column of an answer, with the engine's name of its type. */
export interface AskedColumn {
  readonly name: string;
  readonly type: string;
}

export interface Asked {
  readonly rows: readonly ReportRow[];
  /** Also where there is no row. */
  readonly columns: readonly AskedColumn[];
  readonly rowsRead: number;
}

/** Columns of 64 bits, whose digits a Number may not hold. */
export const isWide = (type: string): boolean => /^(Nullable\()?U?Int64/.test(type);

/**
 * Runs one statement of a report. Throws `range-too-wide` where it would read too many rows, `view-unavailable` where
 * ClickHouse is away, too slow or not set up yet: an answer that is not known is never zeros.
 */
export async function askClickhouse(
  asking: Asking,
  { sql, parameters }: ReportStatement,
  rowsToReadMax = defaultRowsToReadMax,
): Promise<Asked> {
  try {
    asking.signal.throwIfAborted();
    const answer = await asking.client.query({
      query: sql,
      query_params: { ...parameters },
      clickhouse_settings: {
        ...common,
        max_execution_time: secondsLeft(asking, statementWithinMs),
        max_rows_to_read: String(rowsToReadMax),
        output_format_json_quote_64bit_integers: 1,
      },
      format: 'JSON',
      abort_signal: asking.signal,
    });
    const { meta = [], data, statistics } = await answer.json<Record<string, unknown>>();
    const wide = new Set(meta.filter(({ type }) => isWide(type)).map(({ name }) => name));
    const rows = data.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [name, wide.has(name) ? toNumber(value) : toCell(value)]),
      ),
    );
    return { rows, columns: meta, rowsRead: statistics?.rows_read ?? 0 };
  } catch (error) {
    throw toReportError(error, asking, rowsToReadMax);
  }
}

/** How the engine writes an export. */
export interface Written {
  readonly format: string;
  /** 64-bit integers as text, for a reader that would round them. */
  readonly quotesWide: boolean;
  /** Of a statement that brings its rows along. Default: the engine's, 256 KiB. */
  readonly queryBytesMax?: number;
}

/**
 * The answer of one statement as the engine writes it in one of its formats. The engine holds it until it is whole, on its
 * disk if need be, so a statement that fails throws, as `askClickhouse` does, and never ends a file early. It has all the
 * time that is left; whoever gets the stream reads it to its end or destroys it, for it holds a connection.
 */
export async function streamClickhouse(
  asking: Asking,
  { sql, parameters }: ReportStatement,
  { format, quotesWide, queryBytesMax }: Written,
  rowsToReadMax = defaultRowsToReadMax,
): Promise<Readable> {
  try {
    asking.signal.throwIfAborted();
    const { stream } = await asking.client.exec({
      query: `${sql}\nFORMAT ${format}`,
      query_params: { ...parameters },
      clickhouse_settings: {
        ...common,
        wait_end_of_query: 1,
        max_execution_time: secondsLeft(asking, Number.POSITIVE_INFINITY),
        max_rows_to_read: String(rowsToReadMax),
        output_format_json_quote_64bit_integers: quotesWide ? 1 : 0,
        output_format_parquet_string_as_string: 1,
        ...(queryBytesMax === undefined ? {} : { max_query_size: String(queryBytesMax) }),
      },
      abort_signal: asking.signal,
    });
    return stream;
  } catch (error) {
    throw toReportError(error, asking, rowsToReadMax);
  }
}

/** What went wrong with a statement as the caller is told it; a wrong statement is a bug of ours and stays what it is. */
function toReportError(error: unknown, { signal }: Asking, rowsToReadMax: number): unknown {
  if (error instanceof Problem) return error;
  if (error instanceof ClickHouseError && bugs.has(error.code)) return error;
  if (error instanceof ClickHouseError && tooMuch.has(error.code)) {
    return new Problem('range-too-wide', {
      detail: `The report would read more than ${rowsToReadMax} rows; nothing was read. Narrow from and to, or leave out groupBy=customer, sku and basis=ordered, which read every order.`,
      cause: error,
    });
  }
  const isLate = signal.aborted || (error instanceof ClickHouseError && error.code === tooSlow);
  return new Problem('view-unavailable', {
    detail: isLate
      ? `The analytics store did not come to an end in time: a statement has ${statementWithinMs / 1000} s, a whole answer or an export ${answerWithinMs / 1000} s. Narrow from and to, or ask again after Retry-After seconds.`
      : 'The analytics store does not answer now; no figure is shown rather than a wrong one. Ask again after Retry-After seconds.',
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
