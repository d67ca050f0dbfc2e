import type { Answer } from '../http/answer.ts';
import type { reportFormats } from './report-query.ts';
import type { Cell, Report, ReportRow } from './report.ts';

export type ReportFormat = (typeof reportFormats)[number];

export type ExportFormat = Exclude<ReportFormat, 'json'>;

const types: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
};
/** What a report is written as where it is not JSON. */
export const exportTypes: readonly string[] = Object.values(types);

const typeParameters: Readonly<Record<ExportFormat, string>> = {
  csv: '; charset=utf-8; header=present',
  ndjson: '; charset=utf-8',
  parquet: '',
};

/** The head of an export; how far its rows are complete stands in it. */
export const exportHeaders = (
  report: string,
  format: ExportFormat,
  completeUntil: string | null,
): Readonly<Record<string, string>> => ({
  'Cache-Control': 'no-store',
  'Complete-Until': completeUntil ?? 'unknown',
  'Content-Type': types[format] + typeParameters[format],
  ...(format === 'ndjson' ? {} : { 'Content-Disposition': `attachment; filename="${report}.${format}"` }),
});

/** A report whose rows are in memory as a file of text. `columns`: names for the head of a CSV, in order, all that a row has. */
export function writeReport(
  { meta, data }: Report,
  format: 'csv' | 'ndjson',
  columns: readonly string[],
): Answer {
  return {
    status: 200,
    headers: exportHeaders(meta.report, format, meta.complete_until),
    body: format === 'csv' ? toCsv(data, columns) : data.map((row) => `${JSON.stringify(row)}\n`).join(''),
  };
}

/** RFC 4180, with a header line also where there is no row. */
function toCsv(data: readonly ReportRow[], columns: readonly string[]): string {
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
