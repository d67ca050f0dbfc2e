import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readView } from './read-redis.ts';
import type { RedisEntry } from './recording.ts';
import { testEngines } from '../local/testing/test-engines.ts';

let redis: Redis;
beforeAll(async () => {
  redis = new Redis(testEngines().redisUrl, { db: 9 });
  await redis.flushdb();
});
afterAll(async () => {
  await redis.flushdb();
  await redis.quit();
});

async function entriesOf(view: 'orders' | 'stock', partition: number): Promise<RedisEntry[]> {
  const entries: RedisEntry[] = [];
  for await (const entry of readView(redis, view, partition)) entries.push(entry);
  return entries;
}

test('reads every kind of key of one partition, the position first, and no other partition’s', async () => {
  await redis.hset('v1:{o0}:position', { offset: '7', seq: '5', writer: 'w', cause: '3', atMs: '9' });
  await redis.set('v1:{o0}:order:o-1', '{"a":1}');
  await redis.zadd('v1:{o0}:created:demo', 1_000, 'o-1', 2_000, 'o-2');
  await redis.xadd('v1:{o0}:events', '5-0', 'order', 'o-1', 'event', '{}');
  await redis.rpush('v1:{o0}:strange', 'x');
  await redis.set('v1:{o1}:order:o-9', '{}');
  await redis.set('v1:{s0}:sku:demo/A', '{}');
  const [position, ...rest] = await entriesOf('orders', 0);
  expect(position).toEqual({
    key: 'v1:{o0}:position',
    value: { is: 'hash', fields: { offset: '7', seq: '5', writer: 'w', cause: '3', atMs: '9' } },
  });
  expect(new Map(rest.map(({ key, value }) => [key, value]))).toEqual(
    new Map<string, unknown>([
      ['v1:{o0}:order:o-1', { is: 'string', text: '{"a":1}' }],
      [
        'v1:{o0}:created:demo',
        {
          is: 'zset',
          scores: new Map([
            ['o-1', 1_000],
            ['o-2', 2_000],
          ]),
        },
      ],
      ['v1:{o0}:events', { is: 'stream', entries: [{ id: '5-0', fields: { order: 'o-1', event: '{}' } }] }],
      ['v1:{o0}:strange', { is: 'other', type: 'list' }],
    ]),
  );
  expect((await entriesOf('stock', 0)).map(({ key }) => key)).toEqual(['v1:{s0}:sku:demo/A']);
  expect(await entriesOf('stock', 1)).toEqual([]);
});

test('reads the generation that is live, and tells its keys as the first one’s', async () => {
  await redis.hset('views:{o2}', { live: 'v3', beside: 'v1' });
  await redis.set('v1:{o2}:order:o-1', '{"old":1}');
  await redis.hset('v3:{o2}:position', { seq: '5' });
  await redis.set('v3:{o2}:order:o-1', '{"new":1}');
  expect(await entriesOf('orders', 2)).toEqual([
    { key: 'v1:{o2}:position', value: { is: 'hash', fields: { seq: '5' } } },
    { key: 'v1:{o2}:order:o-1', value: { is: 'string', text: '{"new":1}' } },
  ]);
});
