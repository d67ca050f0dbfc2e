import { useMemo } from 'preact/hooks';
import { type Report, type Row, reportPath, type Session } from './api.ts';
import { type Live, useLive } from './live.ts';
import { fromOf, type Range } from './ranges.ts';
import { nowMs } from './server-clock.ts';

type Query = Readonly<Record<string, string | number | null>>;

/** A report over a range up to now, live; rows in the store's own order of its currencies. */
export function useReport(name: string, range: Range, session: Session, query: Query): Live<Report> {
  const from = fromOf(range, nowMs(), session.timeZone);
  const key = reportPath(name, { ...query, range: range.name });
  const live = useLive<Report>(reportPath(name, { from, ...query }), key);
  const { currencies } = session;
  const answer = useMemo(() => inOrderOf(currencies, live.answer), [currencies, live.answer]);
  return { ...live, answer };
}

function inOrderOf(currencies: readonly string[], report: Report | null): Report | null {
  if (report === null) return null;
  const place = (row: Row): number => currencies.indexOf(String(row['currency']));
  const sorted = (rows: readonly Row[]) => rows.toSorted((a, b) => place(a) - place(b));
  return { ...report, data: sorted(report.data), totals: sorted(report.totals) };
}
