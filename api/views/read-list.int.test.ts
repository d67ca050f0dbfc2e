import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { LiveViews } from '../../infra/clients/live-views.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';
import { firstGeneration, orderKeysOf, stockKeysOf } from '../../schemas/redis-keys.ts';
import { noStock } from '../../schemas/stock-view.ts';
import { orderDocument, shownOrderId } from '../testing/order-document.ts';
import { OrderIndex } from './order-index.ts';
import { StockIndex } from './stock-index.ts';
import { WaitingOrders } from './waiting-orders.ts';

const database = 11;
let redis: Redis;
let emptied: Redis;
beforeAll(() => {
  redis = new Redis(testEngines().redisUrl, { db: database });
  emptied = redis.duplicate();
  // the first rows are asked for of a Redis that has just lost everything
  for (const command of ['zrangebyscore', 'zrevrangebyscore', 'zrangebylex'] as const) {
    const ask = emptied[command].bind(emptied) as (...args: unknown[]) => Promise<string[]>;
    emptied[command] = async (...args: unknown[]) => {
      await redis.flushdb();
      return ask(...args);
    };
  }
});
afterAll(async () => {
  await redis.flushdb();
  await Promise.all([redis.quit(), emptied.quit()]);
});

const store = 'S1';
const partitions = 2;
const sku = 'MUG';

beforeEach(async () => {
  const [orders, stock] = [orderKeysOf(firstGeneration), stockKeysOf(firstGeneration)];
  for (let p = 0; p < partitions; p += 1) {
    await redis.hset(orders.position(p), { cause: '40', atMs: String(1_000 + p) });
    await redis.hset(stock.position(p), { cause: '40', atMs: String(1_000 + p) });
  }
  await redis.set(orders.order(1, shownOrderId), JSON.stringify(orderDocument()));
  await redis.zadd(orders.created(1, store), 500, shownOrderId);
  await redis.zadd(orders.person(1, store), 600, shownOrderId);
  await redis.set(stock.sku(0, store, sku), JSON.stringify(noStock(store, sku)));
  await redis.zadd(stock.skus(0, store), 0, sku);
});

const filter = { store, status: null, customerId: null, sku: null, fromMs: null, toMs: null };
const lists: readonly (readonly [string, (views: LiveViews) => Promise<object>, object])[] = [
  [
    'orders',
    (views) => new OrderIndex(views, partitions).page({ filter, newestFirst: true, limit: 5, behind: null }),
    { orders: [{ orderId: shownOrderId }], end: null, completeUntilMs: 1_000 },
  ],
  [
    'SKUs',
    (views) => new StockIndex(views, partitions).page({ store, limit: 5, behind: null }),
    { skus: [{ sku }], end: null, completeUntilMs: 1_000 },
  ],
  [
    'stuck orders',
    (views) => new WaitingOrders(views, partitions).stuck(store, ['person'], 5),
    { orders: [{ on: 'person', sinceMs: 600 }], count: 1, completeUntilMs: 1_000 },
  ],
];

test.each(lists)(
  'a list of %s is whole, or refused where Redis is emptied between its position and its rows',
  async (_, list, whole) => {
    expect(await list(new LiveViews(redis))).toMatchObject(whole);
    await expect(list(new LiveViews(emptied))).rejects.toMatchObject({ code: 'view-unavailable' });
    expect(await list(new LiveViews(redis))).toMatchObject({ completeUntilMs: null });
  },
);
