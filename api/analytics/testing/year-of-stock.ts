import type { Recording } from '../../../infra/audit/recording.ts';
import { planOrders } from '../../../producers/replay/plan-orders.ts';
import { readRetailFile } from '../../../producers/replay/read-file.ts';
import { acceptJournalRecord, journalStart } from '../../../schemas/accept-journal-record.ts';
import { orderIdOf } from '../../../schemas/ids.ts';
import type { Event } from '../../../schemas/generated/stock-events.ts';
import type { RawStockEvent } from './raw-stock-fold.ts';
import { endMs, startMs } from './year-of-orders.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** The stock journal of one simulated partition, valid records alone, with its minutes spread over the year by rank. */
export async function simulatedStock(
  recording: Recording,
  partition: number,
  run: number,
): Promise<readonly RawStockEvent[]> {
  const events: RawStockEvent[] = [];
  let position = journalStart;
  for await (const records of recording.journal('stock', partition)) {
    for (const record of records) {
      const event = record.event as Event | null;
      const accepted = event === null ? null : acceptJournalRecord(position, BigInt(record.offset), event);
      if (event === null || accepted === null) continue;
      position = accepted;
      if (event.body.type !== 'Barrier' && event.body.type !== 'TimePassed')
        events.push({ atMs: event.atMs, body: event.body });
    }
  }
  const times = [...new Set(events.map(({ atMs }) => atMs))].toSorted((a, b) => a - b);
  const rank = new Map(times.map((atMs, at) => [atMs, at]));
  return events.map(({ atMs, body }) => ({
    atMs: Math.floor(startMs + ((rank.get(atMs) ?? 0) / times.length) * (endMs - startMs - dayMs)),
    // two runs name their stores alike
    body: 'store' in body ? { ...body, store: `${body.store}-${run}` } : body,
  }));
}

/**
 * The stock of the file's real orders over the year: goods come in every month; each line is held when its order comes, and
 * then committed and shipped, released, or taken back; every tenth finds too little. One SKU comes in every five hours, so that
 * no day of any zone is empty. One partition, in its order.
 */
export async function replayedStock(): Promise<readonly RawStockEvent[]> {
  const { orders } = planOrders(await readRetailFile('producers/replay/data/online-retail-a.csv'), 400);
  const firstMs = Math.min(...orders.map(({ orderedAt }) => Date.parse(orderedAt)));
  const lines = orders.flatMap(({ key, orderedAt, lines: of }) => {
    const atMs = startMs + (Date.parse(orderedAt) - firstMs) * 100;
    const pieces = Map.groupBy(of, ({ sku }) => sku);
    return [...pieces].map(([sku, same]) => ({
      atMs,
      key,
      sku,
      quantity: same.reduce((sum, { quantity }) => sum + quantity, 0),
    }));
  });
  const sold = lines.flatMap((line, n) => lifeOf(line, n));
  const skus = [...new Set(lines.map(({ sku }) => sku))];
  const months = Array.from({ length: 13 }, (_, n) => startMs + n * 30 * dayMs);
  const received = skus.flatMap((sku, n) => months.flatMap((atMs, month) => monthOf(sku, n, atMs, month)));
  return [...received, ...sold, ...daily()]
    .filter(({ atMs }) => atMs < endMs)
    .toSorted((a, b) => a.atMs - b.atMs);
}

const store = 'demo';
const unasked = { commandId: null, fingerprint: null, requestId: null } as const;

/** What comes in in a month, and what the count of its last day finds. */
function monthOf(sku: string, n: number, atMs: number, month: number): readonly RawStockEvent[] {
  const of = { store, sku, ...unasked };
  return [
    { atMs, body: { type: 'StockReceived', ...of, quantity: 100_000 + n, reason: 'opening' } },
    ...((n + month) % 5 === 0
      ? [
          {
            atMs: atMs + 29 * dayMs,
            body: {
              type: 'StockAdjusted',
              ...of,
              quantity: -1 - (n % 7),
              reason: 'count-loss',
              corrects: null,
            } as const,
          },
        ]
      : []),
  ];
}

function daily(): readonly RawStockEvent[] {
  const everyMs = 5 * hourMs;
  return Array.from({ length: Math.floor((endMs - startMs) / everyMs) }, (_, n) => ({
    atMs: startMs + n * everyMs,
    body: {
      type: 'StockReceived',
      store,
      sku: 'DAILY',
      ...unasked,
      quantity: 1 + (n % 11),
      reason: 'opening',
    } as const,
  }));
}

interface HeldLine {
  readonly atMs: number;
  readonly key: string;
  readonly sku: string;
  readonly quantity: number;
}

/** What becomes of a line: its number decides, so that it is the same in every run. */
function lifeOf({ atMs, key, sku, quantity }: HeldLine, n: number): readonly RawStockEvent[] {
  const orderId = orderIdOf(store, key);
  const of = { store, sku, holdId: `${orderId}:${sku}`, orderId, quantity } as const;
  const held: RawStockEvent = {
    atMs,
    body: { type: 'HoldPlaced', ...of, customerId: 'c-1', untilMs: atMs + hourMs, repeat: false },
  };
  const committed: RawStockEvent = {
    atMs: atMs + 1_000 + (n % 90) * 60_000,
    body: { type: 'HoldCommitted', ...of, repeat: false },
  };
  const shipped: RawStockEvent = {
    atMs: atMs + (1 + (n % 9)) * dayMs,
    body: { type: 'AllocationShipped', ...of, shipmentId: `s-${n}` },
  };
  switch (n % 10) {
    case 0:
      return [{ atMs, body: { type: 'HoldRefused', ...of, reason: 'insufficient', available: 0 } }];
    case 1:
      return [
        held,
        {
          atMs: atMs + 500,
          body: { type: 'HoldPlaced', ...of, customerId: 'c-1', untilMs: 0, repeat: true },
        },
        { atMs: atMs + hourMs, body: { type: 'HoldReleased', ...of, reason: 'expired', repeat: false } },
      ];
    case 2:
      return [
        held,
        committed,
        { atMs: atMs + 3 * hourMs, body: { type: 'CommitReversed', ...of, repeat: false } },
      ];
    case 3:
      return [
        held,
        committed,
        shipped,
        {
          atMs: atMs + 20 * dayMs,
          body: {
            type: 'StockRestocked',
            store,
            sku,
            returnId: `r-${n}`,
            receiptId: `r-${n}-1`,
            orderId,
            quantity,
            repeat: false,
          },
        },
      ];
    default:
      return [held, committed, shipped];
  }
}
