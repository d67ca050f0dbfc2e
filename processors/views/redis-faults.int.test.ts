import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../infra/clients/clock.ts';
import { systemRandom } from '../../infra/clients/random.ts';
import { connectRedis } from '../../infra/clients/redis.ts';
import type { Body, EventEnvelope } from '../../schemas/envelope.ts';
import type { EventBody } from '../../schemas/generated/orders-events.ts';
import type { EventBody as StockBody } from '../../schemas/generated/stock-events.ts';
import { orderKeys, stockKeys } from '../../schemas/redis-keys.ts';
import type { Accepted } from './batch-plan.ts';
import { orderDocuments } from './order-documents.ts';
import { createRedisView, type RedisView } from './redis-view.ts';
import { createRedisViewStore } from './redis-view-store.ts';
import { stockDocuments } from './stock-documents.ts';
import { dumpRedis } from './testing/dump-redis.ts';
import { acceptedJournal, confirmedOrder } from './testing/order-journal.ts';
import { type OwnRedis, startOwnRedis } from './testing/own-redis.ts';
import { tearConnections } from './testing/torn-connection.ts';
import type { View } from './view-update.ts';

// Reliability.md F13 and P6 on a real Redis: killed, empty, full, read-only, set back, reset in the middle of a call.

let own: OwnRedis;
beforeAll(async () => {
  own = await startOwnRedis();
});
afterAll(() => own.remove());
beforeEach(async () => {
  await own.client.config('SET', 'maxmemory', '0');
  await own.client.flushall();
});

const viewOf = <E extends EventEnvelope<Body>, V>(redis: Redis, view: View<E, V>): RedisView<E> =>
  createRedisView({ store: createRedisViewStore(redis), clock: systemClock, random: systemRandom }, view);

/**
 * Folds all of a journal in batches of `size` as the consumer does: whatever is rejected is tried again from what is
 * known; `moved` asks the store. Calls `onBatch` before each batch with the count of batches tried so far.
 */
async function follow<E extends EventEnvelope<Body>>(
  view: RedisView<E>,
  partition: number,
  all: readonly Accepted<E>[],
  size: number,
  onBatch: (tried: number) => Promise<unknown> | void = () => undefined,
): Promise<void> {
  const again = async <T>(ask: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await ask();
      } catch {
        await delay(10);
      }
    }
  };
  let at = await again(() => view.position(partition));
  for (let tried = 0; ; tried += 1) {
    await onBatch(tried);
    const from = at;
    const rest = all.filter(({ position }) => position.offset > from.offset).slice(0, size);
    if (rest.length === 0) return;
    const after = await again(() => view.apply(partition, from, rest));
    at = after === 'moved' ? await again(() => view.position(partition)) : after;
  }
}

const orders = (count: number, writer?: string) =>
  acceptedJournal<EventBody>(
    [
      ...Array.from({ length: count }, (_, i) => confirmedOrder(`o-${i}`)).flat(),
      { type: 'TimePassed', atMs: 5_000 },
    ],
    writer,
  );

const stock = (count: number) =>
  acceptedJournal<StockBody>(
    Array.from({ length: count }, (_, i): StockBody => {
      const by = { commandId: null, fingerprint: null, requestId: null };
      return { type: 'StockReceived', store: 'demo', sku: `S${i % 7}`, quantity: 1 + i, reason: 'x', ...by };
    }),
  );

/** Both views of two partitions, folded in batches of `size`. */
async function foldAll(redis: Redis, size: number): Promise<void> {
  for (const partition of [0, 1]) {
    await follow(viewOf(redis, orderDocuments), partition, orders(20 + partition), size);
    await follow(viewOf(redis, stockDocuments), partition, stock(30 + partition), size);
  }
}

/** What the order view of partition 0 holds when nothing ever went wrong. */
async function cleanDump(all: ReturnType<typeof orders>): Promise<string> {
  await follow(viewOf(own.client, orderDocuments), 0, all, 1_000);
  const whole = await dumpRedis(own.client);
  await own.client.flushall();
  return whole;
}

const ownClient = (port = own.port): Redis =>
  connectRedis({
    url: `redis://127.0.0.1:${port}`,
    logger: pino({ level: 'silent' }),
    commandTimeoutMs: 1_000,
  });

