import path from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { askClickhouse, beginAsking } from '../../api/analytics/ask-clickhouse.ts';
import { type ExportDeps, openExport } from '../../api/analytics/export-report.ts';
import { planReport } from '../../api/analytics/plan-report.ts';
import { runWithColumns } from '../../api/analytics/run-report.ts';
import { comparedColumns } from '../../api/analytics/compared-columns.ts';
import { writeReport } from '../../api/analytics/write-report.ts';
import { Problem } from '../../api/http/problem.ts';
import { hasFile, reportFileName, writeOnce } from './report-file.ts';
import { rangeBefore } from './report-range.ts';
import type { ScheduledReport } from './scheduled-report.ts';

/** What became of one due time. */
export interface Written {
  readonly name: string;
  /** RFC 3339 UTC, as are the other times. */
  readonly due: string;
  readonly from: string;
  readonly to: string;
  readonly file: string;
  /** `there`: it was written before, here or elsewhere. */
  readonly is: 'written' | 'there' | 'waiting' | 'failed';
  /** What it waits for, or what went wrong; null where there is a file. */
  readonly why: string | null;
}

/** ms: what a file has to be written, as one that is asked of the API. */
const withinMs = 300_000;

const iso = (atMs: number): string => new Date(atMs).toISOString();

/** What one due time (epoch ms) of a report is of, and the file it belongs in. */
export function dueReport(report: ScheduledReport, dueMs: number): Omit<Written, 'is' | 'why'> {
  const { fromMs, toMs } = rangeBefore(report.range, dueMs, report.timeZone);
  return {
    name: report.name,
    due: iso(dueMs),
    from: iso(fromMs),
    to: iso(toMs),
    file: path.join(report.folder, reportFileName(report.name, dueMs)),
  };
}

/**
 * Writes the file of one due time unless it is there. Its figures are those of the log at the end of its range, the same
 * whoever writes them and when; while the ledger does not hold all of them yet (`complete_until`), or does not answer, there
 * is no file. Once `signal` is aborted it has to wait too. Does not reject.
 */
export async function writeDue(
  deps: ExportDeps,
  report: ScheduledReport,
  dueMs: number,
  signal: AbortSignal,
): Promise<Written> {
  const due = dueReport(report, dueMs);
  try {
    if (await hasFile(due.file)) return { ...due, is: 'there', why: null };
    await refuseUnknownStore(deps, report.store, signal);
    const isFirst = await writeOnce(due.file, (to) => writeRows(deps, report, due, { to, signal }));
    return { ...due, is: isFirst ? 'written' : 'there', why: null };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (signal.aborted)
      return { ...due, is: 'waiting', why: 'waits for another run: this one was told to end' };
    const isBehind = error instanceof Problem && error.code === 'view-behind';
    const said = error instanceof Problem ? (error.details.detail ?? error.message) : error.message;
    return {
      ...due,
      is: isBehind ? 'waiting' : 'failed',
      why: isBehind ? `waits for ${due.to}: ${said}` : said,
    };
  }
}

/** A store mistyped would have files without a row for ever. Throws where the ledger has nothing of it. */
async function refuseUnknownStore(
  { clickhouse }: ExportDeps,
  store: string,
  signal: AbortSignal,
): Promise<void> {
  const asking = beginAsking(clickhouse, undefined, [signal]);
  const { rows } = await askClickhouse(asking, {
    sql: `SELECT 1 AS is_known FROM orders WHERE store = {store:String} LIMIT 1
      UNION ALL SELECT 1 AS is_known FROM stock_movements WHERE store = {store:String} LIMIT 1`,
    parameters: { store },
  });
  if (rows.length > 0) return;
  throw new Error(
    `the ledger holds nothing of a store ${store}: correct its name, or wait until it has an order or stock`,
  );
}

/** All rows as CSV, or a rejection. */
async function writeRows(
  deps: ExportDeps,
  { kind, store, timeZone, parameters }: ScheduledReport,
  { from, to: end }: Pick<Written, 'from' | 'to'>,
  { to, signal }: { readonly to: Writable; readonly signal: AbortSignal },
): Promise<void> {
  const query = kind.query.parse({ ...parameters, from, to: end, asOf: end, tz: timeZone, format: 'csv' });
  const plan = planReport(kind, { store, query, timeZone, nowMs: deps.nowMs() });
  if (plan.compare === undefined) {
    const late = AbortSignal.any([AbortSignal.timeout(withinMs), signal]);
    const { writeTo } = await openExport(deps, plan, 'csv', late);
    return writeTo(to, late);
  }
  const { report, columns } = await runWithColumns(deps, plan, [signal]); // rows of two ranges meet in memory
  const names = comparedColumns(plan, columns).map(({ name }) => name);
  const { body } = writeReport(report, 'csv', names);
  return pipeline(Readable.from([body]), to);
}
