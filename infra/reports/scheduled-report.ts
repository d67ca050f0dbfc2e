import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { reportKinds } from '../../api/analytics/report-kinds.ts';
import type { ReportKind } from '../../api/analytics/report-kind.ts';
import { parseSchedule, type Schedule } from './due-times.ts';
import { rangeNames, type RangeName } from './report-range.ts';

/** A report that is written as a CSV file each time it is due. */
export interface ScheduledReport {
  /** Begins the names of its files. */
  readonly name: string;
  readonly store: string;
  readonly kind: ReportKind;
  readonly cron: string;
  readonly schedule: Schedule;
  /** IANA zone: of the schedule, of the range and of the days in the report. */
  readonly timeZone: string;
  readonly range: RangeName;
  /** Parameters of the report as its URL has them. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Absolute; it exists, or nothing is written. */
  readonly folder: string;
  /** How many of its latest due times are looked after: those without a file are made up. */
  readonly makeUp: number;
}

/** What the schedule itself says of a report, and no parameter may. */
const own = ['from', 'to', 'tz', 'asOf', 'format'];
const makeUpMax = 366;

const entrySchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'wanted 1 to 64 of a-z, 0-9 and dashes'),
  store: z.string().min(1),
  cron: z.string(),
  timeZone: z.string(),
  report: z.string(),
  range: z.enum(rangeNames),
  parameters: z.record(z.string(), z.string()).default({}),
  folder: z.string().min(1),
  makeUp: z.int().min(1).max(makeUpMax).default(7),
});
const fileSchema = z.strictObject({ reports: z.array(z.unknown()) });

/** All faults of the file of scheduled reports at once. */
export class ReportsFileError extends Error {
  readonly faults: readonly string[];

  constructor(file: string, faults: readonly string[]) {
    super(
      `${file} has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n  ${faults.join('\n  ')}`,
    );
    this.name = 'ReportsFileError';
    this.faults = faults;
  }
}

/** The reports that a JSON file lists; a relative folder begins where the file is. Throws ReportsFileError. */
export function readScheduledReports(file: string): readonly ScheduledReport[] {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ReportsFileError(file, [
      `cannot be read as JSON: ${error instanceof Error ? error.message : ''}`,
    ]);
  }
  return parseScheduledReports(value, file);
}

/** As `readScheduledReports`, of what stands in the file. */
export function parseScheduledReports(value: unknown, file: string): readonly ScheduledReport[] {
  const list = fileSchema.safeParse(value);
  if (!list.success) throw new ReportsFileError(file, ['wanted {"reports": […]} and nothing else']);
  const faults: string[] = [];
  const reports = list.data.reports.flatMap((entry, i) => {
    const where = `reports[${i}]`;
    const parsed = entrySchema.safeParse(entry);
    if (!parsed.success) {
      faults.push(
        ...parsed.error.issues.map(({ path: at, message }) => `${[where, ...at].join('.')}: ${message}`),
      );
      return [];
    }
    const report = toReport(parsed.data, path.dirname(file));
    if (!('faults' in report)) return [report];
    faults.push(...report.faults.map((fault) => `${where}.${fault}`));
    return [];
  });
  const names = reports.map(({ name }) => name);
  for (const name of new Set(names.filter((one, i) => names.indexOf(one) !== i)))
    faults.push(`${name} is the name of several reports: their files would be one`);
  if (faults.length > 0) throw new ReportsFileError(file, faults);
  return reports;
}

function toReport(
  { report, ...entry }: z.output<typeof entrySchema>,
  folderOfFile: string,
): ScheduledReport | { readonly faults: readonly string[] } {
  const faults: string[] = [];
  const kind = reportKinds.find(({ name }) => name === report);
  if (!kind) faults.push(`report: wanted one of ${reportKinds.map(({ name }) => name).join(', ')}`);
  else faults.push(...parameterFaults(kind, entry.parameters));
  const timeZone = zoneOf(entry.timeZone);
  if (timeZone === null) faults.push('timeZone: wanted an IANA time zone, for example Europe/London');
  const schedule = scheduleOf(entry.cron, timeZone ?? 'UTC');
  if (typeof schedule === 'string') faults.push(`cron: ${schedule}`);
  if (!kind || timeZone === null || typeof schedule === 'string' || faults.length > 0) return { faults };
  return { ...entry, kind, schedule, timeZone, folder: path.resolve(folderOfFile, entry.folder) };
}

function parameterFaults(kind: ReportKind, parameters: ScheduledReport['parameters']): readonly string[] {
  const mine = Object.keys(parameters).filter((name) => own.includes(name));
  const faults = mine.map((name) => `parameters.${name}: range and timeZone of the entry say this`);
  const rest = Object.fromEntries(Object.entries(parameters).filter(([name]) => !own.includes(name)));
  const parsed = kind.query.safeParse(rest);
  if (parsed.success) return faults;
  const unusable = parsed.error.issues.map(
    ({ path: at, message }) => `${['parameters', ...at].join('.')}: ${message}`,
  );
  return [...faults, ...unusable];
}

function zoneOf(name: string): string | null {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return null; // the constructor's RangeError is the platform's only "no such zone"
  }
}

function scheduleOf(cron: string, timeZone: string): Schedule | string {
  try {
    const schedule = parseSchedule(cron, timeZone);
    return schedule.next(Date.now(), 1).length > 0 ? schedule : 'it is never due again';
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return `${said}; wanted minute, hour, day, month and weekday, for example 30 6 * * *`;
  }
}
