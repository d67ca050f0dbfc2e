import type { Facts, SettlementEntry } from '../psp/psp.ts';
import type { BookedMove, MoneyBooks } from './money-books.ts';

/** What a difference between two books is (payments §7). */
export const differenceClasses = {
  'missing-here': 'they moved money that we have not booked',
  'missing-there': 'we booked money that they do not show, after two business days',
  double: 'the same move stands there twice',
  amount: 'the amounts differ',
  currency: 'the currencies differ',
  state: 'it moved by our books, and its object at the provider says otherwise',
  orphan: 'it names an order that nobody placed',
  timing: 'not settled yet; no alarm',
} as const;
export type DifferenceClass = keyof typeof differenceClasses;

export interface Difference {
  readonly class: DifferenceClass;
  /** Whose books differ from the orders journal. */
  readonly where: 'settlement' | 'provider' | 'clickhouse';
  readonly store: string;
  readonly orderId: string | null;
  readonly opId: string | null;
  readonly pspRef: string;
  readonly ours: string;
  readonly theirs: string;
  /** At risk, minor units of `currency`. */
  readonly amountMinor: number;
  readonly currency: string;
  readonly ageDays: number;
  /** One safe command: it shows or asks, and changes no money. */
  readonly command: string;
  /** The line to append as a reason to look; null where there is none. */
  readonly line: SettlementEntry | null;
}

/** A day of one store as the sources have it. */
export interface Day {
  readonly store: string;
  /** UTC, ISO. */
  readonly day: string;
  readonly todayMs: number;
  readonly books: Pick<MoneyBooks, 'moves' | 'orders'>;
  /** Of the files of the day and the days after it that may hold its moves. */
  readonly lines: readonly SettlementEntry[];
  /** Objects of the provider by reference; `unavailable` ones are left out. */
  readonly objects: ReadonlyMap<string, Facts | 'not-found'>;
  /** Amounts of ClickHouse by opId, for moves up to its position; null: not asked. */
  readonly rows: ReadonlyMap<string, { readonly amountMinor: number; readonly currency: string }> | null;
  /** Has the sink folded this move? */
  readonly isFolded: (move: BookedMove) => boolean;
}

const dayMs = 86_400_000;
/** A move settles within this many business days. */
const settlesWithin = 2;
/** Days whose files may hold a move of a day: two business days over a long weekend. */
export const fileDays = 5;

export const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

/** Compares one store's day. Pure; each difference once, whatever order the sources come in. */
export function reconcileDay(of: Day): readonly Difference[] {
  const matched = new Map<BookedMove, SettlementEntry>();
  const differences: Difference[] = [];
  const seen = new Set<string>();
  for (const line of of.lines) {
    // one line read twice is one line
    if (seen.has(line.lineId) || line.kind === 'fee' || line.kind === 'adjustment') continue;
    seen.add(line.lineId);
    differences.push(...compareLine(of, line, matched));
  }
  const moves = of.books.moves.filter(({ store, atMs }) => store === of.store && dayOf(atMs) === of.day);
  for (const move of moves) {
    if (!matched.has(move) && move.kind !== 'dispute' && !move.reversed)
      differences.push(unsettled(of, move));
    differences.push(...compareObject(of, move), ...compareRow(of, move));
  }
  return differences;
}

/** The booked move a line speaks of: by its operation, else the first unmatched one of the payment that fits. */
function moveOf(of: Day, line: SettlementEntry, matched: ReadonlyMap<BookedMove, SettlementEntry>) {
  const moves = of.books.moves.filter(
    ({ store, kind, pspRef }) => store === of.store && kind === line.kind && pspRef === line.pspRef,
  );
  const named = line.kind === 'refund' ? moves.find(({ opId }) => opId === line.opId) : undefined;
  const free = moves.filter((move) => !matched.has(move));
  const sameAmount = ({ amountMinor }: BookedMove) => amountMinor === Math.abs(line.gross.minor);
  return named ?? free.find(sameAmount) ?? free[0] ?? moves[0];
}

function compareLine(
  of: Day,
  line: SettlementEntry,
  matched: Map<BookedMove, SettlementEntry>,
): readonly Difference[] {
  const isOfDay = line.day === of.day;
  const move = moveOf(of, line, matched);
  if (!move) {
    const isOrphan = line.orderId !== undefined && !of.books.orders.has(line.orderId);
    return isOfDay ? [lineDifference(of, line, isOrphan ? 'orphan' : 'missing-here', 'nothing booked')] : [];
  }
  const ours = `${move.amountMinor} ${move.currency}`;
  // a dispute that was won comes back as a second line
  const isDouble = matched.has(move) && !(move.kind === 'dispute' && move.reversed);
  if (isDouble) return isOfDay ? [lineDifference(of, line, 'double', ours, move)] : [];
  matched.set(move, line);
  if (!isOfDay) return [];
  if (line.gross.currency !== move.currency) return [lineDifference(of, line, 'currency', ours, move)];
  return Math.abs(line.gross.minor) === move.amountMinor
    ? []
    : [lineDifference(of, line, 'amount', ours, move)];
}

