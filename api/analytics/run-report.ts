import type { ClickHouseClient } from '../../infra/clients/clickhouse.ts';
import { Problem } from '../http/problem.ts';
import { askClickhouse, type AskedColumn, type Asking, beginAsking } from './ask-clickhouse.ts';
import { bucketSeconds } from './bucket-sql.ts';
import type { Compare, Shift } from './compare-periods.ts';
import { compareRows, compareTotals } from './compare-rows.ts';
import { completeUntilMs } from './complete-until.ts';
import type { Report, ReportMeta, ReportRow, ReportStatement } from './report.ts';
import type { ReportSpan } from './report-span.ts';
import { type Bucket, type TimeRange, toLocalText } from './time-range.ts';
import { totalsOf } from './totals.ts';

export interface ReportDeps {
  readonly clickhouse: ClickHouseClient;
  /** Partitions of each journal: the answer is complete only where all of them are. */
  readonly partitions: number;
  readonly nowMs: () => number;
  /** Rows one statement may read; more is refused before it begins. Default: `ask-clickhouse.ts`. */
  readonly rowsToReadMax?: number;
  /** What all statements of one answer have together, ms. Default: `ask-clickhouse.ts`. */
  readonly answerWithinMs?: number;
}

/** What is asked, beside the statement. */
export interface ReportPlan {
  readonly report: string;
  readonly definitionVersion: number;
  readonly statement: ReportStatement;
  readonly span: ReportSpan;
  readonly tz: string;
  /** Whose watermark says how far the rows are complete; default: orders. */
  readonly journal?: 'orders' | 'stock';
  /** Null where the rows are no buckets. */
  readonly bucket: Bucket | null;
  /** False: the rows lie at times of the caller's, which no watermark speaks of. */
  readonly hasWatermark: boolean;
  /** Columns that tell rows of one bucket apart. */
  readonly dimensions: readonly string[];
  /** Columns that may be summed over the rows. */
  readonly sums: readonly string[];
  /** Figures at the end of a bucket, and averages: not 0 where a bucket has no row. */
  readonly balances?: readonly string[];
  /** What a row of totals says beside its sums. */
  readonly totalOf?: (sums: ReportRow) => ReportRow;
  readonly compare?: ComparePlan;
}

/** The same report of an earlier range. */
export interface ComparePlan {
  readonly with: Compare;
  readonly shift: Shift;
  /** May be empty: nothing is asked then. */
  readonly range: TimeRange;
  readonly statementFor: (shown: readonly ReportRow[]) => ReportStatement;
}

/** Rows of one answer that is held in memory: JSON, and every comparison. */
export const rowsMax = 100_000;

export const iso = (atMs: number): string => new Date(atMs).toISOString();

/** Answers one report. Rows of buckets that end after `complete_until` are `partial`. Throws `view-unavailable`. */
export const runReport = async (deps: ReportDeps, plan: ReportPlan): Promise<Report> =>
  (await runWithColumns(deps, plan)).report;

/**
 * The same with the columns of the engine's answer, as its types say them: a file has them without a row too. `gone` is
 * aborted when nobody waits for it any more.
 */
export async function runWithColumns(
  deps: ReportDeps,
  plan: ReportPlan,
  gone: readonly AbortSignal[] = [],
): Promise<{ readonly report: Report; readonly columns: readonly AskedColumn[] }> {
  const startedMs = performance.now();
  const asking = beginAsking(deps.clickhouse, deps.answerWithinMs, gone);
  const completeMs = await completeOf(asking, deps.partitions, plan);
  const statement = limited(plan.statement);
  const [partialFromS, asked] = await Promise.all([
    partialFrom(asking, plan, completeMs),
    askClickhouse(asking, statement, deps.rowsToReadMax),
  ]);
  refuseTooMany(asked.rows, plan.compare);
  const compared = plan.compare && (await askEarlier(asking, deps, plan.compare, asked.rows));
  const rows = compared
    ? compareRows(asked.rows, compared.rows, { ...plan, shift: compared.shift })
    : asked.rows;
  const totalsOfRows = (of: readonly ReportRow[]): readonly ReportRow[] =>
    totalsOf(of, plan.sums).map((sums) => ({ ...sums, ...plan.totalOf?.(sums) }));
  const totals = totalsOfRows(asked.rows);
  const report = {
    data: rows.map((row) => toRow(row, plan, partialFromS)),
    totals: compared ? compareTotals(totals, totalsOfRows(compared.rows)) : totals,
    meta: {
      ...metaOf(deps, plan, completeMs),
      rows_read: asked.rowsRead + (compared?.rowsRead ?? 0),
      elapsed_ms: Math.round(performance.now() - startedMs),
      sql: statement.sql,
      sql_parameters: statement.parameters,
      ...(compared ? { compare: compared.meta } : {}),
    },
  };
  return { report, columns: asked.columns };
}

