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
  readonly metadata: { readonly opId?: string; readonly orderId?: string };
}

/** 1.4 % and 20 minor units of a charge; 15.00 of a dispute; a refund costs nothing and gives no fee back. */
function feeOf({ kind, gross }: Pick<Move, 'kind' | 'gross'>): number {
  if (kind === 'charge') return Number((BigInt(gross) * 140n + 5_000n) / 10_000n) + 20;
  return kind === 'dispute' && gross < 0 ? 1_500 : 0;
}

const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

/**
 * The file of one store and one UTC day: everything that moved on it, settled the same day, with the faults that tokens
 * and controls planted. A function of the books alone, so that a day that is over reads the same for ever.
 */
export function settlementFile(
  records: readonly PaymentRecord[],
  plants: ReadonlyMap<string, SettlementFault>,
  store: string,
  day: string,
): readonly SettlementFileLine[] {
  return records
    .filter((record) => record.store === store)
    .flatMap((record) => {
      const fault = plants.get(record.id) ?? behaviourOf(record.token).settlement ?? null;
      return record.moves
        .filter(({ atMs }) => dayOf(atMs) === day)
        .flatMap((move) => withFault(lineOf(record, move), fault));
    });
}

function lineOf(record: PaymentRecord, move: Move): SettlementFileLine {
  const fee = feeOf(move);
  return {
    id: move.id,
    day: dayOf(move.atMs),
    type: move.kind,
    payment_intent: record.id,
    gross: move.gross,
    fee,
    net: move.gross - fee,
    currency: record.currency,
    metadata: { ...(move.opId === null ? {} : { opId: move.opId }), orderId: record.orderId },
  };
}

/** Faults are planted in charges alone: one of each is one difference. */
function withFault(line: SettlementFileLine, fault: SettlementFault | null): readonly SettlementFileLine[] {
  if (line.type !== 'charge') return [line];
  switch (fault) {
    case null:
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
