import type { Recording } from '../../../infra/audit/recording.ts';
import { planOrders } from '../../../producers/replay/plan-orders.ts';
import { chargedMinor } from '../../../producers/replay/planned-order.ts';
import { readRetailFile } from '../../../producers/replay/read-file.ts';
import {
  acceptJournalRecord,
  type JournalPosition,
  journalStart,
} from '../../../schemas/accept-journal-record.ts';
import type { Event, EventBody } from '../../../schemas/generated/orders-events.ts';
import {
  orderConfirmed,
  orderPlaced,
  paymentCaptured,
  refundOf,
} from '../../../sinks/clickhouse/testing/journal.ts';

const dayMs = 86_400_000;
/** A leap year and every change of clocks in it. */
export const startMs = Date.UTC(2024, 0, 20);
export const endMs = Date.UTC(2025, 2, 20);

/** One event of an orders journal: the log's clock, and what it says. */
export interface Timed {
  readonly atMs: number;
  readonly body: EventBody;
}

/** A number from 0 to below `below` that is the order's own in every event of it. */
const ofOrder = (orderId: string, salt: number, below: number): number =>
  Buffer.from(`${salt} ${orderId}`).reduce((sum, byte) => (sum * 31 + byte) % 1_000_003, 7) % below;

/**
 * The orders journal of one simulated partition, valid records alone, with its minutes spread over a year; its one
 * currency and its customers become several, and most orders get a time the caller claims.
 */
export async function simulated(
  recording: Recording,
  partition: number,
  run: number,
): Promise<readonly Timed[]> {
  const events: Timed[] = [];
  let position: JournalPosition = journalStart;
  for await (const record of flat(recording.journal('orders', partition))) {
    const event = record.event as Event | null;
    const accepted = event === null ? null : acceptJournalRecord(position, BigInt(record.offset), event);
    if (event === null || accepted === null) continue;
    position = accepted;
    if (event.body.type !== 'Barrier' && event.body.type !== 'TimePassed')
      events.push({ atMs: event.atMs, body: event.body });
  }
  // by rank: a storm of a second and the calm hour after it get the same room
  const times = [...new Set(events.map(({ atMs }) => atMs))].toSorted((a, b) => a - b);
  const rank = new Map(times.map((atMs, at) => [atMs, at]));
  const stretched = (atMs: number): number =>
    Math.floor(startMs + ((rank.get(atMs) ?? 0) / times.length) * (endMs - startMs - dayMs));
  return events.flatMap(({ atMs, body }) => {
    const at = stretched(atMs);
    const relabelled = { ...body } as Record<string, unknown>;
    const orderId = 'orderId' in body ? body.orderId : '';
    // two runs name their orders alike
    if ('store' in body) relabelled['store'] = `${body.store}-${run}`;
    if ('currency' in body) relabelled['currency'] = ['GBP', 'JPY', 'KWD'][ofOrder(orderId, 1, 3)];
    if ('customerId' in body) relabelled['customerId'] = `c-${ofOrder(orderId, 2, 4)}`;
    if ('placedAtMs' in body) relabelled['placedAtMs'] = stretched(body.placedAtMs);
    const claims =
      ofOrder(orderId, 3, 5) === 0
        ? null
        : startMs + ofOrder(orderId, 4, 300) * dayMs + ofOrder(orderId, 5, dayMs);
    if ('orderedAtMs' in body) relabelled['orderedAtMs'] = claims;
    if ('claimedAtMs' in body)
      relabelled['claimedAtMs'] = ofOrder(orderId, 6, 2) === 0 ? null : at - ofOrder(orderId, 7, 9) * dayMs;
    const one = { atMs: at, body: relabelled as unknown as EventBody };
    return [one, ...planted(one)];
  });
}

async function* flat<T>(batches: AsyncIterable<readonly T[]> | Iterable<readonly T[]>): AsyncGenerator<T> {
  for await (const batch of batches) yield* batch;
}

/** What the simulated bank never does: disputes of sales, a refund that fails after it had succeeded, money for a dead order. */
function planted({ atMs, body }: Timed): readonly Timed[] {
  if (body.type === 'OrderConfirmed' && ofOrder(body.orderId, 8, 4) === 0) {
    const { store, orderId, currency, totalMinor } = body;
    const dispute = (days: number, as: 'open' | 'won' | 'lost'): Timed => ({
      atMs: Math.min(endMs - dayMs, atMs + days * dayMs),
      body: {
        type: 'DisputeRecorded',
        store,
        orderId,
        disputeId: 'd-1',
        as,
        amountMinor: totalMinor,
        currency,
        pspRef: null,
      },
    });
    const isWonBack = ofOrder(orderId, 9, 2) === 0;
    return [dispute(2, 'open'), dispute(5, 'lost'), ...(isWonBack ? [dispute(9, 'won')] : [])];
  }
  if (body.type === 'RefundRecorded' && body.as === 'succeeded' && ofOrder(body.orderId, 10, 3) === 0) {
    const later = Math.min(endMs - dayMs, atMs + 3 * dayMs);
    const { store, orderId, refundId, amountMinor, currency } = body;
    return [
      { atMs: later, body: { ...body, as: 'failed', code: 'closed' } },
      {
        atMs: later,
        body: { type: 'RefundDue', store, orderId, refundId, amountMinor, currency, code: 'closed' },
      },
    ];
  }
  if (body.type === 'OrderClosed' && body.as !== 'Cancelled' && ofOrder(body.orderId, 11, 2) === 0) {
    const { store, orderId, currency, totalMinor } = body;
    const late = orderPlaced('late', [], { store, orderId, currency, totalMinor });
    const back = refundOf(late, totalMinor, { origin: 'late-money' });
    return [paymentCaptured(late), ...back].map((of) => ({
      atMs: Math.min(endMs - dayMs, atMs + dayMs),
      body: of,
    }));
  }
  return [];
}

/** Real orders of the file, each sold an hour to a week after it was ordered; their first days spread over a year. */
export async function replayed(): Promise<readonly Timed[]> {
  const { orders } = planOrders(await readRetailFile('producers/replay/data/online-retail-a.csv'), 400);
  const firstMs = Math.min(...orders.map(({ orderedAt }) => Date.parse(orderedAt)));
  return orders
    .filter(({ charges }) => charges.every(({ is }) => is !== 'discount'))
    .flatMap((planned) => {
      const orderedAtMs = startMs + (Date.parse(planned.orderedAt) - firstMs) * 100;
      const atMs = orderedAtMs + 3_600_000 + ofOrder(planned.key, 1, 7 * dayMs);
      const shippingMinor = chargedMinor(planned, 'shipping');
      const lines = planned.lines.map(({ sku, quantity, unitMinor }) => ({ sku, quantity, unitMinor }));
      const goods = orderPlaced(planned.key, lines);
      const placed = {
        ...goods,
        customerId: planned.customerId,
        orderedAtMs,
        shippingMinor,
        totalMinor: goods.totalMinor + shippingMinor,
      };
      return [
        { atMs, body: placed },
        { atMs: atMs + 1_000, body: paymentCaptured(placed) },
        { atMs: atMs + 2_000, body: orderConfirmed(placed, atMs) },
      ];
    })
    .filter(({ atMs }) => atMs < endMs);
}
