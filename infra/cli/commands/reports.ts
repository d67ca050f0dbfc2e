import type { Command } from 'commander';
import { ExportRoom } from '../../../api/analytics/export-room.ts';
import { connectClickhouse } from '../../clients/clickhouse.ts';
import { clickhouseLink } from '../../clients/links.ts';
import type { Config } from '../../config/config.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { configOfLocalStack } from '../../local/launcher.ts';
import { hasFile } from '../../reports/report-file.ts';
import { runReports, writeAllDue } from '../../reports/run-reports.ts';
import {
  readScheduledReports,
  ReportsFileError,
  type ScheduledReport,
} from '../../reports/scheduled-report.ts';
import { dueReport, type Written } from '../../reports/write-report.ts';
import { CliError } from '../cli-error.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { cliConfig } from '../local-stack.ts';
import { createOutput, table } from '../output.ts';
import { wholeNumber } from '../whole-number.ts';

interface RunOptions extends CommonOptions {
  readonly once?: boolean;
}
interface NextOptions extends CommonOptions {
  readonly count: number;
}

/** The reports of MILLRACE_SCHEDULED_REPORTS. Throws CliError (78). */
function scheduled({ scheduledReports: file }: Pick<Config, 'scheduledReports'>): readonly ScheduledReport[] {
  const next = 'docs/how-to/schedule-reports.md';
  if (file === null) {
    throw new CliError('No reports are scheduled: MILLRACE_SCHEDULED_REPORTS names no file.', {
      code: 'no-reports',
      exitCode: exitCodes.config,
      next,
    });
  }
  try {
    return readScheduledReports(file);
  } catch (error) {
    if (!(error instanceof ReportsFileError)) throw error;
    throw new CliError(error.message, {
      code: 'reports-file',
      exitCode: exitCodes.config,
      next,
      cause: error,
    });
  }
}

async function run(options: RunOptions): Promise<void> {
  const reports = scheduled(configOfLocalStack(options.set));
  const config = await cliConfig(options.set);
  const client = connectClickhouse(clickhouseLink(config));
  const { partitions } = config;
  const deps = { clickhouse: client, exports: new ExportRoom(client), partitions, nowMs: Date.now };
  const out = createOutput(options);
  const tell = (written: Written): void => out.data(written, lineOf(written));
  const stopping = new AbortController();
  const { signal } = stopping;
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort());
  try {
    if (options.once === true) {
      const all = await writeAllDue(deps, reports, { tell, signal });
      const isOpen = signal.aborted || all.some(({ is }) => is === 'waiting' || is === 'failed');
      if (isOpen) process.exitCode = exitCodes.tryAgain;
      return;
    }
    out.say(`${reports.length} scheduled reports; Ctrl-C ends. What is written, and what waits for what:`);
    await runReports(deps, reports, { tell, signal });
  } finally {
    await client.close();
  }
}

const lineOf = ({ name, due, is, file, why }: Written): string =>
  `${due}  ${name}  ${is}  ${why === null ? file : why}`;

async function list(options: CommonOptions): Promise<void> {
  const reports = scheduled(configOfLocalStack(options.set));
  const nowMs = Date.now();
  const all = await Promise.all(
    reports.map(async (report) => {
      const { name, kind, cron, timeZone, range, store, folder, schedule, makeUp } = report;
      const due = schedule.latest(nowMs, makeUp).map((dueMs) => dueReport(report, dueMs).file);
      const there = await Promise.all(due.map((file) => hasFile(file).catch(() => false)));
      return {
        name,
        store,
        report: kind.name,
        range,
        cron,
        timeZone,
        folder,
        next: timeText(schedule.next(nowMs, 1)[0]),
        /** Of its latest due times, those that have no file yet. */
        missing: due.filter((_, i) => there[i] === false),
      };
    }),
  );
  const columns = ['name', 'store', 'report', 'range', 'cron', 'zone', 'next', 'missing', 'folder'];
  const rows = all.map((one) => [
    one.name,
    one.store,
    one.report,
    one.range,
    one.cron,
    one.timeZone,
    one.next,
    String(one.missing.length),
    one.folder,
  ]);
  createOutput(options).data({ data: all }, table([columns, ...rows]));
}

async function next(options: NextOptions): Promise<void> {
  const nowMs = Date.now();
  const all = scheduled(configOfLocalStack(options.set))
    .flatMap((report) => report.schedule.next(nowMs, options.count).map((dueMs) => dueReport(report, dueMs)))
    .toSorted((a, b) => (a.due < b.due ? -1 : 1))
    .slice(0, options.count);
  const rows = all.map(({ due, name, from, to, file }) => [due, name, from, to, file]);
  createOutput(options).data({ data: all }, table([['due', 'name', 'from', 'to', 'file'], ...rows]));
}

const timeText = (atMs: number | undefined): string =>
  atMs === undefined ? '-' : new Date(atMs).toISOString();

/** `millrace reports run, list, next`: reports that are written as files when they are due. */
export function register(program: Command): void {
  const group = program
    .command('reports')
    .description('reports of MILLRACE_SCHEDULED_REPORTS, written as CSV files when they are due');
  withCommonOptions(group.command('run'))
    .description('write each when it is due and its figures are complete; any number may run')
    .option('--once', 'write what is due and end; exit 75 if something has to wait')
    .action(run);
  withCommonOptions(group.command('list'))
    .description('each report, when it is due next, how many of its latest files are missing')
    .action(list);
  withCommonOptions(group.command('next'))
    .description('the next due times, what each will be of, and its file')
    .option('--count <n>', 'so many', wholeNumber(1, 1_000), 10)
    .action(next);
}
