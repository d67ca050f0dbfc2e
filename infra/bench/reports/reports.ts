import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { planReport } from '../../../api/analytics/plan-report.ts';
import { reportKinds } from '../../../api/analytics/report-kinds.ts';
import { runReport } from '../../../api/analytics/run-report.ts';
import { createDatabase, migrate } from '../../../sinks/clickhouse/migrate.ts';
import { type ClickHouseClient, connectClickhouse } from '../../clients/clickhouse.ts';
import { freePort } from '../../local/free-port.ts';
import { startClickhouse } from '../../local/start-clickhouse.ts';
import { measuredCommit } from '../measured-commit.ts';
import { type DashboardQuery, dashboardQueries } from './dashboard-queries.ts';
import { benchStore, generateLedger, livePartition } from './generate-ledger.ts';
import { startLiveOrders } from './live-orders.ts';

export interface ReportsBenchOptions {
  /** Rows of `order_lines`, each in an engine and folder of its own. */
  readonly lines: readonly number[];
  /** Times each query is asked. */
  readonly rounds: number;
  /** Orders a second that come in meanwhile. */
  readonly rate: number;
  readonly memoryMb: number;
  readonly report: (row: Readonly<Record<string, unknown>>) => void;
}

const tz = 'Europe/London';

interface Measured {
  readonly name: string;
  /** ms from the question to the answer in memory, by round; empty where it failed. */
  readonly times: readonly number[];
}

/**
 * G10 (performance.md §1): six reports of the dashboard's pages through the API's own functions, while orders come in,
 * beside a scan of the raw rows for the same figures, or for fewer (`rawOf` says which); for each number of rows, and how both ends compare.
 */
export async function runReportsBench(options: ReportsBenchOptions): Promise<void> {
  const { lines, report } = options;
  const head = { bench: 'reports', commit: measuredCommit(), cores: os.availableParallelism() };
  const all: Measured[][] = [];
  for (const lineRows of lines)
    all.push(await runOne(lineRows, { ...options, report: (row) => report({ ...head, ...row }) }));
  const [least, most] = [all[0], all.at(-1)];
  if (least === undefined || most === undefined || all.length < 2) return;
  report({
    ...head,
    block: 'summary',
    lines,
    p95Ratio: Object.fromEntries(
      most.map(({ name, times }) => [
        name,
        percentile(times, 95) / percentile(least.find((one) => one.name === name)?.times ?? [], 95),
      ]),
    ),
  });
}

async function runOne(lineRows: number, options: ReportsBenchOptions): Promise<Measured[]> {
  const { rounds, rate, memoryMb, report } = options;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-reports-'));
  const engine = await startClickhouse({ folder, port: await freePort(0) }, memoryMb);
  const link = { url: engine.url, database: 'bench_reports' };
  try {
    await createDatabase(link);
    const client = connectClickhouse(link);
    await migrate(client);
    const startedMs = performance.now();
    const made = await generateLedger(client, { lineRows, endMs: Date.now() });
    const generatedS = Math.round((performance.now() - startedMs) / 1000);
    await untilMerged(client);
    report({ block: 'ledger', ...made, generatedS, memoryMb, ...(await diskOf(client, made.lineRows)) });
    const live = await startLiveOrders(client, { partition: livePartition, rate, seconds: 1_800 });
    const measured: Measured[] = [];
    try {
      await delay(5_000);
      for (const query of dashboardQueries(Date.now(), tz)) {
        measured.push(await measure(client, query, made.lineRows, { rounds, report }));
      }
    } finally {
      await live.stop();
    }
    report({ block: 'live', lineRows: made.lineRows, ...live.progress() });
    await client.close();
    return measured;
  } finally {
    await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(
  client: ClickHouseClient,
  asked: DashboardQuery,
  lineRows: number,
  { rounds, report }: Pick<ReportsBenchOptions, 'rounds' | 'report'>,
): Promise<Measured> {
  const { name, rawScan } = asked;
  const kind = reportKinds.find((one) => one.name === asked.report);
  if (kind === undefined) throw new RangeError(`there is no report ${asked.report}`);
  const times: number[] = [];
  let rowsRead = 0;
  let span = { fromMs: 0, toMs: 0 };
  try {
    // two to warm up
    for (let round = -2; round < rounds; round += 1) {
      const beganMs = performance.now();
      const nowMs = Date.now();
      const plan = planReport(kind, {
        store: benchStore,
        query: kind.query.parse(asked.query),
        timeZone: tz,
        nowMs,
      });
      const deps = {
        clickhouse: client,
        partitions: 1,
        nowMs: () => nowMs,
        rowsToReadMax: Number.MAX_SAFE_INTEGER,
      };
      const { meta } = await runReport(deps, plan);
      if (round >= 0) times.push(performance.now() - beganMs);
      rowsRead = meta.rows_read;
      span = plan.span;
    }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    report({ block: 'query', name, lineRows, failed: String(cause).slice(0, 300) });
    return { name, times: [] };
  }
  const rawMs = rawScan === null ? null : await timeOf(client, rawScan.sql, span);
  const p95 = percentile(times, 95);
  report({
    block: 'query',
    name,
    lineRows,
    rounds: times.length,
    p50: percentile(times, 50),
    p95,
    p99: percentile(times, 99),
    rowsRead,
    rawMs,
    rawOf: rawScan?.of ?? null,
    rawOverP50: rawMs === null ? null : Math.round((rawMs / percentile(times, 50)) * 10) / 10,
  });
  return { name, times };
}

/** ms of the faster of two runs. */
async function timeOf(
  client: ClickHouseClient,
  query: string,
  span: { fromMs: number; toMs: number },
): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 2; i += 1) {
    const beganMs = performance.now();
    const answer = await client.query({
      query,
      query_params: { tz, from_ms: span.fromMs, to_ms: span.toMs },
      format: 'JSONEachRow',
    });
    await answer.text();
    times.push(performance.now() - beganMs);
  }
  return Math.round(Math.min(...times));
}

/** In whole ms; NaN of nothing. */
function percentile(times: readonly number[], percent: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? Number.NaN);
}

const mergesEndMs = 120_000;

/** What was written at once is merged in the background, as it would have been long ago. */
async function untilMerged(client: ClickHouseClient): Promise<void> {
  for (const endsAtMs = performance.now() + mergesEndMs; performance.now() < endsAtMs; await delay(1_000)) {
    const answer = await client.query({
      query: 'SELECT count() AS n FROM system.merges',
      format: 'JSONEachRow',
    });
    const [row] = await answer.json<{ n: string | number }>();
    if (Number(row?.n) === 0) return;
  }
}

async function diskOf(client: ClickHouseClient, lineRows: number) {
  const answer = await client.query({
    query: `SELECT table, sum(bytes_on_disk) AS bytes, sum(rows) AS n, count() AS parts FROM system.parts
      WHERE active AND database = currentDatabase() GROUP BY table ORDER BY bytes DESC`,
    format: 'JSONEachRow',
  });
  const tables = await answer.json<{ table: string; bytes: string; n: string; parts: string }>();
  const bytes = tables.reduce((sum, table) => sum + Number(table.bytes), 0);
  return {
    diskMbPerMillionLines: Math.round((bytes / lineRows) * 10) / 10,
    tables: tables.map(
      ({ table, bytes: of, n, parts }) =>
        `${table}: ${n} rows, ${Math.round(Number(of) / 1e6)} MB, ${parts} parts`,
    ),
  };
}
