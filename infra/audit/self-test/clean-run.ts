import type { Event } from '../../../schemas/generated/orders-events.ts';
import type { Event as StockEvent } from '../../../schemas/generated/stock-events.ts';
import { nothingGiven } from '../given.ts';
import { lineageOf } from '../life-rows.ts';
import type { RedisEntry, SinkPosition } from '../recording.ts';
import { movementsOf } from '../stock-movements.ts';
import { lastOf, orderEntries, stockEntries } from './clean-views.ts';
import { type MemoryRun, minutesOf, type Row } from './memory-recording.ts';
import { archive, park, parkForGood, refuse, reuse } from './odd-ways.ts';
import { confirm } from './order-ways.ts';
import { ShopScript } from './shop-script.ts';
import { store } from './stock-script.ts';
import { decline, expire, reject } from './unwind-ways.ts';

const partitions = 2;

/**
 * A day without a fault of ours and with the faults of others: orders confirmed, rejected, declined, expired and
 * archived, a reused key, refused movements, a quarantined and a parked record, copies of requests, replies and outcomes,
 * and zombies. Every rule must find nothing in it.
 */
export function createCleanRun(): MemoryRun {
  const shop = new ShopScript(partitions);
  open(shop);
  shop.correct('TRAY', -2);
  for (let n = 1; n <= 6; n += 1)
    confirm(shop, `cart-${n}`, [
      { sku: 'LAMP', quantity: n, unitMinor: 255 },
      { sku: 'MUG', quantity: 2, unitMinor: 199 },
      { sku: 'LAMP', quantity: 1, unitMinor: 250 },
    ]);
  confirm(shop, 'taxed', [{ sku: 'TRAY', quantity: 3, unitMinor: 333, taxBp: 2_000, taxMinor: 200 }]);
  for (const partition of [0, 1]) shop.logs.haunt('orders', partition);
  reject(shop, 'too-many');
  decline(shop, 'poor');
  const free = confirm(shop, 'reused', [{ sku: 'MUG', quantity: 1, unitMinor: 199 }]);
  reuse(shop, free);
  refuse(shop);
  shop.logs.haunt('stock', 0);
  const junk = shop.logs.junk('orders', 1);
  shop.logs.decide(junk, null, [
    { type: 'CommandQuarantined', offset: junk.offset, reason: 'decode', sha256: 'ab' },
  ]);
  shop.request('/v1/orders', 'refused', 'd-refused', 422, { code: 'unknown-sku' });
  shop.request('/v1/orders', 'silent', 'd-silent', null);
  const last = confirm(shop, 'last', [{ sku: 'CLOCK', quantity: 1, unitMinor: 5_000 }]);
  park(shop, 'LAMP');
  expire(shop, 'forgotten');
  archive(shop, free.order);
  shop.logs.privileged.erase(store, 'c-1');
  parkForGood(shop, last.order);
  shop.logs.tick();
  return toRun(shop);
}

/** A day on which nothing went wrong, with the workload's word for it; one order is declined beside the sales. */
export function createFaultlessRun(sales = 9): MemoryRun {
  const shop = new ShopScript(partitions);
  open(shop);
  for (let n = 1; n <= sales; n += 1)
    confirm(shop, `cart-${n}`, [{ sku: 'MUG', quantity: 1 + (n % 3), unitMinor: 199 }]);
  decline(shop, 'poor');
  shop.logs.tick();
  const expectation = { faults: false, ends: { Confirmed: [0.85, 0.95], Declined: [0.05, 0.15] } } as const;
  const run = toRun(shop);
  return { ...run, given: { ...run.given, expectation } };
}

/** The store, products and the first goods; each receipt comes twice. */
function open(shop: ShopScript): void {
  shop.logs.privileged.deploy(store);
  for (const [sku, units] of [
    ['LAMP', 100],
    ['MUG', 10_000],
    ['CLOCK', 3],
    ['TRAY', 7],
  ] as const) {
    shop.product(sku, 250);
    shop.logs.repeat(shop.receive(sku, units));
  }
}

function toRun(shop: ShopScript): MemoryRun {
  const views = new Map<string, RedisEntry[]>();
  const positions: SinkPosition[] = [];
  const stockPositions: SinkPosition[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    views.set(`orders/${partition}`, orderEntries(shop, partition));
    views.set(`stock/${partition}`, stockEntries(shop, partition));
    for (const [of, into] of [
      ['orders', positions],
      ['stock', stockPositions],
    ] as const) {
      const { offset, seq, writer } = lastOf(shop, of, partition);
      into.push({ partition, offset, seq, writer });
    }
  }
  const { tables, client, operations, logs } = shop;
  tables.order_events.push(...lineageRows(logs));
  tables.stock_movements.push(...movementRows(logs));
  return {
    partitions,
    atRest: true,
    restAtMs: logs.now + 5_000,
    hasRedis: true,
    given: nothingGiven,
    inboxes: logs.inboxes,
    journals: logs.journals,
    views,
    tables,
    sales: minutesOf(tables.orders),
    positions,
    stockPositions,
    client,
    operations,
    audit: logs.privileged.audit,
    config: logs.privileged.config,
    customers: logs.privileged.customers,
  };
}

/** The one table that says of each event what it is: nothing of it could be written down beside the script. */
const lineageRows = ({ decided }: ShopScript['logs']): readonly Row[] =>
  decided
    .filter(({ processor }) => processor === 'orders')
    .flatMap(({ partition, offset, event }) => lineageOf(partition, event as Event, offset))
    .map(({ row }) => row as Row);

const movementRows = ({ decided }: ShopScript['logs']): readonly Row[] =>
  decided
    .filter(({ processor }) => processor === 'stock')
    .flatMap(({ partition, event }) => movementsOf(partition, event as StockEvent))
    .map(({ row }) => row as Row);
