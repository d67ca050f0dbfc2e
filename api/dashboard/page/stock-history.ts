import type { Row } from './api.ts';
import type { Cell } from './ranges.ts';

/** Levels of one SKU in pieces. */
export interface Levels {
  readonly onHand: number;
  readonly held: number;
  readonly available: number;
}

const numberOf = (row: Row, name: string): number => Number(row[name]);

const levelsAt = (row: Row): Levels => ({
  onHand: numberOf(row, 'on_hand'),
  held: numberOf(row, 'held'),
  available: numberOf(row, 'available'),
});

/** What stood there before a bucket moved it: its end, less what moved in it (domain.md §4). */
function levelsBefore(row: Row): Levels {
  const of = (name: string): number => numberOf(row, name);
  const { onHand, held } = levelsAt(row);
  const before = {
    onHand: onHand - of('received') - of('restocked') - of('adjusted') - of('reversed') + of('committed'),
    held: held - of('held_units') + of('released') + of('committed'),
  };
  return { ...before, available: before.onHand - before.held };
}

/**
 * The levels at the end of every bucket of a grid. The report has a row where something moved: in between a level stays
 * what it was, before the first row it is what that row found. Null where no row tells.
 */
export function levelsOf(grid: readonly Cell[]): readonly (Levels | null)[] {
  const first = grid.find(({ row }) => row !== null)?.row ?? null;
  let now = first && levelsBefore(first);
  return grid.map(({ row }) => {
    if (row) now = levelsAt(row);
    return now;
  });
}
