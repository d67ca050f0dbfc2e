import { expect, test } from 'vitest';
import type { Row } from './api.ts';
import { levelsOf } from './stock-history.ts';

const still: Row = {
  received: 0,
  restocked: 0,
  adjusted: 0,
  held_units: 0,
  released: 0,
  committed: 0,
  reversed: 0,
};

test('a level stays what it was where nothing moved, and is what the first movement found before it', () => {
  const rows: readonly (Row | null)[] = [
    null,
    {
      ...still,
      received: 10,
      held_units: 4,
      released: 1,
      committed: 2,
      reversed: 1,
      restocked: 3,
      adjusted: -5,
      on_hand: 12,
      held: 2,
      available: 10,
    },
    null,
    { ...still, held_units: 5, on_hand: 12, held: 7, available: 5 },
    null,
  ];
  const grid = rows.map((row, i) => ({ at: i * 60, row }));
  expect(levelsOf(grid).map((one) => one && [one.onHand, one.held, one.available])).toEqual([
    [5, 1, 4],
    [12, 2, 10],
    [12, 2, 10],
    [12, 7, 5],
    [12, 7, 5],
  ]);
});

test('without any movement nothing is known of the levels', () => {
  expect(levelsOf([{ at: 0, row: null }])).toEqual([null]);
});
