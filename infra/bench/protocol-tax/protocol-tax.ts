import { seededRandom } from '../../clients/seeded-random.ts';
import { measuredCommit } from '../measured-commit.ts';
import { type PairedRatio, pairedRatio } from '../paired-ratio.ts';
import {
  type BlockOptions,
  environmentOf,
  type PreloadedResult,
  runPreloaded,
  withBlock,
} from '../saga-lite/run-block.ts';
import { type SagaLiteWorkload, sagaLitePartitions, sagaLiteSkus } from '../saga-lite/workload.ts';
import { objectionTo, readTraces } from './protocol-traces.ts';
import { createTaxArm, type TaxSwitches } from './tax-arm.ts';

export interface ProtocolTaxOptions {
  readonly orders: number;
  /** Rounds of one block an arm, in ABBA order. */
  readonly pairs: number;
  /** Events of a partition between two snapshots; without it about four are taken of each partition of orders. */
  readonly snapshotEvents?: number;
  /** A second arm `bare`: how far two of the same are apart (performance.md §4). */
  readonly aa: boolean;
  readonly seed: number;
  /** One JSON object a block, and the summary last (performance.md §4). */
  readonly report: (row: Readonly<Record<string, unknown>>) => void;
}

/** Order events of a reference order (performance.md §2). */
const eventsPerOrder = 7;

/**
 * G2 (performance.md §1): Millrace's preloaded saga-lite with the protocol off, with it on, and with snapshots too;
 * paired in one run. Throws if a run left other traces on the log than its arm must: such a run is void.
 */
export async function runProtocolTax(options: ProtocolTaxOptions): Promise<void> {
  const { orders, pairs, seed, report } = options;
  const workload: SagaLiteWorkload = { seed, skus: sagaLiteSkus, hotShare: 0 };
  const block: BlockOptions = { pacing: { minBytes: 65_536, waitMs: 20 }, shape: 'shared' };
  const arms = armsOf(options);
  const names = Object.keys(arms);
  const head = { bench: 'protocol-tax', seed, commit: measuredCommit(), env: environmentOf(block) };
  const results = new Map<string, PreloadedResult[]>(names.map((name) => [name, []]));
  for (let pair = 0; pair < pairs; pair += 1) {
    for (const name of pair % 2 === 0 ? names : names.toReversed()) {
      const switches = arms[name];
      if (!switches) continue;
      const arm = createTaxArm(workload, switches);
      const row = await withBlock(arm, block, async (at) => {
        const ran = await runPreloaded(arm, at, orders);
        const traces = await readTraces(at);
        const objection = objectionTo(traces, switches);
        if (objection !== null) throw new Error(`void: ${name}: ${objection}`);
        results.get(name)?.push(ran);
        return { ...switches, traces, ...ran };
      });
      report({ ...head, block: `preloaded-${pair}`, arm: name, ...row });
    }
  }
  report({ ...head, block: 'summary', orders, pairs, ...summarize(results, seed) });
}

function armsOf({ orders, snapshotEvents, aa }: ProtocolTaxOptions): Readonly<Record<string, TaxSwitches>> {
  const everyEvents =
    snapshotEvents ?? Math.max(1, Math.floor((orders * eventsPerOrder) / sagaLitePartitions / 4));
  const bare: TaxSwitches = { protocol: 'off', snapshotEvents: 0 };
  return {
    bare,
    protocol: { protocol: 'on', snapshotEvents: 0 },
    'protocol+snapshots': { protocol: 'on', snapshotEvents: everyEvents },
    ...(aa ? { 'bare again': bare } : {}),
  };
}

/** CPU an order of each arm over that of `bare`: of everything, and of each process. */
function summarize(
  results: ReadonlyMap<string, readonly PreloadedResult[]>,
  seed: number,
): Readonly<Record<string, Readonly<Record<string, PairedRatio>>>> {
  const bare = results.get('bare') ?? [];
  const parts = Object.keys(bare[0]?.cpuUsPerOrder ?? {});
  const cpuOf = (runs: readonly PreloadedResult[], part: string): number[] =>
    runs.map(({ cpuUsPerOrder }) => cpuUsPerOrder[part] ?? Number.NaN);
  return Object.fromEntries(
    [...results]
      .filter(([name]) => name !== 'bare')
      .map(([name, runs]) => [
        `cpu ${name} / bare`,
        Object.fromEntries(
          parts.map((part) => [part, pairedRatio(cpuOf(runs, part), cpuOf(bare, part), seededRandom(seed))]),
        ),
      ]),
  );
}
