import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { EventBody } from '../../schemas/generated/orders-events.ts';
import type { OrderView } from '../../schemas/order-view.ts';
import { orderKeys, streamEventsMax } from '../../schemas/redis-keys.ts';
import { viewStart } from './batch-plan.ts';
import { orderDocuments } from './order-documents.ts';
import type { OrderEvent } from './order-view.ts';
import { systemClock } from '../../infra/clients/clock.ts';
import { systemRandom } from '../../infra/clients/random.ts';
import { createRedisView, type RedisView } from './redis-view.ts';
import { createRedisViewStore } from './redis-view-store.ts';
import { redisScript } from './redis-script.ts';
import { EvictingRedis, refuseEviction } from './refuse-eviction.ts';
import { dumpRedis } from './testing/dump-redis.ts';
import { acceptedJournal, asked, confirmedOrder, wholeLife } from './testing/order-journal.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';

let redis: Redis;
let view: RedisView<OrderEvent>;
beforeAll(() => {
  redis = new Redis(testEngines().redisUrl, { db: 7 });
  view = viewIn(redis);
});
afterAll(async () => {
  await redis.flushdb();
  await redis.quit();
});
beforeEach(() => redis.flushdb());

const viewIn = (client: Redis): RedisView<OrderEvent> =>
  createRedisView(
    { store: createRedisViewStore(client), clock: systemClock, random: systemRandom },
    orderDocuments,
  );

const journal = (orders: number): ReturnType<typeof acceptedJournal<EventBody>> => {
  const bodies = Array.from({ length: orders }, (_, i) => confirmedOrder(`o-${i}`)).flat();
  return acceptedJournal<EventBody>([...bodies, { type: 'TimePassed', atMs: 5_000 }]);
};

const dump = (): Promise<string> => dumpRedis(redis);

/** All of it in batches of `size`, as a writer that starts at the stored position. */
async function follow(all: ReturnType<typeof journal>, size: number): Promise<void> {
  let at = await view.position(0);
  for (;;) {
    const rest = all.filter(({ position }) => position.offset > at.offset);
    if (rest.length === 0) return;
    const after = await view.apply(0, at, rest.slice(0, size));
    at = after === 'moved' ? await view.position(0) : after;
  }
}

test('an empty Redis gives the place before the first record, and the fold comes out the same in any batches', async () => {
  expect(await view.position(0)).toEqual(viewStart);
  const all = journal(30);
  await follow(all, 7);
  const small = await dump();
  await redis.flushdb();
  await follow(all, 1_000);
  expect(await dump()).toBe(small);
  expect(await view.position(0)).toEqual({ ...all.at(-1)?.position, cause: 270, atMs: 5_000 });
});

test('whole lives, unknown money and refusals fold to the same bytes in whatever batches, and again after a wipe', async () => {
  const of = { store: 'demo', orderId: 'o-unknown' } as const;
  const op = { opId: 'o-unknown:authorize:1', attempt: 1, amountMinor: 1_000, currency: 'GBP' } as const;
  const doubt = { nextCheckAtMs: 3_000, decideByMs: 9_000 };
  const all = acceptedJournal<EventBody>([
    ...Array.from({ length: 8 }, (_, i) => wholeLife(`o-${i}`)).flat(),
    ...confirmedOrder('o-unknown').slice(0, 3),
    { type: 'PaymentUnknown', ...of, ...op, ...doubt, kind: 'authorize', cause: 'timeout' },
    { type: 'LookUpRequested', ...of, ...op, ...doubt, n: 1, pspRef: null, why: 'unknown', hintId: null },
    { type: 'PersonNeeded', ...of, ...op, reason: 'key-too-old' },
    {
      type: 'CommandRefused',
      ...asked('c-9'),
      command: 'CancelLines',
      key: 'o-1',
      reason: 'not-open',
      detail: null,
    },
    {
      type: 'CommandRefused',
      ...asked('c-8'),
      command: 'CancelOrder',
      key: 'o-nobody',
      reason: 'x',
      detail: null,
    },
  ]);
  await follow(all, 3);
  const whole = await dump();
  expect(await redis.zrange(orderKeys.unknownMoney(0, 'demo'), '0', '-1', 'WITHSCORES')).toEqual([
    'o-unknown',
    '2640',
  ]);
  expect(await redis.zrange(orderKeys.person(0, 'demo'), '0', '-1')).toEqual(['o-unknown']);
  expect(await redis.zcard(orderKeys.byStatus(0, 'demo', 'delivered'))).toBe(8);
  expect(await redis.exists(orderKeys.order(0, 'o-nobody'))).toBe(0);
  const refused = JSON.parse((await redis.get(orderKeys.order(0, 'o-1'))) ?? '') as OrderView;
  expect([refused.position, refused.commands.at(-1)?.reason]).toEqual(['0.167', 'not-open']);
  for (const size of [1_000, 37]) {
    await redis.flushdb();
    await follow(all, size);
    expect(await dump()).toBe(whole);
  }
  const known: EventBody = { type: 'PaymentAuthorized', ...of, ...op, pspRef: 'p', captureBeforeMs: null };
  const after = acceptedJournal<EventBody>([...all.slice(1).map(({ event }) => event.body), known]);
  await follow(after, 1_000);
  for (const key of [orderKeys.unknownMoney(0, 'demo'), orderKeys.person(0, 'demo')]) {
    expect(await redis.exists(key)).toBe(0);
  }
});