/**
 * Until when the answer holds every event, epoch ms: `asOf` itself, if the log has come so far, for what came later is left
 * out; null where no watermark speaks. Throws `view-behind` for an `asOf` of which something could still come.
 */
export async function completeOf(
  asking: Asking,
  partitions: number,
  { hasWatermark, journal, span: { asOfMs } }: Pick<ReportPlan, 'hasWatermark' | 'journal' | 'span'>,
): Promise<number | null> {
  if (!hasWatermark && asOfMs === null) return null;
  const completeMs = await completeUntilMs(asking, partitions, journal);
  if (asOfMs !== null && (completeMs === null || completeMs < asOfMs)) {
    const until = completeMs === null ? 'not known' : iso(completeMs);
    throw new Problem('view-behind', {
      detail: `complete_until is ${until}: events before asOf may still come in, and the figures must be the same for ever. Ask with an earlier asOf, or again after Retry-After seconds.`,
      retryAfterSeconds: 5,
    });
  }
  return hasWatermark ? (asOfMs ?? completeMs) : null;
}

/** What an answer says of itself before anything is counted. */
function metaOf(
  deps: ReportDeps,
  plan: ReportPlan,
  completeMs: number | null,
): Omit<ReportMeta, 'rows_read' | 'elapsed_ms' | 'sql' | 'sql_parameters'> {
  const asOfMs = plan.span.asOfMs ?? deps.nowMs();
  return {
    report: plan.report,
    complete_until: completeMs === null ? null : iso(completeMs),
    as_of: iso(asOfMs),
    lag_seconds: completeMs === null ? null : Math.max(0, Math.round((asOfMs - completeMs) / 100) / 10),
    from: iso(plan.span.fromMs),
    to: iso(plan.span.toMs),
    tz: plan.tz,
    bucket: plan.bucket,
    definition_version: plan.definitionVersion,
  };
}

/** The rows of the earlier range, and what the answer says of it. */
async function askEarlier(
  asking: Asking,
  deps: ReportDeps,
  compare: ComparePlan,
  shown: readonly ReportRow[],
) {
  const { range, shift } = compare;
  const statement = limited(compare.statementFor(shown));
  const asked =
    range.fromMs < range.toMs
      ? await askClickhouse(asking, statement, deps.rowsToReadMax)
      : { rows: [], columns: [], rowsRead: 0 };
  refuseTooMany(asked.rows, compare);
  const meta = {
    with: compare.with,
    from: iso(range.fromMs),
    to: iso(range.toMs),
    sql: statement.sql,
    sql_parameters: statement.parameters,
  };
  return { ...asked, shift, meta };
}

const limited = ({ sql, parameters }: ReportStatement): ReportStatement => ({
  sql: `${sql}\nLIMIT ${rowsMax + 1}`,
  parameters,
});

function refuseTooMany({ length }: readonly ReportRow[], compare: ComparePlan | undefined): void {
  if (length <= rowsMax) return;
  const orElse = compare
    ? 'leave out compare, which holds the rows of both ranges'
    : 'take format=ndjson, csv or parquet, which have no such limit';
  throw new Problem('range-too-wide', {
    detail: `At most ${rowsMax} rows are answered: choose a wider bucket, a shorter range or a filter, or ${orElse}.`,
  });
}

/**
 * The first bucket that is not complete: the one `complete_until` lies in. Asked of the engine, so that both answers
 * cut the zone's days alike. Null: no row is marked, for nothing is known of any.
 */
export async function partialFrom(
  asking: Asking,
  plan: Pick<ReportPlan, 'bucket' | 'hasWatermark' | 'tz'>,
  completeMs: number | null,
): Promise<number | null> {
  if (plan.bucket === null || !plan.hasWatermark) return null;
  if (completeMs === null) return 0;
  const at = 'fromUnixTimestamp64Milli({at_ms:Int64})';
  const { rows } = await askClickhouse(asking, {
    sql: `SELECT ${bucketSeconds(at, plan.bucket)} AS bucket_s`,
    parameters: { at_ms: completeMs, tz: plan.tz },
  });
  return Number(rows[0]?.['bucket_s']);
}

function toRow(row: ReportRow, { tz, bucket }: ReportPlan, partialFromS: number | null): ReportRow {
  const { bucket_s, previous_bucket_s, ...rest } = row;
  if (bucket === null) return rest;
  const startS = Number(bucket_s);
  return {
    bucket: isoSecond(startS),
    bucket_local: toLocalText(startS * 1000, tz),
    ...rest,
    ...(previous_bucket_s === undefined
      ? {}
      : { previous_bucket: previous_bucket_s === null ? null : isoSecond(Number(previous_bucket_s)) }),
    ...(partialFromS === null ? {} : { partial: startS >= partialFromS }),
  };
}

const isoSecond = (atS: number): string => iso(atS * 1000).replace('.000Z', 'Z');
