import { type Answer, ok } from '../http/answer.ts';
import type { Cell, Report } from './report.ts';

export type ReportFormat = 'json' | 'csv' | 'ndjson';

const csvType = 'text/csv';
const ndjsonType = 'application/x-ndjson';
/** What a report is written as where it is not JSON. */
export const exportTypes: readonly string[] = [csvType, ndjsonType];

const plain = { 'Cache-Control': 'no-store' };

/** A report as an answer. The exports hold the same rows; how far they are complete stands in a header. */
export function writeReport(report: Report, format: ReportFormat): Answer {
  if (format === 'json') return ok(report);
  const headers = { ...plain, 'Complete-Until': report.meta.complete_until ?? 'unknown' };
  if (format === 'ndjson') {
    const body = report.data.map((row) => `${JSON.stringify(row)}\n`).join('');
    return {
      status: 200,
      headers: { ...headers, 'Content-Type': `${ndjsonType}; charset=utf-8` },
      body,
    };
  }
  return {
    status: 200,
    headers: {
      ...headers,
      'Content-Type': `${csvType}; charset=utf-8; header=present`,
      'Content-Disposition': `attachment; filename="${report.meta.report}.csv"`,
    },
    body: toCsv(report),
  };
}

/** RFC 4180, with a header line also where there is no row to take it from. */
function toCsv({ data }: Report): string {
  const columns = [...new Set(data.flatMap((row) => Object.keys(row)))];
  const lines = [
    columns.map(quote),
    ...data.map((row) => columns.map((column) => quote(row[column] ?? null))),
  ];
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('');
}

/** A spreadsheet takes text that begins like this for a formula and runs it [OWASP, CSV injection]. */
const formula = /^[=+\-@\t\r]/;

export function quote(cell: Cell): string {
  if (typeof cell !== 'string') return cell === null ? '' : String(cell);
  const text = formula.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
