import { measuredCommit } from '../measured-commit.ts';
import { geometricMean } from '../paired-ratio.ts';
import { createL0Arm } from './l0-arm.ts';
import type { Arm } from './arm.ts';
import { createMillraceArm } from './millrace-arm.ts';
import { measureRecords } from './measure-record-sizes.ts';
import { watchViewUpdates } from './measure-view-updates.ts';
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
  const head = {
    bench: 'saga-lite',
    seed,
    commit: measuredCommit(),
    hot: options.hot,
    env: environmentOf(block),
  };

  const millrace = createMillraceArm(workload);
  const calibration = await withBlock(millrace, block, async (at) => {
    const watch = await watchViewUpdates(at);
    await runPreloaded(millrace, at, 2_000);
    const records = await measureRecords(at);
    return { records, updates: await watch.end(records.events) };
  });
  const { records, updates } = calibration;
  report({ ...head, block: 'calibration', arm: 'millrace', ...records, updates });
  const l0 = createL0Arm(workload, records.sizes);
  const l0AndL2 = createL0Arm(workload, records.sizes, updates);

  const results: Record<Arm['name'], PreloadedResult[]> = { millrace: [], l0: [], 'l0+l2': [] };
  for (let pair = 0; pair < options.pairs; pair += 1) {
    const arms = [millrace, l0, l0AndL2];
    for (const arm of pair % 2 === 0 ? arms : arms.toReversed()) {
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

function summarize({
  millrace,
  l0,
  'l0+l2': l0AndL2,
}: Readonly<Record<Arm['name'], readonly PreloadedResult[]>>): Readonly<Record<string, number>> {
  const ratios = (of: (result: PreloadedResult) => number, limits = l0): number[] =>
    millrace.flatMap((result, i) => {
      const limit = limits[i];
      return limit ? [of(result) / of(limit)] : [];
    });
  const total = (result: PreloadedResult): number => result.cpuUsPerOrder['total'] ?? Number.NaN;
  const withoutRedis = (result: PreloadedResult): number =>
    total(result) - (result.cpuUsPerOrder['redis'] ?? 0);
  return {
    pairs: millrace.length,
    'cpu millrace / l0': geometricMean(ratios(total)),
    'cpu millrace / (l0 + l2)': geometricMean(ratios(total, l0AndL2)),
    'cpu millrace without redis / l0': geometricMean(ratios(withoutRedis)),
    'seconds millrace / l0': geometricMean(ratios(({ seconds }) => seconds)),
    'orders per second, millrace': geometricMean(millrace.map(({ ordersPerSecond }) => ordersPerSecond)),
    'orders per second, l0': geometricMean(l0.map(({ ordersPerSecond }) => ordersPerSecond)),
  };
}
