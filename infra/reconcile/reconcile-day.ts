import { compareLines } from './compare-lines.ts';
import { compareObject } from './compare-objects.ts';
import { comparePayouts } from './compare-payouts.ts';
import { compareRows } from './compare-rows.ts';
import { type Day, type Difference, dayOf } from './difference.ts';
import type { BookedMove, MoneyBooks } from './money-books.ts';

/** What a store moved on a UTC day by our books. */
export const movesOf = (
  books: Pick<MoneyBooks, 'moves'>,
  store: string,
  day: string,
): readonly BookedMove[] => books.moves.filter((move) => move.store === store && dayOf(move.atMs) === day);

/** Compares one store's day. Pure; each difference once, whatever order the sources come in. */
export function reconcileDay(of: Day): readonly Difference[] {
  const moves = movesOf(of.books, of.store, of.day);
  return [
    ...compareLines(of, moves),
    ...comparePayouts(of),
    ...moves.flatMap((move) => compareObject(of, move)),
    ...compareRows(of, moves),
  ];
}
