import { assertNever } from '../../../schemas/assert-never.ts';
import type { Move, PaymentRecord } from './payment-record.ts';
import { behaviourOf, type SettlementFault } from './token-behaviours.ts';

/** A line of a settlement file as the simulator writes it. Minor units of `currency`, upper case; `net = gross − fee`. */
export interface SettlementFileLine {
  readonly id: string;
  readonly day: string;
  readonly type: Move['kind'];
  readonly payment_intent: string;
  readonly gross: number;
  readonly fee: number;
  readonly net: number;
  readonly currency: string;
  /** In which it is paid out; null while its day is not over. */
  readonly payout: string | null;
  readonly metadata: { readonly opId?: string; readonly orderId?: string };
}

/** What was paid out for a day's file in one currency. */
export interface SimulatedPayout {
  readonly id: string;
  readonly day: string;
  readonly amount: number;
  readonly currency: string;
}

/** 1.4 % and 20 minor units of a charge; 15.00 of a dispute; a refund costs nothing and gives no fee back. */
function feeOf({ kind, gross }: Pick<Move, 'kind' | 'gross'>): number {
  if (kind === 'charge') return Number((BigInt(gross) * 140n + 5_000n) / 10_000n) + 20;
  return kind === 'dispute' && gross < 0 ? 1_500 : 0;
}

const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

/** The provider's books, with the faults planted beside those of tokens. */
export interface SettledBooks {
  readonly records: readonly PaymentRecord[];
  readonly plants: ReadonlyMap<string, SettlementFault>;
  /** The provider's clock. */
  readonly nowMs: number;
}

const faultOf = ({ plants }: SettledBooks, { id, token }: PaymentRecord): SettlementFault | null =>
  plants.get(id) ?? behaviourOf(token).settlement ?? null;

/**
 * The file of one store and one UTC day: everything that moved on it, settled the same day, with the faults that tokens
 * and controls planted. A function of the books alone, so that a day that is over reads the same for ever.
 */
export function settlementFile(
  books: SettledBooks,
  store: string,
  day: string,
): readonly SettlementFileLine[] {
  const isOver = day < dayOf(books.nowMs);
  return books.records
    .filter((record) => record.store === store)
    .flatMap((record) =>
      record.moves
        .filter(({ atMs }) => dayOf(atMs) === day)
        .flatMap((move) => withFault(lineOf(record, move, isOver), faultOf(books, record))),
    );
}

/** The payouts of a file, one a currency, when its day is over: Σ net of its lines, 1 less where that was planted. */
export function settlementPayouts(
  books: SettledBooks,
  store: string,
  day: string,
): readonly SimulatedPayout[] {
  const sums = new Map<string, SimulatedPayout>();
  for (const { payout: id, net, currency } of settlementFile(books, store, day)) {
    if (id !== null) sums.set(id, { id, day, amount: (sums.get(id)?.amount ?? 0) + net, currency });
  }
  const isShort = ({ currency }: SimulatedPayout): boolean =>
    books.records.some(
      (record) =>
        record.store === store &&
        record.currency === currency &&
        faultOf(books, record) === 'payout' &&
        record.moves.some(({ kind, atMs }) => kind === 'charge' && dayOf(atMs) === day),
    );
  return [...sums.values()].map((payout) =>
    isShort(payout) ? { ...payout, amount: payout.amount - 1 } : payout,
  );
}

function lineOf(record: PaymentRecord, move: Move, isOver: boolean): SettlementFileLine {
  const fee = feeOf(move);
  const day = dayOf(move.atMs);
  return {
    id: move.id,
    day,
    type: move.kind,
    payment_intent: record.id,
    gross: move.gross,
    fee,
    net: move.gross - fee,
    currency: record.currency,
    payout: isOver ? `po_${record.store}_${day}_${record.currency}` : null,
    metadata: { ...(move.opId === null ? {} : { opId: move.opId }), orderId: record.orderId },
  };
}

/** Faults are planted in charges alone: one of each is one difference. */
function withFault(line: SettlementFileLine, fault: SettlementFault | null): readonly SettlementFileLine[] {
  if (line.type !== 'charge') return [line];
  switch (fault) {
    case null:
    case 'payout':
      return [line];
    case 'missing':
      return [];
    case 'double':
      return [line, { ...line, id: `${line.id}_again` }];
    case 'amount':
      return [{ ...line, gross: line.gross + 1, net: line.net + 1 }];
    case 'foreign':
      return [
        line,
        { ...line, id: `${line.id}_foreign`, payment_intent: `${line.payment_intent}_foreign`, metadata: {} },
      ];
    default:
      return assertNever(fault);
  }
}
