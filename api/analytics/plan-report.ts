import { Problem } from '../http/problem.ts';
import { type Compare, rangeBack, shiftOf } from './compare-periods.ts';
import { reportCatalogue } from './report-catalogue.ts';
import type { CommonQuery, ReportKind } from './report-kind.ts';
import { type ReportSpan, toReportSpan, upToAsOf } from './report-span.ts';
import type { ComparePlan, ReportPlan } from './run-report.ts';

interface PlanOptions {
  readonly store: string;
  readonly query: unknown;
  /** Of the store: it cuts the days where the query names none. */
  readonly timeZone: string;
  readonly nowMs: number;
}

/** The plan of one question. Throws `invalid-query` or `range-too-wide` before anything is read. */
export function planReport(kind: ReportKind, { store, query, timeZone, nowMs }: PlanOptions): ReportPlan {
  const asked = query as CommonQuery & Record<string, unknown>; // what the report's own schema gave
  const tz = asked.tz ?? timeZone;
  const { isOrdered = false, ...shape } = kind.shape(asked);
  const cut = { tz, bucket: shape.bucket ?? ('day' as const) };
  const span = toReportSpan(asked, { ...cut, isOrdered, nowMs });
  const readable = (of: ReportSpan): ReportSpan => (isOrdered ? of : upToAsOf(of));
  const { compare } = asked;
  return {
    ...shape,
    report: kind.name,
    definitionVersion: reportCatalogue[kind.name].version,
    statement: kind.statement(store, asked, tz, readable(span)),
    span,
    tz,
    hasWatermark: !isOrdered,
    ...(compare === undefined ? {} : { compare: comparePlan(compare) }),
  };

  function comparePlan(by: Compare): ComparePlan {
    const shift = shiftOf(by, span, cut);
    if (typeof shift === 'string') throw new Problem('invalid-query', { detail: shift });
    const range = rangeBack(span, shift, tz);
    if (range.fromMs < 0) {
      throw new Problem('invalid-query', { detail: 'The range to compare with begins before 1970.' });
    }
    const earlier = readable({ ...range, asOfMs: span.asOfMs });
    return {
      with: by,
      shift,
      range,
      statementFor: (shown) => kind.statement(store, asked, tz, earlier, shown),
    };
  }
}
