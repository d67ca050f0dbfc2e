import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { requestKeys } from '../../schemas/redis-keys.ts';
import { KeptRequests } from './kept-requests.ts';

const weekMs = 7 * 86_400_000;
const nowMs = Date.parse('2026-01-31T14:00:00Z');

test('a last use is told for a week, however long another key keeps the hash alive', async () => {
  const stored = { old: String(nowMs - weekMs - 1), kept: String(nowMs - weekMs), now: String(nowMs) };
  const redis = {
    hgetall: async (key: string) => (key === requestKeys.keys('S') ? stored : {}),
  } as unknown as Redis;
  const uses = await new KeptRequests(redis, () => nowMs).lastUseOf('S');
  expect(uses).toEqual(
    new Map([
      ['kept', nowMs - weekMs],
      ['now', nowMs],
    ]),
  );
});