function lineDifference(
  of: Day,
  line: SettlementEntry,
  name: DifferenceClass,
  ours: string,
  move: BookedMove | null = null,
): Difference {
  const { minor, currency } = line.gross;
  return {
    class: name,
    where: 'settlement',
    store: of.store,
    orderId: move?.orderId ?? line.orderId ?? null,
    opId: move?.opId ?? line.opId ?? null,
    pspRef: line.pspRef,
    ours,
    theirs: `${line.kind} ${minor} ${currency} (${line.lineId})`,
    amountMinor: name === 'amount' && move ? Math.abs(Math.abs(minor) - move.amountMinor) : Math.abs(minor),
    currency,
    ageDays: ageDays(of, Date.parse(line.day)),
    // the order looks at the provider when it hears of the line
    command: `npx millrace reconcile --day ${of.day} --only ${line.lineId} --yes`,
    line,
  };
}

/** Whole days since, at least 0. */
const ageDays = ({ todayMs }: Day, sinceMs: number): number =>
  Math.max(0, Math.floor((todayMs - sinceMs) / dayMs));

function unsettled(of: Day, move: BookedMove): Difference {
  const isDue = businessDaysSince(move.atMs, of.todayMs) > settlesWithin;
  return moveDifference(of, move, {
    class: isDue ? 'missing-there' : 'timing',
    where: 'settlement',
    theirs: 'in no settlement file',
  });
}

/** Monday to Friday that began after `sinceMs`, up to and with today; UTC. */
function businessDaysSince(sinceMs: number, todayMs: number): number {
  let count = 0;
  for (let atMs = Math.floor(sinceMs / dayMs) * dayMs + dayMs; atMs <= todayMs; atMs += dayMs) {
    const weekday = new Date(atMs).getUTCDay();
    if (weekday !== 0 && weekday !== 6) count += 1;
  }
  return count;
}

const moveDifference = (
  of: Day,
  move: BookedMove,
  { class: name, where, theirs }: Pick<Difference, 'class' | 'where' | 'theirs'>,
): Difference => ({
  class: name,
  where,
  store: of.store,
  orderId: move.orderId,
  opId: move.opId,
  pspRef: move.pspRef,
  ours: `${move.kind} ${move.amountMinor} ${move.currency}`,
  theirs,
  amountMinor: move.amountMinor,
  currency: move.currency,
  ageDays: ageDays(of, move.atMs),
  command:
    where === 'clickhouse' ? 'npx millrace verify' : `npx millrace orders show ${move.orderId} --explain`,
  line: null,
});

/** The object itself is the best evidence (payments §5): it must show the money where we have it. */
function compareObject(of: Day, move: BookedMove): readonly Difference[] {
  const object = of.objects.get(move.pspRef);
  if (object === undefined || move.kind === 'dispute') return [];
  const state = (theirs: string) => [moveDifference(of, move, { class: 'state', where: 'provider', theirs })];
  if (object === 'not-found') return state('no such payment');
  if (move.kind === 'charge') {
    const { minor, currency } = object.captured;
    if (minor === 0) return state(object.ended ?? 'not captured');
    const theirs = `captured ${minor} ${currency}`;
    if (currency !== move.currency) {
      return [moveDifference(of, move, { class: 'currency', where: 'provider', theirs })];
    }
    return minor === move.amountMinor
      ? []
      : [moveDifference(of, move, { class: 'amount', where: 'provider', theirs })];
  }
  const refund = object.refunds.find(({ opId }) => opId === move.opId);
  if (!refund) return state('no such refund');
  const isAsBooked = (refund.status === 'failed') === move.reversed;
  return isAsBooked ? [] : state(`refund ${refund.status}`);
}

function compareRow(of: Day, move: BookedMove): readonly Difference[] {
  if (of.rows === null || move.kind === 'dispute' || !of.isFolded(move)) return [];
  const row = of.rows.get(move.opId);
  const at = (name: DifferenceClass, theirs: string) => [
    moveDifference(of, move, { class: name, where: 'clickhouse', theirs }),
  ];
  if (!row) return at('missing-there', 'no row');
  if (row.currency !== move.currency) return at('currency', `${row.amountMinor} ${row.currency}`);
  return row.amountMinor === move.amountMinor ? [] : at('amount', `${row.amountMinor} ${row.currency}`);
}
