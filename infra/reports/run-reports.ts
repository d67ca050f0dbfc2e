import { setTimeout as delay } from 'node:timers/promises';
import type { ExportDeps } from '../../api/analytics/export-report.ts';
import { removeOldParts } from './report-file.ts';
import type { ScheduledReport } from './scheduled-report.ts';
import { writeDue, type Written } from './write-report.ts';

/** What waits or failed is tried again after so long, ms. */
const againMs = 30_000;
/** A clock that was set, or a machine that slept, is noticed after so long, ms. */
const longestSleepMs = 60_000;

/** How reports are written. */
export interface Run {
  /** Hears of each file that is looked after, as soon as it is known what became of it. */
  readonly tell: (written: Written) => void;
  /** Aborted when it is to end: what is being written is given up, nothing else begins. */
  readonly signal: AbortSignal;
}

/**
 * Writes what is due and has no file yet: of each report its latest due times, the oldest first. One after the other. What a
 * process that was killed left half in their folders is removed before.
 */
export async function writeAllDue(
  deps: ExportDeps,
  reports: readonly ScheduledReport[],
  { tell, signal }: Run,
): Promise<readonly Written[]> {
  for (const folder of new Set(reports.map((report) => report.folder)))
    await removeOldParts(folder, deps.nowMs());
  const all: Written[] = [];
  for (const report of reports) {
    for (const dueMs of report.schedule.latest(deps.nowMs(), report.makeUp)) {
      if (signal.aborted) return all;
      const written = await writeDue(deps, report, dueMs, signal);
      all.push(written);
      tell(written);
    }
  }
  return all;
}

/** Writes each report when it is due, until the signal is aborted. `tell` hears of each file written, and of each new reason for none. */
export async function runReports(
  deps: ExportDeps,
  reports: readonly ScheduledReport[],
  { tell, signal }: Run,
): Promise<void> {
  const told = new Map<string, string>();
  while (!signal.aborted) {
    const tellNew = (written: Written): void => {
      const words = `${written.is} ${written.why}`;
      if (written.is !== 'there' && told.get(written.file) !== words) tell(written);
      told.set(written.file, words);
    };
    const all = await writeAllDue(deps, reports, { tell: tellNew, signal });
    for (const file of told.keys()) if (!all.some((one) => one.file === file)) told.delete(file);
    const isOpen = all.some(({ is }) => is === 'waiting' || is === 'failed');
    await delay(sleepMs(reports, deps.nowMs(), isOpen), undefined, { signal }).catch(() => undefined);
  }
}

/** Until the next due time, or until what is open is tried again. */
function sleepMs(reports: readonly ScheduledReport[], nowMs: number, isOpen: boolean): number {
  const next = reports.flatMap(({ schedule }) => schedule.next(nowMs, 1)).map((due) => due - nowMs);
  return Math.max(100, Math.min(isOpen ? againMs : longestSleepMs, ...next));
}
