import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../infra/clients/clock.ts';
import { LiveViews } from '../../infra/clients/live-views.ts';
import { systemRandom } from '../../infra/clients/random.ts';
import { readGenerations } from '../../infra/clients/view-generations.ts';
import type { EventBody } from '../../schemas/generated/orders-events.ts';
import { generationsKey, orderKeysOf, stockKeysOf, type ViewGeneration } from '../../schemas/redis-keys.ts';
import type { Accepted } from './batch-plan.ts';
import { compareGenerations } from './compare-generations.ts';
import { addGeneration, agreed, dropBeside, flipTo } from './generations.ts';
import { orderDocumentsOf } from './order-documents.ts';
import type { OrderEvent } from './order-view.ts';
import { createRedisView, type RedisView } from './redis-view.ts';
import { createRedisViewStore } from './redis-view-store.ts';
import { acceptedJournal, confirmedOrder } from './testing/order-journal.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';

const partitions = 2;
const database = 10;
let redis: Redis;
beforeAll(() => {
  redis = new Redis(testEngines().redisUrl, { db: database });
});
beforeEach(() => redis.flushdb());
afterAll(async () => {
  await redis.flushdb();
  await redis.quit();
});

const orders = (count: number): readonly Accepted<OrderEvent>[] =>
  acceptedJournal<EventBody>(Array.from({ length: count }, (_, i) => confirmedOrder(`o-${i}`)).flat());

const viewOf = (generation: ViewGeneration, client = redis): RedisView<OrderEvent> =>
  createRedisView(
    { store: createRedisViewStore(client), clock: systemClock, random: systemRandom },
    orderDocumentsOf(generation),
  );

/** Folds a journal to its end, as it is then, into a partition of a generation. */
async function fill(
  generation: ViewGeneration,
  partition: number,
  journal: readonly Accepted<OrderEvent>[],
  size = 1_000,
): Promise<void> {
  const view = viewOf(generation);
  for (let at = await view.position(partition); ; ) {
    const rest = journal.filter(({ position }) => position.offset > at.offset).slice(0, size);
    if (rest.length === 0) return;
    const after = await view.apply(partition, at, rest);
    at = after === 'moved' ? await view.position(partition) : after;
  }
}

const fillAll = async (generation: ViewGeneration, journal = orders(20)): Promise<void> => {
  for (let partition = 0; partition < partitions; partition += 1) {
    await fill(generation, partition, journal);
    await redis.hset(stockKeysOf(generation).position(partition), { offset: '0', seq: '0', writer: 'w1' });
  }
};

const patient = { pause: (ms: number) => delay(ms), isOver: () => false };
const impatient = { pause: (ms: number) => delay(ms), isOver: () => true };
const compared = (beside: ViewGeneration) =>
  compareGenerations({ redis, partitions, live: 'v1', beside, pause: (ms) => delay(ms) });

test('a rebuild beside is the same, becomes live, and goes back; what is dropped leaves no key', async () => {
  await fillAll('v1');
  const before = (await redis.keys('*')).length;
  expect(await addGeneration(redis, partitions)).toBe('v2');
  expect(await addGeneration(redis, partitions)).toBe('v2'); // the same one, as long as it is there
  await fillAll('v2');
  const results = await compared('v2');
  expect(results).toHaveLength(2 * partitions);
  for (const result of results) {
    expect(result).toMatchObject({ different: 0, missing: 0, extra: 0, first: [] });
    expect(result.equal).toBe(result.view === 'orders' ? 20 + 4 * 20 + 1 : 0);
  }
  const views = new LiveViews(redis);
  const livePosition = () => views.orders(1, (keys) => Promise.resolve(keys.position(1)));
  expect(await livePosition()).toBe('v1:{o1}:position');
  await flipTo(redis, partitions, 'v2', patient);
  expect(await livePosition()).toBe('v2:{o1}:position');
  await flipTo(redis, partitions, 'v1', patient);
  expect(await livePosition()).toBe('v1:{o1}:position');
  await flipLongAgo();
  await dropBeside(redis, partitions, (ms) => delay(ms));
  expect(agreed(await readGenerations(redis, partitions))).toMatchObject({ live: 'v1', beside: null });
  expect((await redis.keys('v2:*')).length).toBe(0);
  expect((await redis.keys('v1:*')).length).toBe(before);
  expect(await addGeneration(redis, partitions)).toBe('v3'); // no number is given out twice
});

/** Readers of before the flip are long done. */
async function flipLongAgo(): Promise<void> {
  for (const key of await redis.keys('views:*')) await redis.hset(key, 'flippedAtMs', '1');
}

test('each kind of difference is found, with its key and the fields that differ', async () => {
  await fillAll('v1');
  await addGeneration(redis, partitions);
  await fillAll('v2');
  const keys = orderKeysOf('v2');
  const document = JSON.parse((await redis.get(keys.order(0, 'o-3'))) ?? '') as object;
  await redis.set(keys.order(0, 'o-3'), JSON.stringify({ ...document, status: 'declined' }));
  await redis.del(keys.order(0, 'o-4'));
  await redis.set(keys.order(0, 'o-alone'), '{}');
  await redis.zrem(keys.created(0, 'demo'), 'o-5');
  await redis.zadd(keys.byStatus(0, 'demo', 'declined'), 1, 'o-6');
  await redis.xdel(keys.events(0), '7-0');
  const [first, second] = await compared('v2');
  expect(first).toMatchObject({ different: 2, missing: 2, extra: 2 });
  expect(first?.first.toSorted()).toHaveLength(5);
  expect(first?.first.join('\n')).toContain('order:o-3: status is "confirmed", beside "declined"');
  expect(second).toMatchObject({ different: 0, missing: 0, extra: 0 });
});

