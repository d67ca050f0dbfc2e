import { parseViewPosition } from './view-positions.ts';

/**
 * The lowest watermark, epoch ms, of the `[cause, atMs]` of every partition of a view: what was decided before is in
 * it. Null: some view has not begun.
 */
export const lowestWatermark = (positions: readonly (readonly (string | null)[])[]): number | null =>
  positions
    .map(([cause, atMs]) => parseViewPosition(cause, atMs).atMs)
    .reduce<number | null>(
      (lowest, atMs) => (lowest === null || atMs === null ? null : Math.min(lowest, atMs)),
      Number.POSITIVE_INFINITY,
    );
