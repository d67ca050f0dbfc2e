import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../infra/clients/testing/test-kafka.ts';
import { type Claim, type Claimed, Claims } from './claims.ts';
import { idempotencyKey } from '../../schemas/redis-keys.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';

let redis: Redis;
let claims: Claims;
beforeAll(() => {
  redis = new Redis(testEngines().redisUrl);
  claims = new Claims(redis, () => 7_000);
});
afterAll(() => redis.disconnect());

const claimedBy = (commandId: string, fingerprint = 'k1.a'): Claimed => ({
  store: 'S1',
  commandId,
  fingerprint,
  token: randomUUID(),
});
const answer = { location: '/v1/orders/o-1?after=0:1', body: { orderId: 'o-1' } };
const first = { is: 'ours', unknownSinceMs: null } as const;

test('trap 28, a read-then-write key check: of many at once one gets the claim, the others learn that it runs', async () => {
  const id = randomUUID();
  const got = await Promise.all(Array.from({ length: 50 }, () => claims.claim(claimedBy(id), 'quick')));
  expect(got.filter(({ is }) => is === 'ours')).toEqual([first]);
  expect(got.filter(({ is }) => is === 'running')).toHaveLength(49);
});

test('its owner may ask again and still has it', async () => {
  const mine = claimedBy(randomUUID());
  expect(await claims.claim(mine, 'quick')).toEqual(first);
  expect(await claims.claim(mine, 'patient')).toEqual(first);
});

test('a finished command gives its answer to everybody who comes after', async () => {
  const id = randomUUID();
  const mine = claimedBy(id);
  await claims.finish(mine, await claims.claim(mine, 'quick'), answer);
  expect(await claims.claim(claimedBy(id, 'k1.b'), 'quick')).toEqual({
    is: 'done',
    fingerprint: 'k1.a',
    answer,
  });
});

test('a released claim is free for any request, and only its owner can release it', async () => {
  const id = randomUUID();
  const mine = claimedBy(id);
  const held = await claims.claim(mine, 'quick');
  await claims.release(claimedBy(id), held);
  expect((await claims.claim(claimedBy(id), 'quick')).is).toBe('running');
  await claims.release(mine, held);
  expect(await claims.claim(claimedBy(id, 'k1.b'), 'quick')).toEqual(first);
});

test('trap 27, key saved, work lost: a claim without a result is not done; the same request may go on and knows since when, another may not', async () => {
  const id = randomUUID();
  const mine = claimedBy(id);
  await claims.leaveUnknown(mine, await claims.claim(mine, 'quick'));
  expect((await claims.claim(claimedBy(id, 'k1.b'), 'quick')).is).toBe('running');
  const again = claimedBy(id);
  const taken = await claims.claim(again, 'quick');
  expect(taken).toEqual({ is: 'ours', unknownSinceMs: expect.any(Number) });
  expect(await claims.claim(again, 'patient')).toEqual(taken);
  await claims.release(again, taken);
  expect(await claims.claim(claimedBy(id), 'quick')).toEqual(taken);
});

const redisNowMs = async (): Promise<number> => {
  const [seconds = 0, micros = 0] = (await redis.time()).map(Number);
  return seconds * 1_000 + micros / 1_000;
};

test('the claim of a dead process is taken over by the same request, which knows since when it was held', async () => {
  const id = randomUUID();
  const beforeMs = await redisNowMs();
  await claims.claim(claimedBy(id), 'quick');
  const afterMs = await redisNowMs();
  let taken: Claim | null = null;
  await until(async () => (taken = await claims.claim(claimedBy(id), 'quick')).is === 'ours');
  const { unknownSinceMs } = taken as unknown as Extract<Claim, { is: 'ours' }>;
  expect(unknownSinceMs).toBeGreaterThan(beforeMs - 10); // Redis keeps its clock in steps
  expect(unknownSinceMs).toBeLessThan(afterMs + 10);
  expect(await redisNowMs()).toBeGreaterThan(afterMs + 1_900);
});

test('one that is held is renewed again and again, and only then', async () => {
  const id = randomUUID();
  const mine = claimedBy(id);
  await claims.claim(mine, 'quick');
  const heldUntilMs = async (): Promise<number> => {
    const entry = JSON.parse((await redis.get(idempotencyKey('S1', id))) ?? '{}') as { untilMs?: number };
    return entry.untilMs ?? 0;
  };
  const letGo = claims.hold(mine);
  await until(async () => (await heldUntilMs()) > 0);
  const firstMs = await heldUntilMs();
  await until(async () => (await heldUntilMs()) > firstMs);
  letGo();
  await until(async () => (await claims.claim(claimedBy(id), 'quick')).is === 'ours');
  expect(await redisNowMs()).toBeGreaterThan(firstMs);
});

test('without Redis a claim is away, and a command that went on without one is remembered', async () => {
  const gone = new Redis(1, { enableOfflineQueue: false, maxRetriesPerRequest: 0, retryStrategy: null });
  gone.on('error', () => undefined);
  const lost = new Claims(gone, () => 7_000);
  const mine = claimedBy(randomUUID());
  const claim = await lost.claim(mine, 'quick');
  expect(claim).toEqual({ is: 'away' });
  expect(lost.lostAtMs).toBe(Number.NEGATIVE_INFINITY);
  await lost.finish(mine, claim, answer);
  expect(lost.lostAtMs).toBe(7_000);
  gone.disconnect();
});
