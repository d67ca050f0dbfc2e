import { setTimeout as delay } from 'node:timers/promises';
import type { ClickHouseClient } from '../../../infra/clients/clickhouse.ts';
import type { PositionedFold } from '../../../infra/clients/journal-consumer.ts';
import { ledgerTableNames } from '../../../schemas/clickhouse-columns.ts';
import type { EventBody } from '../../../schemas/generated/orders-events.ts';
import { batchOf, createJournal, type OrdersEvent } from './journal.ts';

export const at = { topic: 'orders.events.v1', partition: 3 };
export const rule = { intervalMs: 2_000, rowsMax: 50_000 };

/** Every table with a token window. */
export const tables = [...ledgerTableNames, 'sales_by_minute', 'sink_positions'] as const;

export const lines = [
  { sku: 'A', quantity: 2, unitMinor: 100 },
  { sku: 'B', quantity: 1, unitMinor: 250 },
];

/**
 * `sales` whole lives of orders of `lines`, one each 500 ms, a tick each second, and one long after; from ten seconds before the end
 * of a month. `once` says what the tables then hold.
 */
export function someSales(sales: number, writer?: string): readonly OrdersEvent[] {
  const journal = createJournal(writer);
  for (let i = 0; i < sales; i += 1) {
    journal.live(`sale-${i}`, lines);
    journal.wait(500);
    if (i % 2 === 1) journal.tick();
  }
  journal.wait(200_000);
  journal.tick();
  return journal.events;
}

const toSeq = (position: object): number => ('seq' in position ? Number(position.seq) : Number.NaN);

/** Reads from the stored position to the end, as a sink that has just started does: an outage is waited out. */
export async function foldAll(
  sink: PositionedFold<EventBody>,
  events: readonly OrdersEvent[],
  of: typeof at = at,
): Promise<void> {
  const wait = async <T>(ask: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (sink.isMendable?.(error) === false) throw error;
        await delay(10);
      }
    }
  };
  for (let seq = -1; seq < events.length; ) {
    const stored = toSeq(await wait(() => sink.position(of)));
    const batch = batchOf(events, stored, of);
    seq = toSeq(await wait(() => sink.apply(of, batch)));
  }
}

const salesOf = (from: string) => `SELECT toString(sum(orders)) AS orders, toString(sum(units)) AS units,
  toString(sum(gross_minor)) AS gross FROM ${from}`;
const base = `(SELECT 1 AS orders, units, total_minor AS gross_minor FROM orders WHERE event = 'OrderConfirmed')`;

/** Everything the tables say of the sales: rows, distinct rows, sums of base, lines, payments and view. */
export async function summaryOf(client: ClickHouseClient) {
  const ask = async (query: string): Promise<unknown> => {
    const answer = await client.query({ query, format: 'JSONEachRow' });
    return (await answer.json())[0];
  };
  return {
    orders: await ask('SELECT toString(count()) AS n, toString(uniqExact(partition, seq)) AS u FROM orders'),
    lines: await ask(
      `SELECT toString(count()) AS n, toString(uniqExact(partition, seq, line)) AS u,
         toString(sumIf(gross_minor, entry = 'sold')) AS gross FROM order_lines`,
    ),
    payments: await ask('SELECT toString(count()) AS n FROM payments'),
    back: await ask(
      `SELECT toString(count()) AS n, toString(sumIf(amount_minor, state = 'succeeded')) AS back FROM money_back`,
    ),
    pieces: await ask(
      `SELECT toString(count()) AS n, toString(uniqExact(partition, seq, line)) AS u FROM fulfilment`,
    ),
    lineage: await ask(
      `SELECT toString(count()) AS n, toString(uniqExact(partition, seq, offset)) AS u FROM order_events`,
    ),
    base: await ask(salesOf(base)),
    view: await ask(salesOf('sales_by_minute')),
  };
}

/** What `summaryOf` says when `sales` of `someSales` stand there once. */
export const once = (sales: number) => {
  const sums = { orders: String(sales), units: String(3 * sales), gross: String(450 * sales) };
  return {
    orders: { n: String(2 * sales), u: String(2 * sales) },
    lines: { n: String(4 * sales), u: String(4 * sales), gross: String(450 * sales) },
    payments: { n: String(3 * sales) },
    back: { n: String(2 * sales), back: String(100 * sales) },
    pieces: { n: String(6 * sales), u: String(6 * sales) },
    lineage: { n: String(10 * sales), u: String(10 * sales) },
    base: sums,
    view: sums,
  };
};

/** Every table remembers no token any more, as after more blocks than its window holds. */
export async function forgetTokens(client: ClickHouseClient): Promise<void> {
  for (const table of tables) {
    await client.command({
      query: `ALTER TABLE ${table} MODIFY SETTING non_replicated_deduplication_window = 0`,
    });
  }
}
