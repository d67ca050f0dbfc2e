import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectClickhouse } from '../../infra/clients/clickhouse.ts';
import { planOrders } from '../../producers/replay/plan-orders.ts';
import { readRetailFile } from '../../producers/replay/read-file.ts';
import type { EventBody } from '../../schemas/generated/orders-events.ts';
import { orderIdOf } from '../../schemas/ids.ts';
import { createClickhouseLedger } from '../../sinks/clickhouse/clickhouse-ledger.ts';
import { createLedgerFold } from '../../sinks/clickhouse/ledger-fold.ts';
import {
  batchOf,
  createJournal,
  orderConfirmed,
  orderPlaced,
  paymentCaptured,
  refundOf,
} from '../../sinks/clickhouse/testing/journal.ts';
import { type OwnEngine, startOwnEngine } from '../../sinks/clickhouse/testing/own-engine.ts';
import type { Call, Route } from '../http/route.ts';
import { Catalogue } from './catalogue.ts';
import { relatedProductsRoute } from './related-products.ts';
import type { SalesCountParts } from './sales-window.ts';
import { trendingProductsRoute } from './trending-products.ts';

const dayMs = 86_400_000;
const catalogue = new Catalogue();
let engine: OwnEngine;
let parts: SalesCountParts;
let untilMs: number;
let bodies: readonly { readonly atMs: number; readonly body: EventBody }[];
let skus: readonly string[];

/** One confirmed order as its event says it. */
interface Sale {
  readonly atMs: number;
  readonly store: string;
  readonly orderId: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
}

/**
 * Every order of the real sample at the instant it was placed in 2010: of each 5 the last is cancelled before its sale, of
 * each 7 the last is refunded whole after it, and another shop sells the same orders with one SKU more.
 */
beforeAll(async () => {
  const { orders } = planOrders(await readRetailFile('producers/replay/data/online-retail-a.csv'));
  const timed = orders
    .map((order) => ({ ...order, atMs: Date.parse(order.orderedAt) }))
    .toSorted((a, b) => a.atMs - b.atMs);
  const journal = createJournal('w', (timed[0]?.atMs ?? 0) - 1_000);
  let clockMs = journal.wait(0);
  for (const [i, order] of timed.entries()) {
    clockMs = journal.wait(Math.max(0, order.atMs - clockMs));
    const lines = order.lines.map(({ sku, quantity, unitMinor }) => ({ sku, quantity, unitMinor }));
    const placed = orderPlaced(order.key, lines);
    journal.add(placed);
    if (i % 5 === 4) {
      journal.add({
        type: 'OrderClosed',
        store: placed.store,
        orderId: placed.orderId,
        as: 'Cancelled',
        reason: 'customer',
        currency: placed.currency,
        totalMinor: placed.totalMinor,
        placedAtMs: clockMs,
        orderedAtMs: null,
      });
      continue;
    }
    journal.add(paymentCaptured(placed));
    journal.add(orderConfirmed(placed, clockMs));
    if (i % 7 === 6) for (const body of refundOf(placed, placed.totalMinor)) journal.add(body);
    const elsewhere = { store: 'other', orderId: orderIdOf('other', order.key) };
    journal.sell(order.key, [...lines, { sku: 'THEIRS', quantity: 1, unitMinor: 1 }], elsewhere);
  }
  untilMs = journal.wait(6 * 3_600_000);
  journal.tick();
  journal.wait(1_000);
  // more rows than a block holds: some of them stand in the ledger beyond its watermark
  for (let i = 0; i < 400; i += 1) {
    journal.sell(`late ${i}`, [
      { sku: '85123A', quantity: 1, unitMinor: 1 },
      { sku: 'LATE', quantity: 1, unitMinor: 1 },
    ]);
  }
  bodies = journal.events.map(({ event }) => event);

  engine = await startOwnEngine();
  const at = { topic: 'orders.events.v1', partition: 0 };
  const fold = createLedgerFold({
    ledger: createClickhouseLedger(engine.client),
    rule: { intervalMs: 2_000, rowsMax: 2_000 },
  });
  await fold.position(at);
  await fold.apply(at, batchOf(journal.events, 0, at));
  skus = [...new Set(timed.flatMap(({ lines }) => lines.map(({ sku }) => sku)))].toSorted();
  for (const sku of [...skus, 'THEIRS', 'NEVERSOLD']) {
    catalogue.put('demo', sku, 1, { name: sku, prices: [], taxBp: 0 }, 0);
  }
  parts = { catalogue, clickhouse: engine.client, partitions: 1 };
});
afterAll(() => engine?.remove());

