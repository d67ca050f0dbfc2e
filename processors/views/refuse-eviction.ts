import type { Redis } from 'ioredis';
import { exitCodes } from '../../infra/config/exit-codes.ts';

/** Redis may throw keys away: a view in it would read as absent. */
export class EvictingRedis extends Error {
  readonly exitCode = exitCodes.config;
}

/** Throws EvictingRedis, with the line to change, unless this Redis keeps every key (`maxmemory-policy noeviction`). */
export async function refuseEviction(redis: Redis): Promise<void> {
  const memory = await redis.info('memory');
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? 'unknown';
  if (policy === 'noeviction') return;
  throw new EvictingRedis(
    `Redis would throw view keys away when its memory is full (maxmemory-policy ${policy}): ` +
      'put `maxmemory-policy noeviction` into redis.conf, or run: redis-cli CONFIG SET maxmemory-policy noeviction',
  );
}
