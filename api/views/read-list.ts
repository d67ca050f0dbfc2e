import { Problem } from '../http/problem.ts';
import { orUnavailable, parseViewPosition, type ViewPosition } from './view-positions.ts';

/** A view whose partitions are read together. */
export interface ListedView {
  readonly partitions: number;
  /** `cause` and `atMs` of a partition's live position. */
  readonly positionOf: (partition: number) => Promise<readonly (string | null)[]>;
}

/** What every list says beside its rows. */
export interface Completeness {
  /** Lowest watermark of the partitions, epoch ms: what was decided before is in the list. Null: some view has not begun. */
  readonly completeUntilMs: number | null;
}

/**
 * Reads a list between two looks at every partition's position, and says until when it is complete by the first. Throws
 * `view-unavailable` where a position has gone back between the two: Redis was emptied or set back meanwhile, so rows
 * may be missing; and where Redis does not answer.
 */
export function readList<T extends object>(
  { partitions, positionOf }: ListedView,
  read: (partitions: readonly number[]) => Promise<T>,
): Promise<T & Completeness> {
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  const look = (): Promise<readonly ViewPosition[]> =>
    Promise.all(
      all.map(async (partition) => {
        const [cause, atMs] = await positionOf(partition);
        return parseViewPosition(cause, atMs);
      }),
    );
  return orUnavailable(async () => {
    const before = await look();
    const list = await read(all);
    const after = await look();
    const hasGoneBack = after.some(({ cause }, i) => cause < (before[i]?.cause ?? -1));
    if (hasGoneBack) throw new Problem('view-unavailable');
    return { ...list, completeUntilMs: lowestWatermark(before) };
  });
}

const lowestWatermark = (positions: readonly ViewPosition[]): number | null =>
  positions.reduce<number | null>(
    (lowest, { atMs }) => (lowest === null || atMs === null ? null : Math.min(lowest, atMs)),
    Number.POSITIVE_INFINITY,
  );