/** Straight from the events, with nothing of the ledger's. */
const salesIn = (store: string, fromMs: number, toMs: number): readonly Sale[] =>
  bodies.flatMap(({ atMs, body }) =>
    body.type === 'OrderConfirmed' && body.store === store && atMs >= fromMs && atMs < toMs
      ? [{ atMs, store, orderId: body.orderId, lines: body.lines }]
      : [],
  );

/** How many of the sales hold each SKU. */
function ordersOfEach(sales: readonly Sale[]): ReadonlyMap<string, number> {
  const orders = new Map<string, number>();
  for (const { lines } of sales)
    for (const sku of new Set(lines.map((line) => line.sku))) orders.set(sku, (orders.get(sku) ?? 0) + 1);
  return orders;
}

const byOrders = (a: { sku: string; orders: number }, b: { sku: string; orders: number }): number =>
  b.orders - a.orders || (a.sku < b.sku ? -1 : 1);

function relatedByHand(store: string, sku: string, days: number, limit: number): readonly object[] {
  const sales = salesIn(store, untilMs - days * dayMs, untilMs);
  const counted = ordersOfEach(sales.filter(({ lines }) => lines.some((line) => line.sku === sku)));
  return [...counted]
    .flatMap(([other, orders]) => (other === sku ? [] : [{ sku: other, orders }]))
    .toSorted(byOrders)
    .slice(0, limit);
}

function trendingByHand(store: string, days: number, limit: number): readonly object[] {
  const middleMs = untilMs - days * dayMs;
  const later = salesIn(store, middleMs, untilMs);
  const before = ordersOfEach(salesIn(store, middleMs - days * dayMs, middleMs));
  const unitsOf = (sku: string): number =>
    later.flatMap(({ lines }) => lines).reduce((n, line) => n + (line.sku === sku ? line.quantity : 0), 0);
  return [...ordersOfEach(later)]
    .map(([sku, orders]) => ({ sku, orders, previousOrders: before.get(sku) ?? 0 }))
    .filter(({ orders, previousOrders }) => orders > previousOrders)
    .toSorted((a, b) => b.orders - b.previousOrders - (a.orders - a.previousOrders) || byOrders(a, b))
    .slice(0, limit)
    .map((row) => ({ ...row, units: unitsOf(row.sku) }));
}

type Row = Readonly<Record<string, unknown>>;

async function ask(
  route: Route,
  query: Readonly<Record<string, string>>,
  sku?: string,
  store = 'demo',
): Promise<{ readonly data: readonly Row[]; readonly completeUntil: string; readonly from: string }> {
  const call = {
    principal: { store, keyId: '', scopes: new Set() },
    params: sku === undefined ? {} : { sku },
    query: route.query.parse(query),
  };
  const answer = await route.handle(call as unknown as Call);
  return JSON.parse(answer?.body ?? '') as never;
}

/** The counts of the rows alone. */
const without = (rows: readonly Row[]): readonly Row[] =>
  rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'product')));

