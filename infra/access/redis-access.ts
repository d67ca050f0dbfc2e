import type { Principal } from './principals.ts';

/** What a principal may do in Redis: commands, by name, and patterns of keys (redis.io, ACL). */
export interface RedisAccess {
  readonly commands: readonly string[];
  /** Keys it may read and write. */
  readonly keys: readonly string[];
  /** Keys it may only read. */
  readonly readKeys: readonly string[];
}

/** What a connection needs before its first command of use. */
const connection = ['hello', 'auth', 'ping', 'info', 'select', 'client|setname', 'quit'];

/** `v1:{o0}:…` and, beside it, the generations of each partition: `views:{o0}` (`schemas/redis-keys.ts`). */
const viewKeys = 'v*:{*';

const readViews = ['get', 'mget', 'hget', 'hmget', 'zcard', 'xrange', 'xrevrange'];
const scanViews = ['scan', 'type', 'hgetall', 'zrange', 'zscore', 'zscan'];
const scripts = ['eval', 'evalsha', 'time'];
/** Of `processors/views/*.lua`: what a script calls is asked of the user who runs it. */
const writeViews = ['set', 'del', 'unlink', 'hset', 'hdel', 'zadd', 'zrem', 'xadd'];

/** Who does what in Redis; whoever is not named has no user there, and the default user is off. */
export const redisAccess: Partial<Readonly<Record<Principal, RedisAccess>>> = {
  // Claims of requests, daily quotas and the last requests of a store are its own; the views it reads.
  api: {
    commands: [
      ...connection,
      ...readViews,
      'zrangebyscore',
      'zrevrangebyscore',
      'zrangebylex',
      ...scripts,
      'pttl',
      'set',
      'del',
      'decr',
      'lpush',
      'ltrim',
      'lrange',
      'hset',
      'hgetall',
      'hincrby',
      'expire',
    ],
    keys: ['idem:*', 'quota:{*', 'requests:{*'],
    readKeys: [viewKeys],
  },
  views: {
    commands: [...connection, ...readViews, 'scan', 'zscore', ...scripts, ...writeViews],
    keys: [viewKeys],
    readKeys: [],
  },
  // Rebuilds the views beside the live ones, compares, flips and drops them.
  operator: {
    commands: [...connection, ...readViews, ...scanViews, ...scripts, 'unlink', 'hset', 'hdel'],
    keys: [viewKeys],
    readKeys: [],
  },
  auditor: { commands: [...connection, ...readViews, ...scanViews], keys: [], readKeys: [viewKeys] },
};
