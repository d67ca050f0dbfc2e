import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setLimits } from '../http/write-answer.ts';
import { answerWithinMs, beginAsking, streamClickhouse } from './ask-clickhouse.ts';
import { type ComparedColumn, comparedColumns } from './compared-columns.ts';
import type { ExportDeps } from './export-report.ts';
import type { Cell, ReportRow } from './report.ts';
import { type ReportPlan, runWithColumns } from './run-report.ts';
import { exportHeaders } from './write-report.ts';

/** Room for what the statement has beside its rows: some thirty columns, each named three times. */
const statementHeadBytes = 65_536;

/**
 * Answers a comparison as a Parquet file: its rows meet in our memory, so the engine gets them back as one text and writes
 * the file. The rows of the JSON answer, at most as many as that has. Throws as `runReport`, before the head is sent.
 */
export async function exportCompared(
  deps: ExportDeps,
  plan: ReportPlan,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const left = [gone.signal, signal];
  const startedMs = performance.now();
  const { report, columns } = await runWithColumns(deps, plan, left);
  const leftMs = (deps.answerWithinMs ?? answerWithinMs) - (performance.now() - startedMs);
  const asking = beginAsking(deps.exports.clickhouse, Math.max(1, Math.floor(leftMs)), left);
  const sql = rowsSql(report.data, comparedColumns(plan, columns));
  const queryBytesMax = Buffer.byteLength(sql) + statementHeadBytes;
  const written = { format: 'Parquet', quotesWide: false, queryBytesMax };
  const bytes = await streamClickhouse(asking, { sql, parameters: {} }, written);
  const headers = exportHeaders(plan.report, 'parquet', report.meta.complete_until);
  setLimits(response.req, response);
  response.writeHead(200, { ...headers, 'X-Content-Type-Options': 'nosniff' });
  await pipeline(bytes, response, { signal });
}

/**
 * A SELECT that holds its rows: JSON as one literal, so that it needs neither a table nor a right to make one, and costs the
 * parser one word however many rows there are.
 */
export function rowsSql(rows: readonly ReportRow[], columns: readonly ComparedColumn[]): string {
  const cellOf = (row: ReportRow, { name, isTime }: ComparedColumn): Cell => {
    const cell = row[name] ?? null;
    return isTime === true && cell !== null ? Date.parse(String(cell)) : cell;
  };
  const text = JSON.stringify(rows.map((row) => columns.map((column) => cellOf(row, column))));
  const tuple = columns.map(({ type }, i) => `c${i} ${type}`).join(', ');
  const shown = columns.map(({ name, isTime }, i) => {
    const value = `tupleElement(r, ${i + 1})`;
    return `${isTime === true ? `fromUnixTimestamp64Milli(${value}, 'UTC')` : value} AS ${name}`;
  });
  return `SELECT ${shown.join(', ')}
FROM (SELECT arrayJoin(JSONExtract('${literal(text)}', 'Array(Tuple(${tuple}))')) AS r)`;
}

const literal = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
