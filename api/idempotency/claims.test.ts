import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Claims } from './claims.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Redis whose answers come so late; somebody else holds every claim. */
function slowRedis(ms: number) {
  const scripts: string[] = [];
  const held = JSON.stringify({ is: 'running', fingerprint: 'k1.a', token: 'other' });
  const redis = {
    defineCommand: () => undefined,
    pipeline: () => ({
      set: () => undefined,
      exec: () => new Promise((resolve) => setTimeout(resolve, ms, [[null, held]])),
    }),
    millraceClaim: async (key: string) => {
      scripts.push(key);
      return held;
    },
  };
  return { redis: redis as unknown as Redis, scripts };
}

const mine = { store: 'S1', commandId: 'c-1', fingerprint: 'k1.a', token: 'mine' };

test('a claim that nobody waits for any more is not taken: nobody would free it', async () => {
  const { redis, scripts } = slowRedis(80);
  const claimed = new Claims(redis, () => 0).claim(mine, 'quick');
  await vi.advanceTimersByTimeAsync(500);
  expect(await claimed).toEqual({ is: 'away' });
  expect(scripts).toEqual([]);
});

test('one that is still waited for is', async () => {
  const { redis, scripts } = slowRedis(20);
  const claimed = new Claims(redis, () => 0).claim(mine, 'quick');
  await vi.advanceTimersByTimeAsync(500);
  expect(await claimed).toEqual({ is: 'running', fingerprint: 'k1.a' });
  expect(scripts).toHaveLength(1);
});
