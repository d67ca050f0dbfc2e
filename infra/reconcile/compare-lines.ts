import type { SettlementEntry } from '../psp/psp.ts';
import {
  ageDays,
  businessDaysSince,
  type Day,
  type Difference,
  type DifferenceClass,
  moveDifference,
  settlesWithin,
  showOrder,
} from './difference.ts';
import type { BookedMove } from './money-books.ts';

/** Settlement lines by our books, and our books by settlement lines. A line read twice is one line. */
export function compareLines(of: Day, moves: readonly BookedMove[]): readonly Difference[] {
  const matched = new Set<BookedMove>();
  const booked = Map.groupBy(
    of.books.moves.filter(({ store }) => store === of.store),
    nameOf,
  );
  const lines = new Map(of.lines.map((line) => [line.lineId, line]));
  // the earlier file first: of two lines that say the same, the later one is the repeat
  const differences = [...lines.values()]
    .toSorted((a, b) => (a.day < b.day ? -1 : Number(a.day > b.day)))
    .flatMap((line) => [...compareSum(of, line), ...compareLine(of, line, { booked, matched })]);
  const missing = moves.filter((move) => !matched.has(move) && move.kind !== 'dispute' && !move.reversed);
  return [...differences, ...missing.map((move) => unsettled(of, move))];
}

/** net = what was settled less its fee, in the currency it was settled in. */
function compareSum(of: Day, line: SettlementEntry): readonly Difference[] {
  const { minor, currency } = line.settled ?? line.gross;
  const wanted = minor - line.feeMinor;
  if (line.day !== of.day || line.netMinor === wanted) return [];
  const ours = `${minor} - fee ${line.feeMinor} = ${wanted} ${currency}`;
  const found = lineDifference(of, line, { class: 'amount', ours });
  return [
    {
      ...found,
      theirs: `net ${line.netMinor} ${currency} (${line.lineId})`,
      amountMinor: Math.abs(line.netMinor - wanted),
      currency,
    },
  ];
}

interface Matching {
  /** Of the store, by `nameOf`. */
  readonly booked: ReadonlyMap<string, readonly BookedMove[]>;
  readonly matched: Set<BookedMove>;
}

/** A line names the kind and the payment of its move, not always the operation. */
const nameOf = ({ kind, pspRef }: Pick<SettlementEntry, 'kind' | 'pspRef'>): string => `${kind} ${pspRef}`;

function compareLine(of: Day, line: SettlementEntry, { booked, matched }: Matching): readonly Difference[] {
  // our books keep none of these
  if (line.kind === 'fee' || line.kind === 'adjustment') return [];
  const isOfDay = line.day === of.day;
  const move = moveOf(line, booked.get(nameOf(line)) ?? [], matched);
  if (!move) {
    const isOrphan = line.orderId !== undefined && !of.books.orders.has(line.orderId);
    const name = isOrphan ? 'orphan' : 'missing-here';
    if (!isOfDay) return [];
    // the journal knows that it does not know yet: the janitor asks, and its own alarm watches
    const isEarly = of.books.isUnderWay(line) && !isDue(of, Date.parse(line.day));
    const found = isEarly
      ? ({ class: 'timing', ours: 'asked for, no answer yet' } as const)
      : ({ class: name, ours: 'nothing booked' } as const);
    return [lineDifference(of, line, found)];
  }
  const ours = `${move.amountMinor} ${move.currency}`;
  const differs = (name: DifferenceClass) => [lineDifference(of, line, { class: name, ours, move })];
  // a dispute that was won comes back as a second line
  const isDouble = matched.has(move) && !(move.kind === 'dispute' && move.reversed);
  matched.add(move);
  if (!isOfDay) return [];
  if (isDouble) return differs('double');
  if (line.gross.currency !== move.currency) return differs('currency');
  return Math.abs(line.gross.minor) === move.amountMinor ? [] : differs('amount');
}

/** The booked move a line speaks of: the operation it names, else the first unmatched one of the payment that fits. */
function moveOf(
  line: SettlementEntry,
  moves: readonly BookedMove[],
  matched: ReadonlySet<BookedMove>,
): BookedMove | undefined {
  if (line.kind === 'refund' && line.opId !== undefined) return moves.find(({ opId }) => opId === line.opId);
  const free = moves.filter((move) => !matched.has(move));
  const sameAmount = ({ amountMinor }: BookedMove) => amountMinor === Math.abs(line.gross.minor);
  return free.find(sameAmount) ?? free[0] ?? moves[0];
}

interface Found {
  readonly class: DifferenceClass;
  readonly ours: string;
  readonly move?: BookedMove;
}

function lineDifference(of: Day, line: SettlementEntry, { class: name, ours, move }: Found): Difference {
  const { minor, currency } = line.gross;
  const orderId = move?.orderId ?? line.orderId ?? null;
  const found = {
    class: name,
    where: 'settlement',
    store: of.store,
    orderId,
    opId: move?.opId ?? line.opId ?? null,
    pspRef: line.pspRef,
    ours,
    theirs: `${line.kind} ${minor} ${currency} (${line.lineId})`,
    amountMinor: name === 'amount' && move ? Math.abs(Math.abs(minor) - move.amountMinor) : Math.abs(minor),
    currency,
    ageDays: ageDays(of, Date.parse(line.day)),
  } as const;
  // a repeat says what the order knows: it would look at nothing
  return name === 'double' && orderId !== null
    ? { ...found, command: showOrder(orderId), line: null }
    : { ...found, command: `npx millrace reconcile --day ${of.day} --only ${line.lineId} --yes`, line };
}

const isDue = ({ todayMs }: Day, sinceMs: number): boolean =>
  businessDaysSince(sinceMs, todayMs) > settlesWithin;

function unsettled(of: Day, move: BookedMove): Difference {
  return moveDifference(of, move, {
    class: isDue(of, move.atMs) ? 'missing-there' : 'timing',
    where: 'settlement',
    theirs: 'in no settlement file',
  });
}
