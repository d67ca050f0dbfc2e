import { ask, type Report, type Row, reportPath, type Session } from './api.ts';
import { type Live, useLive } from './live.ts';
import { fromOf, type Range } from './ranges.ts';
import { learnServerTime, nowMs } from './server-clock.ts';

type Query = Readonly<Record<string, string | number | null>>;

/** A report over a range up to now, live; rows in the store's own order of its currencies. */
export function useReport(name: string, range: Range, session: Session, query: Query): Live<Report> {
  const key = reportPath(name, { ...query, range: range.name });
  return useLive(
    key,
    async () => {
      const from = fromOf(range, nowMs(), session.timeZone);
      const answer = await ask<Report>(reportPath(name, { from, ...query }));
      learnServerTime(answer.meta.as_of);
      const place = (row: Row): number => session.currencies.indexOf(String(row['currency']));
      const sorted = (rows: readonly Row[]) => rows.toSorted((a, b) => place(a) - place(b));
      return { ...answer, data: sorted(answer.data), totals: sorted(answer.totals) };
    },
    range.everyMs,
  );
}
