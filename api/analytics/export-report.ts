import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setLimits } from '../http/write-answer.ts';
import { beginAsking, isWide, streamClickhouse, type Written } from './ask-clickhouse.ts';
import type { ExportRoom } from './export-room.ts';
import type { ReportStatement } from './report.ts';
import { completeOf, iso, partialFrom, type ReportDeps, type ReportPlan } from './run-report.ts';
import { type ExportFormat, exportHeaders, quote } from './write-report.ts';

export interface ExportDeps extends ReportDeps {
  readonly exports: ExportRoom;
}

/** The rows of one report as a file, straight from the engine. */
export interface OpenExport {
  /** Until when they are complete, epoch ms; null: not known. */
  readonly completeMs: number | null;
  /** Writes them all and ends `to`; called once, for they hold a connection. Rejects where they, or `to`, break off. */
  readonly writeTo: (to: Writable, signal: AbortSignal) => Promise<void>;
}

/**
 * The rows of the JSON answer, however many, in a format of files. What can fail fails before there are rows (the engine holds
 * its answer until it is whole). `signal`: nobody waits for them any more. Throws as `runReport`.
 */
export async function openExport(
  deps: ExportDeps,
  plan: ReportPlan,
  format: ExportFormat,
  signal: AbortSignal,
): Promise<OpenExport> {
  const asking = beginAsking(deps.clickhouse, deps.answerWithinMs, [signal]);
  const completeMs = await completeOf(asking, deps.partitions, plan);
  const statement = toFileStatement(plan, await partialFrom(asking, plan, completeMs), format === 'parquet');
  const apart = { ...asking, client: deps.exports.clickhouse };
  const rows = await streamClickhouse(apart, statement, engineFormats[format], deps.rowsToReadMax);
  // one pipeline from the engine to the reader: what ends at one end ends at the other, at once
  const writeTo: OpenExport['writeTo'] = (to, until) =>
    format === 'csv'
      ? pipeline(rows, toCsvLines, to, { signal: until })
      : pipeline(rows, to, { signal: until });
  return { completeMs, writeTo };
}

/**
 * Answers one report as a file. A reader that leaves, or has not come to the end when `signal` is aborted, loses the rest: the
 * file is cut off without HTTP's own end, and the connection of the rows is given back. Throws as `openExport`.
 */
export async function exportReport(
  deps: ExportDeps,
  plan: ReportPlan,
  format: ExportFormat,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const left = AbortSignal.any([gone.signal, signal]);
  const { completeMs, writeTo } = await openExport(deps, plan, format, left);
  const headers = exportHeaders(plan.report, format, completeMs === null ? null : iso(completeMs));
  setLimits(response.req, response);
  response.writeHead(200, { ...headers, 'X-Content-Type-Options': 'nosniff' });
  await writeTo(response, signal);
}

const engineFormats: Readonly<Record<ExportFormat, Written>> = {
  csv: { format: 'JSONCompactEachRowWithNamesAndTypes', quotesWide: true },
  ndjson: { format: 'JSONEachRow', quotesWide: false },
  parquet: { format: 'Parquet', quotesWide: false },
};

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

/**
 * RFC 4180 lines of the engine's lines, the bytes of which may be cut anywhere: first the names, also where there is no row.
 * Integers of 64 bits keep their digits.
 */
export async function* toCsvLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const utf8 = new TextDecoder();
  let rest = '';
  let linesRead = 0;
  let wide: readonly boolean[] = [];
  const toLine = (line: string): string => {
    if (line === '') return '';
    const cells = JSON.parse(line) as readonly (string | number | boolean | null)[];
    linesRead += 1;
    if (linesRead === 2) {
      wide = cells.map((type) => isWide(String(type)));
      return '';
    }
    return `${cells.map((cell, i) => (wide[i] ? String(cell ?? '') : quote(cell))).join(',')}\r\n`;
  };
  for await (const chunk of bytes) {
    const lines = `${rest}${utf8.decode(chunk, { stream: true })}`.split('\n');
    rest = lines.pop() ?? '';
    yield lines.map(toLine).join('');
  }
  yield toLine(rest);
}