test('FLUSHALL and a rebuild from the log in other batches give the same bytes, of all views and partitions', async () => {
  await foldAll(own.client, 13);
  const before = await dumpRedis(own.client);
  expect(before).toContain(orderKeys.position(1));
  expect(before).toContain(stockKeys.sku(0, 'demo', 'S3'));
  await own.client.flushall();
  expect(await own.client.dbsize()).toBe(0);
  await foldAll(own.client, 1_000);
  expect(await dumpRedis(own.client)).toBe(before);
});

test('a Redis killed with kill -9 again and again, and one emptied, under the writer: the same bytes', async () => {
  const all = orders(60);
  const whole = await cleanDump(all);
  const redis = ownClient();
  await follow(viewOf(redis, orderDocuments), 0, all, 40, async (tried) => {
    if (tried % 4 === 2 && tried < 12) await own.restart();
    if (tried === 9) await own.client.flushall();
  });
  expect(await dumpRedis(own.client)).toBe(whole);
  redis.disconnect();
});

test('connections that break in the middle of a call, the request torn or its answer lost: the same bytes', async () => {
  const all = orders(60);
  const whole = await cleanDump(all);
  const torn = await tearConnections(own.port, 7);
  const redis = ownClient(torn.port);
  await follow(viewOf(redis, orderDocuments), 0, all, 10);
  expect(torn.broken()).toBeGreaterThan(6);
  expect(await dumpRedis(own.client)).toBe(whole);
  redis.disconnect();
  torn.close();
});

test('a full Redis takes nothing of a batch, and all of it when there is room', async () => {
  const all = orders(40);
  const whole = await cleanDump(all);
  const view = viewOf(own.client, orderDocuments);
  await follow(view, 0, all.slice(0, 100), 100);
  const half = await dumpRedis(own.client);
  await own.client.config('SET', 'maxmemory', '1');
  const at = await view.position(0);
  await expect(view.apply(0, at, all.slice(100))).rejects.toThrow(/OOM/);
  expect(await dumpRedis(own.client)).toBe(half);
  await own.client.config('SET', 'maxmemory', '0');
  await follow(view, 0, all, 100);
  expect(await dumpRedis(own.client)).toBe(whole);
});

test('a full Redis whose view is not of this journal can be emptied: room comes of it', async () => {
  const view = viewOf(own.client, orderDocuments);
  await follow(view, 0, orders(40, 'of another journal'), 1_000);
  await own.client.config('SET', 'maxmemory', '1');
  await view.wipe(0, await view.position(0));
  expect(await own.client.keys('*')).toEqual([orderKeys.position(0)]);
});

test('a Redis that became a read-only replica refuses every step whole, and goes on when it is a master again', async () => {
  const all = orders(40);
  const whole = await cleanDump(all);
  const view = viewOf(own.client, orderDocuments);
  await follow(view, 0, all.slice(0, 100), 100);
  const half = await dumpRedis(own.client);
  const at = await view.position(0);
  await own.client.replicaof('127.0.0.1', '1'); // nobody is there: it keeps what it has
  try {
    await expect(view.apply(0, at, all.slice(100))).rejects.toThrow(/READONLY|read only/i);
    await expect(view.wipe(0, at)).rejects.toThrow(/READONLY|read only/i);
    expect(await view.position(0)).toEqual(at);
    expect(await dumpRedis(own.client)).toBe(half);
  } finally {
    await own.client.replicaof('NO', 'ONE');
  }
  await follow(view, 0, all, 100);
  expect(await dumpRedis(own.client)).toBe(whole);
});

test('set back to an older state under the writer it goes on from there to the same bytes', async () => {
  const all = orders(60);
  const whole = await cleanDump(all);
  const redis = ownClient();
  await follow(viewOf(redis, orderDocuments), 0, all, 40, async (tried) => {
    if (tried === 3) own.copy('older');
    if (tried === 9) await own.restart('older');
  });
  expect(await dumpRedis(own.client)).toBe(whole);
  redis.disconnect();
});

test('set back to a state in the middle of a wipe it is emptied and rebuilt', async () => {
  const all = orders(30);
  const whole = await cleanDump(all);
  const view = viewOf(own.client, orderDocuments);
  await follow(view, 0, orders(50, 'of another journal'), 100);
  await own.client.del(orderKeys.position(0));
  await own.client.hset(orderKeys.position(0), 'wiping', 'token of the dead');
  own.copy('wiping');
  await own.restart('wiping');
  await follow(view, 0, all, 100);
  expect(await dumpRedis(own.client)).toBe(whole);
});
