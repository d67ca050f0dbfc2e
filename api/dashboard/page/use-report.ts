import { ask, type Report, type Row, reportPath, type Session } from './api.ts';
import { type Live, useLive } from './live.ts';
import { fromOf, type Range } from './ranges.ts';
import { learnServerTime, nowMs } from './server-clock.ts';

type Query = Readonly<Record<string, string | number | null>>;

/**
 * A report over a range up to now, live; rows in the store's own order of its currencies. With `periodsBack` the range
 * that lies so many of its lengths earlier.
 */
export function useReport(
  name: string,
  range: Range,
  session: Session,
  query: Query,
  periodsBack = 0,
): Live<Report> {
  const key = reportPath(name, { ...query, range: range.name, periodsBack });
  return useLive(
    key,
    async () => {
      const startOf = (back: number) =>
        fromOf(range, nowMs() - back * range.lengthS * 1000, session.timeZone);
      const span = {
        from: startOf(periodsBack),
        to: periodsBack === 0 ? null : startOf(periodsBack - 1),
      };
      const answer = await ask<Report>(reportPath(name, { ...span, ...query }));
      learnServerTime(answer.meta.as_of);
      const place = (row: Row): number => session.currencies.indexOf(String(row['currency']));
      const sorted = (rows: readonly Row[]) => rows.toSorted((a, b) => place(a) - place(b));
      return { ...answer, data: sorted(answer.data), totals: sorted(answer.totals) };
    },
    range.everyMs,
  );
}
