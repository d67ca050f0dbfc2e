import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ledgerTableNames } from '../../../schemas/clickhouse-columns.ts';
import { countRows } from '../../../sinks/clickhouse/order-rows.ts';
import { createDatabase, migrate } from '../../../sinks/clickhouse/migrate.ts';
import { connectClickhouse } from '../../clients/clickhouse.ts';
import { seededRandom } from '../../clients/seeded-random.ts';
import { tuneCollector } from '../../clients/tune-collector.ts';
import type { RunningEngine } from '../../local/engine-process.ts';
import { freePort } from '../../local/free-port.ts';
import { startClickhouse } from '../../local/start-clickhouse.ts';
import { measuredCommit } from '../measured-commit.ts';
import { geometricMean, pairedRatio } from '../paired-ratio.ts';
import { processCpuUs } from '../process-cpu.ts';
import { blocksOf, runArm, type SinkArm, type SinkWork } from './sink-arms.ts';
import { ordersJournal } from './sink-workload.ts';

export interface SinkBenchOptions {
  /** Orders of a block of the benchmark. */
  readonly orders: number;
  /** Orders a second of the log's clock: with the flush interval of 2 s, how large the sink's blocks are. */
  readonly rate: number;
  /** Rounds of one block an arm, in ABBA order; one round before them warms up. */
  readonly pairs: number;
  /** The bare arm twice: how far two of the same are apart (performance.md §4). */
  readonly aa: boolean;
  readonly seed: number;
  readonly report: (row: Readonly<Record<string, unknown>>) => void;
}

const rule = { intervalMs: 2_000, rowsMax: 50_000 };

/**
 * G9 (performance.md §1): rows for each CPU-second, of this process and the engine, that the sink's path brings into the
 * tables, beside bare RowBinary inserts of the same blocks and JSONEachRow ones; a database of its own for each. Throws if
 * an arm has not written each row once.
 */
export async function runSinkBench(options: SinkBenchOptions): Promise<void> {
  const { orders, rate, pairs, aa, seed, report } = options;
  tuneCollector(); // of all arms, as the sink has it
  const events = ordersJournal(orders, rate, seededRandom(seed));
  const work: SinkWork = { rule, events, blocks: blocksOf(events, rule) };
  const rows = work.blocks.reduce((sum, block) => sum + countRows(block.rows), 0);
  const arms: Readonly<Record<string, SinkArm>> = {
    millrace: 'millrace',
    RowBinary: 'RowBinary',
    JSONEachRow: 'JSONEachRow',
    ...(aa ? { 'RowBinary again': 'RowBinary' } : {}),
  };
  const names = Object.keys(arms);
  const rates = new Map<string, number[]>(names.map((name) => [name, []]));
  const head = { bench: 'sink', seed, commit: measuredCommit(), orders, rate };
  const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-sink-'));
  const engine = await startClickhouse({ folder, port: await freePort(0) });
  try {
    for (let round = 0; round <= pairs; round += 1) {
      for (const name of round % 2 === 0 ? names : names.toReversed()) {
        const arm = arms[name];
        if (arm === undefined) continue;
        const cpu = await measureBlock(engine, arm, work, rows);
        if (round === 0) continue;
        const perCpuSecond = (rows * 1_000_000) / (cpu.client + cpu.engine);
        rates.get(name)?.push(perCpuSecond);
        report({
          ...head,
          block: round,
          arm: name,
          rows,
          blocks: work.blocks.length,
          cpuUs: cpu,
          perCpuSecond,
        });
      }
    }
  } finally {
    await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const of = (name: string): readonly number[] => rates.get(name) ?? [];
  const others = names.filter((name) => name !== 'millrace');
  report({
    ...head,
    block: 'summary',
    pairs,
    rows,
    rowsPerBlock: Math.round(rows / work.blocks.length),
    rowsPerCpuSecond: Object.fromEntries(names.map((name) => [name, Math.round(geometricMean(of(name)))])),
    ...Object.fromEntries(
      others.map((name) => [`millrace / ${name}`, pairedRatio(of('millrace'), of(name), seededRandom(seed))]),
    ),
    ...(aa
      ? {
          'RowBinary again / RowBinary': pairedRatio(
            of('RowBinary again'),
            of('RowBinary'),
            seededRandom(seed),
          ),
        }
      : {}),
  });
}

/** CPU µs of this process and of the engine for all blocks. */
async function measureBlock(
  engine: RunningEngine,
  arm: SinkArm,
  work: SinkWork,
  rows: number,
): Promise<{ readonly client: number; readonly engine: number }> {
  const link = { url: engine.url, database: 'bench_sink' };
  await createDatabase(link);
  const client = connectClickhouse(link);
  try {
    await migrate(client);
    const [own, its] = [process.cpuUsage(), processCpuUs(engine.pid)];
    await runArm(arm, link, work);
    const { user, system } = process.cpuUsage(own);
    const cpu = { client: user + system, engine: processCpuUs(engine.pid) - its };
    const answer = await client.query({
      query: `SELECT toString(sum(rows)) AS n FROM system.parts WHERE active AND database = currentDatabase()
        AND table IN (${ledgerTableNames.map((name) => `'${name}'`).join(', ')})`,
      format: 'JSONEachRow',
    });
    const [written] = await answer.json<{ n: string }>();
    if (Number(written?.n) !== rows) throw new Error(`${arm} wrote ${written?.n} rows of ${rows}`);
    return cpu;
  } finally {
    await client.command({ query: 'DROP DATABASE bench_sink SYNC' });
    await client.close();
  }
}