describe('bought together', () => {
  test.each([
    [7, 50],
    [30, 10],
    [90, 50],
  ])(
    'over %d days, %d rows: as counted by hand, for SKUs sold often, seldom and not at all',
    async (days, limit) => {
      const route = relatedProductsRoute(parts);
      let rows = 0;
      const often = [...ordersOfEach(salesIn('demo', untilMs - days * dayMs, untilMs))]
        .toSorted(([, a], [, b]) => b - a)
        .slice(0, 20);
      const some = [...often.map(([sku]) => sku), ...skus.filter((_, i) => i % 100 === 0)];
      for (const sku of some) {
        const { data, completeUntil } = await ask(route, { days: `${days}`, limit: `${limit}` }, sku);
        expect([sku, without(data)]).toEqual([sku, relatedByHand('demo', sku, days, limit)]);
        expect(completeUntil).toBe(new Date(untilMs).toISOString());
        rows += data.length;
      }
      expect(rows).toBeGreaterThan(100);
    },
  );

  test('a row has the product as it is now; one off sale has none', async () => {
    const route = relatedProductsRoute(parts);
    const [first, second] = (await ask(route, {}, '85123A')).data;
    expect(first?.['product']).toMatchObject({ sku: first?.['sku'] });
    catalogue.put('demo', String(second?.['sku']), 2, null, 0);
    expect((await ask(route, {}, '85123A')).data[1]).toEqual({ ...second, product: null });
    catalogue.put('demo', String(second?.['sku']), 3, { name: '', prices: [], taxBp: 0 }, 0);
  });

  test('another shop’s orders are nobody else’s; what was never sold has nothing beside it', async () => {
    const route = relatedProductsRoute(parts);
    expect((await ask(route, { days: '90' }, 'THEIRS')).data).toEqual([]);
    expect((await ask(route, { days: '90' }, 'NEVERSOLD')).data).toEqual([]);
    catalogue.put('other', 'THEIRS', 1, { name: '', prices: [], taxBp: 0 }, 0);
    const { data } = await ask(route, { days: '90', limit: '50' }, 'THEIRS', 'other');
    expect(without(data)).toEqual(relatedByHand('other', 'THEIRS', 90, 50));
    await expect(ask(route, {}, 'NOSUCH')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('trending', () => {
  test.each([
    [1, 50],
    [2, 10],
    [7, 50],
    [45, 20],
  ])('over %d days, %d rows: as counted by hand', async (days, limit) => {
    const { data } = await ask(trendingProductsRoute(parts), { days: `${days}`, limit: `${limit}` });
    expect(without(data)).toEqual(trendingByHand('demo', days, limit));
    expect(data.length).toBeGreaterThan(0);
  });
});

test('what was sold after complete_until is in the ledger, and counted nowhere', async () => {
  const answer = await engine.client.query({
    query: "SELECT count() AS n FROM order_lines WHERE sku = 'LATE'",
    format: 'JSONEachRow',
  });
  const [stands] = await answer.json<{ readonly n: string }>();
  expect(Number(stands?.n)).toBeGreaterThan(0);
  const { data } = await ask(trendingProductsRoute(parts), { days: '1', limit: '50' });
  expect(data.map(({ sku }) => sku)).not.toContain('LATE');
});

test('too many order lines are refused in words, and nothing that is not known is answered', async () => {
  const narrow = trendingProductsRoute({ ...parts, rowsToReadMax: 100 });
  await expect(ask(narrow, {})).rejects.toMatchObject({
    code: 'range-too-wide',
    message: expect.stringContaining('fewer days'),
  });
  const behind = relatedProductsRoute({ ...parts, partitions: 2 });
  await expect(ask(behind, {}, '85123A')).rejects.toMatchObject({ code: 'view-behind' });
  const nowhere = connectClickhouse({ url: 'http://127.0.0.1:9', database: 'sink' });
  const away = relatedProductsRoute({ ...parts, clickhouse: nowhere });
  await expect(ask(away, {}, '85123A')).rejects.toMatchObject({ code: 'view-unavailable' });
  await nowhere.close();
});
