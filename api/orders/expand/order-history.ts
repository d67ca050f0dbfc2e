import type { OrderView } from '../../../schemas/order-view.ts';
import type { LedgerEvent, OrderLedger } from '../../views/order-ledger.ts';
import type { OrderEvents } from '../../views/order-event-stream.ts';

/** One event of an order from whatever knows of it. */
export interface HistoryEvent {
  readonly seq: number;
  readonly atMs: number;
  readonly type: string;
  /** Status after it; null where the stream has it no longer. */
  readonly status: string | null;
  /** Null while only the stream has it: the ledger is some seconds behind, or away. */
  readonly ledger: LedgerEvent | null;
}

export interface OrderHistory {
  readonly events: readonly HistoryEvent[];
  /** From its OrderPlaced to its last event. */
  readonly complete: boolean;
  /** The ledger could not be asked: what only it knows is missing. */
  readonly ledgerAway: boolean;
}

const seqOf = (position: string): number => Number(position.slice(position.indexOf('.') + 1));

/** The events of the ledger and of the stream as one history, oldest first; an event of both stands once. */
export function toHistory(
  order: Pick<OrderView, 'position'>,
  ledger: OrderLedger | null,
  stream: OrderEvents,
): OrderHistory {
  const bySeq = new Map<number, HistoryEvent>();
  for (const event of ledger?.events ?? []) {
    bySeq.set(event.seq, { seq: event.seq, atMs: event.atMs, type: event.type, status: null, ledger: event });
  }
  for (const { seq, event } of stream.events) {
    const known = bySeq.get(seq)?.ledger ?? null;
    bySeq.set(seq, { seq, atMs: event.atMs, type: event.type, status: event.status, ledger: known });
  }
  const events = [...bySeq.values()].toSorted((a, b) => a.seq - b.seq);
  const throughSeq = ledger?.throughSeq ?? 0;
  const meets = throughSeq >= seqOf(order.position) || stream.fromSeq <= throughSeq + 1;
  const fromStart = events[0]?.type === 'OrderPlaced';
  return { events, complete: stream.complete || (fromStart && meets), ledgerAway: ledger === null };
}
