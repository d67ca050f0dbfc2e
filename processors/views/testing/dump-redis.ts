import type { Redis } from 'ioredis';

/** Every key of the database with its value, in one text: equal views give equal texts. */
export async function dumpRedis(redis: Redis): Promise<string> {
  const keys = (await redis.keys('*')).sort();
  const values = await Promise.all(
    keys.map(async (key) => {
      const type = await redis.type(key);
      if (type === 'string') return [key, await redis.get(key)];
      if (type === 'hash') return [key, await redis.hgetall(key)];
      if (type === 'zset') return [key, await redis.zrange(key, '0', '-1', 'WITHSCORES')];
      if (type === 'list') return [key, await redis.lrange(key, 0, -1)];
      if (type === 'stream') return [key, await redis.xrange(key, '-', '+')];
      throw new TypeError(`the key ${key} is a ${type}: say here how it is read`);
    }),
  );
  return JSON.stringify(values, null, 1);
}
