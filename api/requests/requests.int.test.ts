import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectRedis, type Redis, redisReady } from '../../infra/clients/redis.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';
import { requestKeys } from '../../schemas/redis-keys.ts';
import type { RequestLine } from '../http/create-app.ts';
import { toProblem } from '../http/problem.ts';
import { keptMax } from './kept-request.ts';
import { KeptRequests } from './kept-requests.ts';
import { RequestKeeper } from './request-keeper.ts';

const store = `R-${randomUUID().slice(0, 8)}`;
let redis: Redis;
let nowMs = Date.parse('2026-01-31T23:30:00Z');
const now = (): number => nowMs;

beforeAll(async () => {
  redis = connectRedis({ url: testEngines().redisUrl, logger: pino({ level: 'silent' }) });
  await redisReady(redis, 10_000);
});
afterAll(() => redis?.disconnect());

const line = (id: string, problem: string | null = null): RequestLine => ({
  method: 'GET',
  route: '/v1/orders',
  status: problem === null ? 200 : 404,
  durationMs: 1,
  requestId: id,
  store,
  keyId: 'k',
  problem,
  replayed: false,
  byCookie: false,
  fault: null,
});

async function tell(...lines: readonly RequestLine[]): Promise<void> {
  const keeper = new RequestKeeper(redis, now);
  for (const one of lines) keeper.tell(one);
  await keeper.stop();
}

test('several processes’ requests are one list, newest first, with counts of 24 clock hours', async () => {
  const kept = new KeptRequests(redis, now);
  await tell(line('a'), line('b', 'not-found'));
  nowMs += 3_600_000; // the next UTC day
  await tell(line('c'));
  const first = await kept.of(store);
  expect(first.requests.map(({ id }) => id).slice(0, 1)).toEqual(['c']);
  expect(first.requests).toHaveLength(3);
  expect(first.counts).toEqual({
    sinceMs: Date.parse('2026-01-31T01:00:00Z'),
    served: 2,
    left: 0,
    lost: 0,
    problems: [{ problem: 'not-found', count: 1 }],
  });
  expect(await kept.lastUseOf(store)).toEqual(new Map([['k', nowMs]]));
  nowMs += 23 * 3_600_000;
  const { counts, requests } = await kept.of(store);
  expect([counts.served, counts.problems, requests.length]).toEqual([1, [], 3]);
});

test('a flood of what was served leaves the refusals, and each list and count has an end in time', async () => {
  for (let i = 0; i < 12; i += 1) {
    nowMs += 1_000;
    await tell(...Array.from({ length: 60 }, (_, n) => line(`${i}-${n}`)));
  }
  expect(await redis.llen(requestKeys.last(store, 'served'))).toBe(keptMax);
  const { requests } = await new KeptRequests(redis, now).of(store);
  expect(requests.map(({ id }) => id)).toContain('b');
  for (const key of await redis.keys(`requests:{${store}}:*`))
    expect(await redis.ttl(key)).toBeGreaterThan(0);
});

test('without Redis the list is refused, a last use is unknown, and whoever tells is not held up', async () => {
  const away = connectRedis({ url: 'redis://127.0.0.1:1', logger: pino({ level: 'silent' }) });
  const kept = new KeptRequests(away, now);
  const refused = await kept.of(store).catch((error: unknown) => toProblem(error).code);
  expect(refused).toBe('unavailable');
  expect(await kept.lastUseOf(store)).toBeNull();
  const keeper = new RequestKeeper(away, now);
  keeper.tell(line('lost'));
  await keeper.stop();
  away.disconnect();
});
