import { Problem } from '../http/problem.ts';
import { type Bucket, parseTime, type TimeRange, toTimeRange } from './time-range.ts';

/** A range of time as the log stood at `asOfMs` (epoch ms: events before it); null: as it stands now. */
export interface ReportSpan extends TimeRange {
  readonly asOfMs: number | null;
}

export interface SpanQuestion {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly asOf?: string | undefined;
}

interface SpanRules {
  readonly tz: string;
  readonly bucket: Bucket;
  /** The rows lie at times of the caller's, which may be a day ahead of the log's clock. */
  readonly isOrdered: boolean;
  readonly nowMs: number;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

/**
 * What a report is asked for. Without `to` it ends with `asOf`, else with the minute of now; by the caller's clock a day
 * later. Throws `invalid-query` or `range-too-wide` before anything is read.
 */
export function toReportSpan(
  question: SpanQuestion,
  { tz, bucket, isOrdered, nowMs }: SpanRules,
): ReportSpan {
  const asOfMs = question.asOf === undefined ? null : parseTime('asOf', question.asOf, tz);
  if (asOfMs !== null && asOfMs > nowMs) {
    throw new Problem('invalid-query', {
      detail: 'asOf lies in the future: nothing has happened by then yet.',
    });
  }
  const latestMs = asOfMs ?? (Math.floor(nowMs / minuteMs) + 1) * minuteMs;
  const range = toTimeRange({ ...question, tz, bucket }, latestMs + (isOrdered ? dayMs : 0));
  if (asOfMs !== null && !isOrdered && range.fromMs >= asOfMs) {
    throw new Problem('invalid-query', { detail: 'from must be earlier than asOf.' });
  }
  return { ...range, asOfMs };
}

/** The part of a span that the log's clock had reached: by that clock nothing else can hold a row. */
export const upToAsOf = ({ fromMs, toMs, asOfMs }: ReportSpan): ReportSpan => ({
  fromMs,
  toMs: asOfMs === null ? toMs : Math.max(fromMs, Math.min(toMs, asOfMs)),
  asOfMs,
});