test('the documents, lists and stream can be read by their keys', async () => {
  await follow(journal(3), 5);
  const order = JSON.parse((await redis.get(orderKeys.order(0, 'o-1'))) ?? '') as OrderView;
  expect([order.status, order.position]).toEqual(['confirmed', '0.18']);
  for (const key of [
    orderKeys.created(0, 'demo'),
    orderKeys.byStatus(0, 'demo', 'confirmed'),
    orderKeys.byCustomer(0, 'demo', 'c-1'),
    orderKeys.bySku(0, 'demo', 'A'),
  ]) {
    expect(await redis.zrange(key, '0', '-1')).toEqual(['o-0', 'o-1', 'o-2']);
  }
  expect(await redis.exists(orderKeys.byStatus(0, 'demo', 'holding'))).toBe(0);
  const entries = await redis.xrange(orderKeys.events(0), '10-0', '10-0');
  expect(entries.map(([id, fields]) => [id, fields[1], JSON.parse(fields[3] ?? '')])).toEqual([
    [
      '10-0',
      'o-1',
      {
        position: '0.10',
        type: 'OrderPlaced',
        atMs: 1_100,
        orderId: 'o-1',
        store: 'demo',
        status: 'holding',
      },
    ],
  ]);
});

test('a zombie that wakes behind the view writes nothing and is told to look again', async () => {
  const all = journal(4);
  const early = await view.apply(0, await view.position(0), all.slice(0, 8));
  if (early === 'moved') throw new Error('nobody else writes');
  const late = await view.apply(0, early, all.slice(8));
  const before = await dump();
  expect(await view.apply(0, early, all.slice(8, 20))).toBe('moved');
  expect(await view.apply(0, viewStart, all)).toBe('moved');
  expect(await dump()).toBe(before);
  expect(await view.position(0)).toEqual(late);
});

/** A second client that runs `afterRead` when it has read a chunk's documents, before it writes. */
function interrupted(afterRead: (self: Redis) => Promise<unknown> | void): Redis {
  const client = new Redis(testEngines().redisUrl, { db: 7, retryStrategy: null });
  const call = client.call.bind(client);
  client.call = (async (...args: Parameters<typeof call>) => {
    const answer = await call(...args);
    if (Array.isArray(answer) && answer.length === 2) await afterRead(client);
    return answer;
  }) as typeof client.call;
  return client;
}

test('a writer killed between its read and its write leaves the view whole, and the next one goes on from there', async () => {
  const all = journal(6);
  await follow(all, 1_000);
  const whole = await dump();
  await redis.flushdb();
  const at = await view.apply(0, await view.position(0), all.slice(0, 20));
  if (at === 'moved') throw new Error('nobody else writes');
  const half = await dump();
  const dying = interrupted((self) => self.disconnect());
  await expect(viewIn(dying).apply(0, at, all.slice(20))).rejects.toThrow();
  expect(await dump()).toBe(half);
  await follow(all, 11);
  expect(await dump()).toBe(whole);
});

