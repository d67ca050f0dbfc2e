import { Redis } from 'ioredis';
import { readView } from '../../infra/audit/read-redis.ts';
import type { RedisEntry } from '../../infra/audit/recording.ts';
import { createRedisViewStore } from './redis-view-store.ts';
import { viewStoreContract } from './testing/view-store.contract.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';

viewStoreContract('Redis', async () => {
  const redis = new Redis(testEngines().redisUrl, { db: 8 });
  await redis.flushdb();
  const ail = async (condition: 'sound' | 'full' | 'read-only'): Promise<void> => {
    await redis.config('SET', 'maxmemory', condition === 'full' ? '1' : '0');
    // A replica of nobody who answers keeps its data and takes no writes.
    if (condition === 'read-only') await redis.replicaof('127.0.0.1', '1');
    else await redis.replicaof('NO', 'ONE');
  };
  return {
    store: createRedisViewStore(redis),
    async dump(partition) {
      const entries: RedisEntry[] = [];
      for await (const entry of readView(redis, 'orders', partition)) entries.push(entry);
      return entries;
    },
    ail,
    async close() {
      await ail('sound');
      await redis.flushdb();
      await redis.quit();
    },
  };
});
