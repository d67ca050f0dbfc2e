import { execFileSync } from 'node:child_process';
import { repositoryRoot } from '../../config/config.ts';
import { createL0Arm } from './l0-arm.ts';
import { createMillraceArm } from './millrace-arm.ts';
import { measureRecords } from './measure-record-sizes.ts';
import {
  type BlockOptions,
  environmentOf,
  type PreloadedResult,
  runOpenLoop,
  runPreloaded,
  withBlock,
} from './run-block.ts';
import { type SagaLiteWorkload, sagaLiteSkus } from './workload.ts';

export interface SagaLiteOptions {
  readonly orders: number;
  /** Pairs of preloaded blocks, in ABBA order. */
  readonly pairs: number;
  readonly rates: readonly number[];
  readonly seconds: number;
  readonly warmUpS: number;
  readonly hot: boolean;
  readonly shape: BlockOptions['shape'];
  readonly seed: number;
  /** One JSON object a block, and the summary last (performance.md §4). */
  readonly report: (row: Readonly<Record<string, unknown>>) => void;
}

/** Saga-lite beside L0, paired in one run (performance.md §1, §4). */
export async function runSagaLite(options: SagaLiteOptions): Promise<void> {
  const { seed, report } = options;
  const workload: SagaLiteWorkload = { seed, skus: sagaLiteSkus, hotShare: options.hot ? 0.3 : 0 };
  const block: BlockOptions = { pacing: { minBytes: 65_536, waitMs: 20 }, shape: options.shape };
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  }).trim();
  const head = { bench: 'saga-lite', seed, commit, hot: options.hot, env: environmentOf(block) };

  const millrace = createMillraceArm(workload);
  const calibration = await withBlock(millrace, block, async (at) => {
    const ran = await runPreloaded(millrace, at, 2_000);
    return { ran, records: await measureRecords(at) };
  });
  report({ ...head, block: 'calibration', arm: 'millrace', ...calibration.records });
  const l0 = createL0Arm(workload, calibration.records.sizes);

  const results: Record<'millrace' | 'l0', PreloadedResult[]> = { millrace: [], l0: [] };
  for (let pair = 0; pair < options.pairs; pair += 1) {
    for (const arm of pair % 2 === 0 ? [millrace, l0] : [l0, millrace]) {
      const ran = await withBlock(arm, block, (at) => runPreloaded(arm, at, options.orders));
      results[arm.name].push(ran);
      report({ ...head, block: `preloaded-${pair}`, arm: arm.name, ...ran });
    }
  }
  for (const rate of options.rates) {
    for (const arm of [millrace, l0]) {
      const ran = await withBlock(arm, block, (at) =>
        runOpenLoop(arm, at, rate, options.warmUpS, options.seconds),
      );
      report({ ...head, block: `open-loop-${rate}`, arm: arm.name, ...ran });
    }
  }
  report({ ...head, block: 'summary', ...summarize(results) });
}

const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

function summarize({
  millrace,
  l0,
}: Readonly<Record<'millrace' | 'l0', readonly PreloadedResult[]>>): Readonly<Record<string, number>> {
  const ratios = (of: (result: PreloadedResult) => number): number[] =>
    millrace.flatMap((result, i) => {
      const limit = l0[i];
      return limit ? [of(result) / of(limit)] : [];
    });
  const total = (result: PreloadedResult): number => result.cpuUsPerOrder['total'] ?? Number.NaN;
  const withoutRedis = (result: PreloadedResult): number =>
    total(result) - (result.cpuUsPerOrder['redis'] ?? 0);
  return {
    pairs: millrace.length,
    'cpu millrace / l0': geometricMean(ratios(total)),
    'cpu millrace without redis / l0': geometricMean(ratios(withoutRedis)),
    'seconds millrace / l0': geometricMean(ratios(({ seconds }) => seconds)),
    'orders per second, millrace': geometricMean(millrace.map(({ ordersPerSecond }) => ordersPerSecond)),
    'orders per second, l0': geometricMean(l0.map(({ ordersPerSecond }) => ordersPerSecond)),
  };
}
