import { journalStart } from '../../../schemas/accept-journal-record.ts';
import type { AcceptedEvent } from '../../../infra/clients/journal-acceptor.ts';
import type { JournalBatch } from '../../../infra/clients/journal-consumer.ts';
import { assertNever } from '../../../schemas/assert-never.ts';
import { startMs } from './journal.ts';
import type { Event, EventBody, StockReceived } from '../../../schemas/generated/stock-events.ts';

/** The event of `body` with the dense number `seq`, a second after the one before it; in the same time as the orders of `journal.ts`. */
export const stockEvent = (seq: number, body: EventBody): Event => ({
  seq,
  writer: 'w1',
  cause: { offset: seq, source: null, seq: null, index: null },
  atMs: startMs + (seq - 1) * 1_000,
  routedThrough: 0,
  version: 1,
  body,
});

/** A stock journal partition of these bodies, as one batch behind `seq`. */
export function stockBatch(
  at: JournalBatch<EventBody>['at'],
  bodies: readonly EventBody[],
  seq = 0,
): JournalBatch<EventBody> {
  const events = bodies.map(
    (body, i): AcceptedEvent<EventBody> => ({
      event: stockEvent(i + 1, body),
      key: null,
      position: { offset: BigInt(i + 1), seq: i + 1, writer: 'w1' },
    }),
  );
  const from = events[seq - 1]?.position ?? journalStart;
  return { at, from, to: events.at(-1)?.position ?? from, events: events.slice(seq), watermarkMs: null };
}

const on = { store: 'demo', sku: 'A' } as const;

export const received = (quantity: number): StockReceived => ({
  type: 'StockReceived',
  ...on,
  quantity,
  reason: 'opening',
  commandId: 'c-1',
  fingerprint: null,
  requestId: null,
});

type HoldEvent = Extract<EventBody, { holdId: string }>;

/** An event of the hold of order o-1. */
export function holdOf(type: HoldEvent['type'], quantity: number): HoldEvent {
  const of = { ...on, holdId: 'o-1:A', orderId: 'o-1', quantity };
  switch (type) {
    case 'HoldPlaced':
      return { type, ...of, customerId: 'c-1', untilMs: 9_000, repeat: false };
    case 'HoldRefused':
      return { type, ...of, reason: 'insufficient', available: 1 };
    case 'HoldReleased':
      return { type, ...of, reason: 'expired', repeat: false };
    case 'AllocationShipped':
      return { type, ...of, shipmentId: 's-1' };
    case 'HoldCommitted':
    case 'CommitReversed':
      return { type, ...of, repeat: false };
    default:
      return assertNever(type);
  }
}
