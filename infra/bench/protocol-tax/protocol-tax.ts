import { seededRandom } from '../../clients/seeded-random.ts';
import { measuredCommit } from '../measured-commit.ts';
import { type PairedRatio, pairedRatio } from '../paired-ratio.ts';
import { type BlockOptions, environmentOf, type PreloadedResult } from '../saga-lite/run-block.ts';
import { type SagaLiteWorkload, sagaLitePartitions, sagaLiteSkus } from '../saga-lite/workload.ts';
import type { TaxSwitches } from './tax-arm.ts';
import { runTaxBlock } from './tax-block.ts';

export interface ProtocolTaxOptions {
  readonly orders: number;
  /** Of each arm with `bare`. */
  readonly pairs: number;
  /** Events of a partition between two snapshots; without it about four are taken of each partition of orders. */
  readonly snapshotEvents?: number;
  /** A further arm `bare again`: how far two of the same are apart (performance.md §4). */
  readonly aa: boolean;
  /** Of the arms this one alone. */
  readonly only?: TaxArm;
  readonly seed: number;
  /** One JSON object a block, and the summary last (performance.md §4). */
  readonly report: (row: Readonly<Record<string, unknown>>) => void;
}

/** What is put beside `bare`. */
export const taxArms = ['protocol', 'protocol+snapshots', 'bare again'] as const;
export type TaxArm = (typeof taxArms)[number];

/** Order events of a reference order (performance.md §2). */
const eventsPerOrder = 7;

const bare: TaxSwitches = { protocol: 'off', snapshotEvents: 0 };

interface Pair {
  readonly of: PreloadedResult;
  readonly over: PreloadedResult;
}

/**
 * G2 (performance.md §1): Millrace's preloaded saga-lite with the protocol on, and with snapshots too, over `bare`, with
 * the protocol off. The two of a pair run at the same time on all cores, each with engines of its own, and the one that
 * starts first changes from pair to pair. So they share whatever the machine has and lacks from one slice of the
 * scheduler to the next: pinned to a core each, two of the same differed by 6 % in their CPU (`--aa`), for cores are
 * disturbed one at a time. Throws if a run left other traces on the log than its arm must: such a run is void.
 */
export async function runProtocolTax(asked: ProtocolTaxOptions): Promise<void> {
  const { orders, seed, report } = asked;
  const workload: SagaLiteWorkload = { seed, skus: sagaLiteSkus, hotShare: 0 };
  const options: BlockOptions = { pacing: { minBytes: 65_536, waitMs: 20 }, shape: 'shared' };
  const head = {
    bench: 'protocol-tax',
    seed,
    commit: measuredCommit(),
    env: environmentOf(options),
  };
  const pairs = new Map<TaxArm, Pair[]>();
  for (let round = 0; round < asked.pairs; round += 1) {
    for (const [arm, switches] of armsOf(asked)) {
      const run = (of: TaxSwitches) => runTaxBlock({ workload, options, switches: of, orders });
      const isFirst = round % 2 === 0;
      const [one, other] = await both(run(isFirst ? switches : bare), run(isFirst ? bare : switches));
      const [of, over] = isFirst ? [one, other] : [other, one];
      pairs.set(arm, [...(pairs.get(arm) ?? []), { of, over }]);
      const block = `preloaded-${round}`;
      report({ ...head, block, arm, beside: 'bare', ...switches, ...of });
      report({ ...head, block, arm: 'bare', beside: arm, ...bare, ...over });
    }
  }
  report({ ...head, block: 'summary', orders, pairs: asked.pairs, ...summarize(pairs, seed) });
}

/** What both came to; where one failed, the other has stopped its engines before this rejects. */
async function both<T>(one: Promise<T>, other: Promise<T>): Promise<readonly [T, T]> {
  await Promise.allSettled([one, other]);
  return Promise.all([one, other]);
}

function armsOf({
  orders,
  snapshotEvents,
  aa,
  only,
}: ProtocolTaxOptions): readonly (readonly [TaxArm, TaxSwitches])[] {
  const everyEvents =
    snapshotEvents ?? Math.max(1, Math.floor((orders * eventsPerOrder) / sagaLitePartitions / 4));
  const switches: Readonly<Record<TaxArm, TaxSwitches>> = {
    protocol: { protocol: 'on', snapshotEvents: 0 },
    'protocol+snapshots': { protocol: 'on', snapshotEvents: everyEvents },
    'bare again': bare,
  };
  const isAsked = (arm: TaxArm): boolean => (only ? arm === only : aa || arm !== 'bare again');
  return taxArms.filter(isAsked).map((arm) => [arm, switches[arm]]);
}

/** CPU an order of each arm over that of `bare`: of everything, and of each process. */
function summarize(
  pairs: ReadonlyMap<TaxArm, readonly Pair[]>,
  seed: number,
): Readonly<Record<string, Readonly<Record<string, PairedRatio>>>> {
  return Object.fromEntries(
    [...pairs].map(([arm, of]) => [
      `cpu ${arm} / bare`,
      Object.fromEntries(
        Object.keys(of[0]?.of.cpuUsPerOrder ?? {}).map((part) => {
          const cpuOf = ({ cpuUsPerOrder }: PreloadedResult): number => cpuUsPerOrder[part] ?? Number.NaN;
          const ratio = pairedRatio(
            of.map((pair) => cpuOf(pair.of)),
            of.map((pair) => cpuOf(pair.over)),
            seededRandom(seed),
          );
          return [part, ratio];
        }),
      ),
    ]),
  );
}
