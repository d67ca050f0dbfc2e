import type { ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { streamClickhouse } from './ask-clickhouse.ts';
import type { ReportStatement } from './report.ts';
import { completeOf, iso, partialFrom, type ReportDeps, type ReportPlan } from './run-report.ts';
import { type ExportFormat, exportHeaders, quote } from './write-report.ts';

/**
 * Answers one report as a file, straight from the engine's rows: the rows of the JSON answer, however many. What can fail
 * fails before the head is sent (the engine holds its answer until it is whole). Throws as `runReport`.
 */
export async function exportReport(
  deps: ReportDeps,
  plan: ReportPlan,
  format: ExportFormat,
  response: ServerResponse,
): Promise<void> {
  const completeMs = await completeOf(deps, plan);
  const statement = toFileStatement(plan, await partialFrom(deps, plan, completeMs), format === 'parquet');
  const rows = await streamClickhouse(deps.clickhouse, statement, engineFormats[format], deps.rowsToReadMax);
  const headers = exportHeaders(plan.report, format, completeMs === null ? null : iso(completeMs));
  response.writeHead(200, { ...headers, 'X-Content-Type-Options': 'nosniff' });
  await pipeline(format === 'csv' ? Readable.from(toCsvLines(rows)) : rows, response);
}

const engineFormats = {
  csv: 'JSONCompactEachRowWithNames',
  ndjson: 'JSONEachRow',
  parquet: 'Parquet',
} as const;

/** The statement with the columns of an answer's rows instead of the engine's: what `toRow` of run-report.ts does. */
function toFileStatement(
  { statement: { sql, parameters }, bucket }: ReportPlan,
  partialFromS: number | null,
  isTyped: boolean,
): ReportStatement {
  const hasSeconds = /\bbucket_s\b/.test(sql);
  const rest = hasSeconds ? '* EXCEPT (bucket_s)' : '*';
  if (bucket === null) return { sql: `SELECT ${rest} FROM (\n${sql}\n)`, parameters };
  const at = `toDateTime64(bucket_s, 0, 'UTC')`;
  // a file of types has the instant, a text the instant's text
  const instant = isTyped
    ? `toDateTime64(bucket_s, 3, 'UTC')`
    : `formatDateTime(${at}, '%Y-%m-%dT%H:%i:%SZ', 'UTC')`;
  const zoned = `formatDateTime(${at}, '%Y-%m-%dT%H:%i:%S%z', {tz:String})`;
  const local = `concat(substring(${zoned}, 1, 22), ':', substring(${zoned}, 23))`;
  const partial = partialFromS === null ? '' : ', toBool(bucket_s >= {partial_from_s:Int64}) AS partial';
  return {
    sql: `SELECT ${instant} AS bucket, ${local} AS bucket_local, ${rest}${partial} FROM (\n${sql}\n)`,
    parameters: { ...parameters, ...(partialFromS === null ? {} : { partial_from_s: partialFromS }) },
  };
}

/** RFC 4180 lines: first the names, also where there is no row. */
async function* toCsvLines(rows: Readable): AsyncGenerator<string> {
  for await (const line of createInterface({ input: rows, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line === '') continue;
    const cells = JSON.parse(line) as (string | number | boolean | null)[];
    yield `${cells.map(quote).join(',')}\r\n`;
  }
}
