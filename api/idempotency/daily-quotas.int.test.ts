import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { DailyQuotas, type QuotaSettings } from './daily-quotas.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';

const redis = new Redis(testEngines().redisUrl);
/** Nobody is there: a client that fails at once. */
const away = new Redis('redis://127.0.0.1:1', {
  lazyConnect: true,
  enableOfflineQueue: false,
  retryStrategy: () => null,
});
away.on('error', () => undefined);
afterAll(() => {
  redis.disconnect();
  away.disconnect();
});

const noon = Date.UTC(2026, 0, 31, 12);
let store = '';
beforeEach(() => {
  store = `store-${randomUUID()}`;
});

const quotas = (of: Partial<QuotaSettings>, client = redis, nowMs = (): number => noon) =>
  // a machine busy with something else answers late: here that is not what away means
  new DailyQuotas(client, () => ({ store: null, key: null, ...of }), nowMs, 10_000);

/** How many of so many commands are taken, those of some instances in turn. */
async function takenOf(count: number, instances: readonly DailyQuotas[], keyId = 'key-1'): Promise<number> {
  const takes = Array.from({ length: count }, async (_, i) =>
    instances[i % instances.length]?.take({ store, keyId }, randomUUID()),
  );
  const settled = await Promise.allSettled(takes);
  const refusals = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
  for (const refusal of refusals) expect(refusal.message).toMatch(/^quota-exceeded/);
  return count - refusals.length;
}

test('two API processes count together', async () => {
  expect(await takenOf(20, [quotas({ store: 7 }), quotas({ store: 7 })])).toBe(7);
});

test('keys of a store have their own quotas under that of the store, and a refusal counts nowhere', async () => {
  const both = quotas({ store: 5, key: 3 });
  expect(await takenOf(10, [both], 'key-1')).toBe(3);
  expect(await takenOf(10, [both], 'key-2')).toBe(2);
  expect(both.statesOf({ store, keyId: 'key-2' })).toEqual([
    { name: 'key-day', quota: 3, windowSeconds: 86_400, remaining: 1, resetSeconds: 43_200 },
    { name: 'store-day', quota: 5, windowSeconds: 86_400, remaining: 0, resetSeconds: 43_200 },
  ]);
});

test('what is given back may be taken again', async () => {
  const one = quotas({ key: 1 });
  const taken = await one.take({ store, keyId: 'key-1' }, 'c-1');
  await taken.giveBack();
  expect(await takenOf(2, [one])).toBe(1);
});

test('without Redis nobody is refused for that, only for what this process counted; a retry counts once', async () => {
  const alone = quotas({ key: 3 }, away);
  for (let i = 0; i < 10; i += 1) await alone.take({ store, keyId: 'key-1' }, 'the same');
  expect(await takenOf(10, [alone])).toBe(2);
  expect(await takenOf(10, [quotas({ key: 3 }, away)])).toBe(3);
});

test('an emptied Redis forgets nothing that this process counted', async () => {
  const one = quotas({ key: 3 });
  expect(await takenOf(2, [one])).toBe(2);
  await redis.del(...(await redis.keys(`quota:{${store}}:*`)));
  expect(await takenOf(5, [one])).toBe(1);
});

test('the next UTC day begins at 0, and Retry-After points there', async () => {
  let nowMs = noon;
  const one = quotas({ key: 1 }, redis, () => nowMs);
  expect(await takenOf(1, [one])).toBe(1);
  await expect(one.take({ store, keyId: 'key-1' }, 'c-2')).rejects.toMatchObject({
    code: 'quota-exceeded',
    details: { retryAfterSeconds: 43_200 },
  });
  nowMs += 43_200_000;
  expect(await takenOf(2, [one])).toBe(1);
});

test('without a quota Redis is not asked', async () => {
  expect(await takenOf(5, [quotas({}, away)])).toBe(5);
  expect(await redis.keys(`quota:{${store}}:*`)).toEqual([]);
});
