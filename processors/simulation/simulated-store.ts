import type { ViewStore } from '../views/view-store.ts';
import type { Link } from './link.ts';
import type { Scheduler } from './scheduler.ts';
import type { RedisModel } from './simulated-redis.ts';

/** The store as a process reaches it: each step is one request. */
export function createSimulatedStore(scheduler: Scheduler, link: Link, redis: RedisModel): ViewStore {
  const ask = <T>(step: () => T): Promise<T> => scheduler.request(link, step);
  return {
    readPosition: (positionKey) => ask(() => redis.readPosition(positionKey)),
    readDocuments: (positionKey, keys) => ask(() => redis.readDocuments(positionKey, keys)),
    apply: (batch) => ask(() => redis.apply(batch)),
    beginWipe: (positionKey, seen, token) => ask(() => redis.beginWipe(positionKey, seen, token)),
    scan: (pattern, cursor) => ask(() => redis.scan(pattern, cursor)),
    wipeKeys: (positionKey, keys, token) => ask(() => redis.wipeKeys(positionKey, keys, token)),
    endWipe: (positionKey, token, next) => ask(() => redis.endWipe(positionKey, token, next)),
  };
}
