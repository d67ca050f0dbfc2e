import type { z } from 'zod';
import type { QuerySchema } from '../http/parse-query.ts';
import type { Compare } from './compare-periods.ts';
import type { ReportName } from './report-catalogue.ts';
import type { ReportRow, ReportStatement } from './report.ts';
import type { ReportSpan, SpanQuestion } from './report-span.ts';
import type { Bucket } from './time-range.ts';
import type { ReportFormat } from './write-report.ts';

/** What the query of every report has. */
export interface CommonQuery extends SpanQuestion {
  readonly tz?: string | undefined;
  readonly compare?: Compare | undefined;
  readonly format: ReportFormat;
}

/** How the rows of an answer are cut, as its query asks. */
export interface ReportShape {
  /** Null where the rows are no buckets. */
  readonly bucket: Bucket | null;
  /** Whose watermark says how far the rows are complete; default: orders. */
  readonly journal?: 'orders' | 'stock';
  /** The rows lie at times of the caller's. */
  readonly isOrdered?: boolean;
  /** Columns that tell rows of one bucket apart. */
  readonly dimensions: readonly string[];
  readonly sums: readonly string[];
  /** Figures at the end of a bucket, and averages: not 0 where a bucket has no row. */
  readonly balances?: readonly string[];
  /** What a row of totals says beside its sums. */
  readonly totalOf?: (sums: ReportRow) => ReportRow;
}

export interface ReportKind<Q extends QuerySchema = QuerySchema> {
  readonly name: ReportName;
  readonly query: Q;
  /** Of its JSON answer, for the OpenAPI document. */
  readonly answer: z.ZodType;
  readonly shape: (query: z.output<Q>) => ReportShape;
  /** `shown`: rows of the answer an earlier range is compared with. */
  readonly statement: (
    store: string,
    query: z.output<Q>,
    tz: string,
    span: ReportSpan,
    shown?: readonly ReportRow[],
  ) => ReportStatement;
}

/** Checks that a report's functions fit its query. What calls them has parsed one of it. */
export const defineReport = <Q extends QuerySchema>(kind: ReportKind<Q>): ReportKind => kind;