test('a generation that is behind becomes live in no partition; one flipped half-way is finished by the next try', async () => {
  await fillAll('v1');
  await addGeneration(redis, partitions);
  await fillAll('v2', orders(19));
  await fill('v2', 0, orders(20));
  await expect(flipTo(redis, partitions, 'v2', impatient)).rejects.toThrow(/orders\/1 stays behind/);
  await expect(async () => agreed(await readGenerations(redis, partitions))).rejects.toThrow(/do not agree/);
  await fill('v2', 1, orders(20));
  await flipTo(redis, partitions, 'v2', impatient);
  expect(agreed(await readGenerations(redis, partitions))).toMatchObject({ live: 'v2', beside: 'v1' });
  await expect(flipTo(redis, partitions, 'v9', impatient)).rejects.toThrow(/no generation v9/);
});

test('readers of before a flip are waited for; the live generation is never dropped', async () => {
  await fillAll('v1');
  await addGeneration(redis, partitions);
  await fillAll('v2');
  await flipTo(redis, partitions, 'v2', patient);
  let waits = 0;
  await dropBeside(redis, partitions, async () => {
    waits += 1;
    expect((await redis.keys('v1:*')).length).toBeGreaterThan(40);
    await flipLongAgo();
  });
  expect(waits).toBeGreaterThan(0);
  expect(await redis.keys('v1:*')).toEqual([]);
  expect((await redis.keys('v2:*')).length).toBeGreaterThan(40);
});

test('a writer that has not heard of the drop brings nothing of it back', async () => {
  const journal = orders(20);
  await fillAll('v1', journal);
  await addGeneration(redis, partitions);
  const zombie = viewOf('v2');
  const at = await zombie.apply(0, await zombie.position(0), journal.slice(0, 50));
  if (at === 'moved') throw new Error('nobody else writes');
  await dropBeside(redis, partitions, (ms) => delay(ms));
  expect(await zombie.apply(0, at, journal.slice(50))).toBe('moved');
  await expect(zombie.position(0)).rejects.toThrow(/v2 .* is not kept any more/);
  expect(await redis.keys('v2:*')).toEqual([]);
});

test('an emptied Redis has the first generation live again, for readers and for writers', async () => {
  await fillAll('v1');
  await addGeneration(redis, partitions);
  await fillAll('v2');
  await flipTo(redis, partitions, 'v2', patient);
  const views = new LiveViews(redis);
  const seen = () => views.orders(0, (keys, client) => client.hget(keys.position(0), 'seq'));
  expect(await seen()).toBe('180');
  await redis.flushdb();
  expect(await seen()).toBeNull();
  await expect(viewOf('v2').position(0)).rejects.toThrow(/not kept/);
  await fill('v1', 0, orders(20));
  expect(await seen()).toBe('180');
});

test('under writers and readers, flipped to and fro, no reader sees less than it has seen', async () => {
  const journal = orders(400);
  let length = 0;
  const over = new AbortController();
  await addGeneration(redis, partitions);
  const write = async (generation: ViewGeneration, size: number): Promise<void> => {
    while (!over.signal.aborted || length < journal.length) {
      await fill(generation, 0, journal.slice(0, length), size);
      await delay(1);
    }
    await fill(generation, 0, journal);
  };
  const faults: string[] = [];
  const read = async (client: Redis): Promise<void> => {
    const views = new LiveViews(client);
    for (let before = 0; !over.signal.aborted; await delay(0)) {
      const seen = await views.orders(0, (keys, of) => of.hget(keys.position(0), 'seq'));
      const seq = Number(seen ?? 0);
      if (seq < before) faults.push(`saw ${before}, then ${seq}`);
      before = seq;
      // Whatever the position said is there a moment later, in whichever generation.
      const order = `o-${Math.max(0, Math.ceil(seq / 9) - 1)}`;
      const text = await views.orders(0, (keys, of) => of.get(keys.order(0, order)));
      if (seq > 0 && text === null) faults.push(`${order} is absent at ${seq}`);
    }
  };
  const clients = [1, 2].map(() => new Redis(testEngines().redisUrl, { db: database }));
  const working = [write('v1', 7), write('v2', 11), ...clients.map(read)];
  await redis.hset(stockKeysOf('v1').position(0), { offset: '0' });
  for (let partition = 0; partition < partitions; partition += 1) {
    for (const generation of ['v1', 'v2'] as const) {
      await redis.hset(stockKeysOf(generation).position(partition), { offset: '0' });
      if (partition > 0) await redis.hset(orderKeysOf(generation).position(partition), { offset: '0' });
    }
  }
  let flips = 0;
  while (length < journal.length) {
    length = Math.min(journal.length, length + 40);
    await flipTo(redis, partitions, flips % 2 === 0 ? 'v2' : 'v1', patient);
    flips += 1;
  }
  await delay(20);
  over.abort();
  await Promise.all(working);
  for (const client of clients) client.disconnect();
  expect(faults).toEqual([]);
  expect(flips).toBeGreaterThan(50);
  expect(await redis.hget(generationsKey('orders', 0), 'live')).toMatch(/^v[12]$/);
});