test('a writer that slept between its read and its write writes nothing, though its documents were right', async () => {
  const all = journal(4);
  const at = await view.apply(0, await view.position(0), all.slice(0, 8));
  if (at === 'moved') throw new Error('nobody else writes');
  let meanwhile = '';
  const sleeper = interrupted(async () => {
    await view.apply(0, at, all.slice(8));
    meanwhile = await dump();
  });
  expect(await viewIn(sleeper).apply(0, at, all.slice(8, 12))).toBe('moved');
  expect(await dump()).toBe(meanwhile);
  sleeper.disconnect();
});

test('a Redis emptied under a writer is seen at the next batch, and rebuilt to the same bytes', async () => {
  const all = journal(5);
  await follow(all, 9);
  const whole = await dump();
  const at = await view.position(0);
  await redis.flushdb();
  expect(await view.apply(0, at, acceptedJournal<EventBody>([...confirmedOrder('o-9')]).slice(1))).toBe(
    'moved',
  );
  await follow(all, 4);
  expect(await dump()).toBe(whole);
});

test('a view that lost only its position is emptied before it is rebuilt, and its neighbours are not', async () => {
  const all = journal(3);
  await follow(all, 9);
  const whole = await dump();
  await redis.del(orderKeys.position(0));
  await redis.set('idem:demo:x', 'kept');
  await redis.set(orderKeys.order(1, 'o-1'), 'of another partition');
  expect(await view.position(0)).toEqual(viewStart);
  expect((await redis.keys('*')).sort()).toEqual(['idem:demo:x', 'v1:{o0}:position', 'v1:{o1}:order:o-1']);
  await redis.del('idem:demo:x', orderKeys.order(1, 'o-1'));
  await follow(all, 9);
  expect(await dump()).toBe(whole);
});

test('a wipe is for the position it was asked for alone, and one that died half-way is finished by the next start', async () => {
  await follow(journal(3), 9);
  const before = await dump();
  await view.wipe(0, viewStart);
  expect(await dump()).toBe(before);
  await redis.del(orderKeys.position(0));
  await redis.hset(orderKeys.position(0), 'wiping', 'token of the dead');
  expect(await view.position(0)).toEqual(viewStart);
  expect(await redis.keys('*')).toEqual(['v1:{o0}:position']);
  await follow(journal(3), 9);
  await view.wipe(0, await view.position(0));
  expect(await redis.keys('*')).toEqual(['v1:{o0}:position']);
});

test('writes nothing at all when Redis is out of memory', async () => {
  const all = journal(3);
  const at = await view.apply(0, await view.position(0), all.slice(0, 9));
  if (at === 'moved') throw new Error('nobody else writes');
  const before = await dump();
  try {
    await redis.config('SET', 'maxmemory', '1');
    await expect(view.apply(0, at, all.slice(9))).rejects.toThrow(/OOM/);
    // a removal alone would pass in a script without its first line, and leave half a batch
    const { offset, seq, writer } = at;
    const lineage = [String(offset), String(seq), String(writer)];
    await expect(
      redisScript(redis, './apply-batch.lua')(
        [orderKeys.position(0), orderKeys.created(0, 'demo'), orderKeys.order(0, 'o-1')],
        [...lineage, ...lineage, '0', '0', '10', 'unlist', 'o-0', 'set', '{}'],
      ),
    ).rejects.toThrow(/OOM/);
    expect(await dump()).toBe(before);
  } finally {
    await redis.config('SET', 'maxmemory', '0');
  }
});

test('the stream keeps its newest events only', async () => {
  const bodies = Array.from({ length: Math.ceil(streamEventsMax / 9) + 100 }, (_, i) =>
    confirmedOrder(`o-${i}`),
  ).flat();
  const all = acceptedJournal<EventBody>(bodies);
  await follow(all, 5_000);
  expect(await redis.xlen(orderKeys.events(0))).toBe(streamEventsMax);
  expect((await redis.xrevrange(orderKeys.events(0), '+', '-', 'COUNT', 1))[0]?.[0]).toBe(
    `${bodies.length}-0`,
  );
});

test('refuses a Redis that evicts, and says which line to change', async () => {
  await refuseEviction(redis);
  try {
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await expect(refuseEviction(redis)).rejects.toThrow(EvictingRedis);
    await expect(refuseEviction(redis)).rejects.toThrow(/allkeys-lru.*maxmemory-policy noeviction/);
  } finally {
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
  }
});
