import type { ClickHouseClient } from '../../infra/clients/clickhouse.ts';
import { Problem } from '../http/problem.ts';
import { askClickhouse } from './ask-clickhouse.ts';
import { bucketSeconds } from './bucket-sql.ts';
import { completeUntilMs } from './complete-until.ts';
import type { Report, ReportRow, ReportStatement } from './report.ts';
import { rowsMax } from './sales-report.ts';
import { type Bucket, type TimeRange, toLocalText } from './time-range.ts';
import { totalsOf } from './totals.ts';

export interface ReportDeps {
  readonly clickhouse: ClickHouseClient;
  /** Partitions of the orders journal: the answer is complete only where all of them are. */
  readonly partitions: number;
  readonly nowMs: () => number;
}

/** What is asked, beside the statement. */
export interface ReportPlan {
  readonly report: string;
  readonly definitionVersion: number;
  readonly statement: ReportStatement;
  readonly range: TimeRange;
  readonly tz: string;
  /** Null where the rows are no buckets. */
  readonly bucket: Bucket | null;
  /** False: the rows lie at times of the caller's, which no watermark speaks of. */
  readonly hasWatermark: boolean;
  /** Columns that may be summed over the rows. */
  readonly sums: readonly string[];
  /** What a row of totals says beside its sums. */
  readonly totalOf?: (sums: ReportRow) => ReportRow;
}

const iso = (atMs: number): string => new Date(atMs).toISOString();

/** Answers one report. Rows of buckets that end after `complete_until` are `partial`. Throws `view-unavailable`. */
export async function runReport(deps: ReportDeps, plan: ReportPlan): Promise<Report> {
  const startedMs = performance.now();
  const completeMs = plan.hasWatermark ? await completeUntilMs(deps.clickhouse, deps.partitions) : null;
  const [partialFromS, asked] = await Promise.all([
    partialFrom(deps, plan, completeMs),
    askClickhouse(deps.clickhouse, plan.statement),
  ]);
  if (asked.rows.length > rowsMax) {
    throw new Problem('range-too-wide', {
      detail: `At most ${rowsMax} rows are answered: choose a wider bucket or a shorter range.`,
    });
  }
  const data = asked.rows.map((row) => toRow(row, plan, partialFromS));
  const nowMs = deps.nowMs();
  return {
    data,
    totals: totalsOf(data, plan.sums).map((sums) => ({ ...sums, ...plan.totalOf?.(sums) })),
    meta: {
      report: plan.report,
      complete_until: completeMs === null ? null : iso(completeMs),
      as_of: iso(nowMs),
      lag_seconds: completeMs === null ? null : Math.max(0, Math.round((nowMs - completeMs) / 100) / 10),
      from: iso(plan.range.fromMs),
      to: iso(plan.range.toMs),
      tz: plan.tz,
      bucket: plan.bucket,
      definition_version: plan.definitionVersion,
      rows_read: asked.rowsRead,
      elapsed_ms: Math.round(performance.now() - startedMs),
      sql: plan.statement.sql,
      sql_parameters: plan.statement.parameters,
    },
  };
}

/**
 * The first bucket that is not complete: the one `complete_until` lies in. Asked of the engine, so that both answers
 * cut the zone's days alike. Null: no row is marked, for nothing is known of any.
 */
async function partialFrom(
  deps: ReportDeps,
  plan: ReportPlan,
  completeMs: number | null,
): Promise<number | null> {
  if (plan.bucket === null || !plan.hasWatermark) return null;
  if (completeMs === null) return 0;
  const at = 'fromUnixTimestamp64Milli({at_ms:Int64})';
  const { rows } = await askClickhouse(deps.clickhouse, {
    sql: `SELECT ${bucketSeconds(at, plan.bucket)} AS bucket_s`,
    parameters: { at_ms: completeMs, tz: plan.tz },
  });
  return Number(rows[0]?.['bucket_s']);
}

function toRow(row: ReportRow, { tz, bucket }: ReportPlan, partialFromS: number | null): ReportRow {
  if (bucket === null) return row;
  const { bucket_s, ...rest } = row;
  const startS = Number(bucket_s);
  return {
    bucket: iso(startS * 1000).replace('.000Z', 'Z'),
    bucket_local: toLocalText(startS * 1000, tz),
    ...rest,
    ...(partialFromS === null ? {} : { partial: startS >= partialFromS }),
  };
}
