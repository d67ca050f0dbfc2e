import { ageDays, type Day, type Difference, dayOf, moveDifference } from './difference.ts';
import type { BookedMove } from './money-books.ts';

/** ClickHouse by our books and our books by ClickHouse. A move the sink has not folded yet is not missing there. */
export function compareRows(of: Day, moves: readonly BookedMove[]): readonly Difference[] {
  const { rows } = of;
  if (rows === null) return [];
  // by operation, whatever its day: a refund that failed after all has a row on a later one
  const booked = new Set(of.books.moves.map(({ opId }) => opId));
  const extra = [...rows].filter(
    ([opId, { store, atMs }]) => store === of.store && dayOf(atMs) === of.day && !booked.has(opId),
  );
  return [
    ...moves.flatMap((move) => compareRow(of, rows, move)),
    ...extra.map(
      ([opId, { orderId, kind, amountMinor, currency, atMs }]): Difference => ({
        class: 'missing-here',
        where: 'clickhouse',
        store: of.store,
        orderId,
        opId,
        pspRef: '',
        ours: 'nothing booked',
        theirs: `${kind} ${amountMinor} ${currency}`,
        amountMinor,
        currency,
        ageDays: ageDays(of, atMs),
        command: 'npx millrace verify',
        line: null,
      }),
    ),
  ];
}

function compareRow(of: Day, rows: NonNullable<Day['rows']>, move: BookedMove): readonly Difference[] {
  if (!of.isFolded(move)) return [];
  const row = rows.get(move.opId);
  const differs = (found: Pick<Difference, 'class' | 'theirs'> & { amountMinor?: number }) => [
    moveDifference(of, move, { where: 'clickhouse', ...found }),
  ];
  if (!row) return differs({ class: 'missing-there', theirs: 'no row' });
  const theirs = `${row.amountMinor} ${row.currency}`;
  if (row.isDouble) return differs({ class: 'double', theirs: `${theirs}, twice` });
  if (row.currency !== move.currency) return differs({ class: 'currency', theirs });
  const amountMinor = Math.abs(row.amountMinor - move.amountMinor);
  return amountMinor === 0 ? [] : differs({ class: 'amount', theirs, amountMinor });
}
