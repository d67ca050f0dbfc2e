import type { Facts, Payout, SettlementEntry } from '../psp/psp.ts';
import type { BookedMove, MoneyBooks } from './money-books.ts';

/** What a difference between two books is (payments §7). */
export const differenceClasses = {
  'missing-here': 'they moved money that we have not booked',
  'missing-there': 'we booked money that they do not show, after two business days',
  double: 'the same money stands there twice',
  amount: 'the amounts differ',
  currency: 'the currencies differ',
  state: 'it moved by our books, and its object at the provider says otherwise',
  orphan: 'it names an order that nobody placed',
  timing: 'not settled, not paid out or not answered yet; no alarm',
} as const;
export type DifferenceClass = keyof typeof differenceClasses;

/** What was compared with the orders journal; a payout is compared with the settlement lines it is made of. */
export const comparedWith = ['settlement', 'payout', 'provider', 'clickhouse'] as const;

export interface Difference {
  readonly class: DifferenceClass;
  readonly where: (typeof comparedWith)[number];
  readonly store: string;
  readonly orderId: string | null;
  readonly opId: string | null;
  /** The payment at the provider, or the payout; empty where there is none. */
  readonly pspRef: string;
  readonly ours: string;
  readonly theirs: string;
  /** At risk, minor units of `currency`: what differs, or all of it where it stands on one side alone. */
  readonly amountMinor: number;
  readonly currency: string;
  readonly ageDays: number;
  /** One safe command: it shows or asks, and changes no money. */
  readonly command: string;
  /** The line to append as a reason to look; null where there is none. */
  readonly line: SettlementEntry | null;
}

/** What ClickHouse holds of one operation. */
export interface SinkRow {
  readonly store: string;
  readonly orderId: string;
  readonly kind: BookedMove['kind'];
  readonly amountMinor: number;
  readonly currency: string;
  /** Epoch ms, log's clock, of its first row. */
  readonly atMs: number;
  /** An event has more than one row. */
  readonly isDouble: boolean;
}

/** A day of one store as the sources have it. */
export interface Day {
  readonly store: string;
  /** UTC, ISO. */
  readonly day: string;
  readonly todayMs: number;
  readonly books: Pick<MoneyBooks, 'moves' | 'orders' | 'isUnderWay'>;
  /** Of the files in which its moves may stand, or lines that say the same as its own: `fileDays` around the day. */
  readonly lines: readonly SettlementEntry[];
  /** Made on the day and the days after it. */
  readonly payouts: readonly Payout[];
  /** Payouts whose sum was compared before, for another store of the same account. */
  readonly summed: ReadonlySet<string>;
  /** Business days after which a line stands in a payout; null: the account has a plan of its own. */
  readonly payoutWithinDays: number | null;
  /** Objects of the provider by reference; `unavailable` ones are left out. */
  readonly objects: ReadonlyMap<string, Facts | 'not-found'>;
  /** Of ClickHouse by opId, of the day and later; null: not asked. */
  readonly rows: ReadonlyMap<string, SinkRow> | null;
  /** Has the sink folded this move? */
  readonly isFolded: (move: BookedMove) => boolean;
}

const dayMs = 86_400_000;
/** A move settles within this many business days (payments §7). */
export const settlesWithin = 2;
/** Days before and after a day whose files may hold its moves: two business days over a long weekend. */
export const fileDays = 4;

/** The UTC day, ISO, of epoch milliseconds. */
export const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);
/** The day so many days later (or earlier, below 0). */
export const dayAfter = (day: string, days: number): string => dayOf(Date.parse(day) + days * dayMs);

/** Whole days since, at least 0. */
export const ageDays = ({ todayMs }: Pick<Day, 'todayMs'>, sinceMs: number): number =>
  Math.max(0, Math.floor((todayMs - sinceMs) / dayMs));

/** Monday to Friday that began after `sinceMs`, up to and with today; UTC. */
export function businessDaysSince(sinceMs: number, todayMs: number): number {
  let count = 0;
  for (let atMs = Math.floor(sinceMs / dayMs) * dayMs + dayMs; atMs <= todayMs; atMs += dayMs) {
    const weekday = new Date(atMs).getUTCDay();
    if (weekday !== 0 && weekday !== 6) count += 1;
  }
  return count;
}

/** Shows the order with its events, its calls and what it waits for. */
export const showOrder = (orderId: string): string => `npx millrace orders show ${orderId} --explain`;

/** A difference about a move of ours. At risk is all of it unless `amountMinor` says how much. */
export const moveDifference = (
  of: Day,
  move: BookedMove,
  found: Pick<Difference, 'class' | 'where' | 'theirs'> & { readonly amountMinor?: number },
): Difference => ({
  store: of.store,
  orderId: move.orderId,
  opId: move.opId,
  pspRef: move.pspRef,
  ours: `${move.kind} ${move.amountMinor} ${move.currency}`,
  amountMinor: move.amountMinor,
  currency: move.currency,
  ageDays: ageDays(of, move.atMs),
  command: found.where === 'clickhouse' ? 'npx millrace verify' : showOrder(move.orderId),
  line: null,
  ...found,
});
