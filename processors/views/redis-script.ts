import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

export type RunScript = (keys: readonly string[], args: readonly string[]) => Promise<unknown>;

/** A Lua file beside this one, run by its digest; Redis is given the text when it does not know it (a restart forgets it). */
export function redisScript(redis: Redis, file: string): RunScript {
  const lua = readFileSync(new URL(file, import.meta.url), 'utf8');
  const sha = createHash('sha1').update(lua).digest('hex');
  return async (keys, args) => {
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return await redis.call('EVALSHA', [sha, ...rest]);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return redis.call('EVAL', [lua, ...rest]);
    }
  };
}
