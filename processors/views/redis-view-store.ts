import type { Redis } from 'ioredis';
import { assertNever } from '../../schemas/assert-never.ts';
import { firstGeneration, generationsKey, parseViewKey } from '../../schemas/redis-keys.ts';
import { redisScript } from './redis-script.ts';
import { fieldsOf, lineageOf, positionFields, type StoredFields, type ViewStore } from './view-store.ts';
import type { ViewUpdate } from './view-update.ts';

/** The store in Redis: what must be one step is one script, for nothing is ever rolled back there. */
export function createRedisViewStore(redis: Redis): ViewStore {
  const applyBatch = redisScript(redis, './apply-batch.lua');
  const readDocuments = redisScript(redis, './read-documents.lua');
  const beginWipe = redisScript(redis, './begin-wipe.lua');
  const wipeKeys = redisScript(redis, './wipe-keys.lua');
  const endWipe = redisScript(redis, './end-wipe.lua');
  return {
    readPosition: (positionKey) => redis.hmget(positionKey, ...positionFields),
    async readDocuments(positionKey, keys) {
      const answer = await readDocuments([positionKey, ...keys], []);
      const [stored, documents] = answer as readonly [StoredFields, readonly (string | null)[]];
      return { stored, documents };
    },
    async apply({ positionKey, from, next, updates, streamEventsMax }) {
      const keys = [positionKey, ...updates.map(({ key }) => key)];
      const positions = [...lineageOf(from), ...fieldsOf(next)];
      const answer = await applyBatch(keys, [
        ...positions,
        String(streamEventsMax),
        ...updates.flatMap(argumentsOf),
      ]);
      return answer === 'applied';
    },
    async beginWipe(positionKey, seen, token) {
      const lineage = seen.slice(0, 3).map((field) => field ?? '');
      const of = parseViewKey(positionKey);
      if (of === null) throw new RangeError(`${positionKey} is no position of a view`);
      const keys = [positionKey, generationsKey(of.view, of.partition)];
      const began = await beginWipe(keys, [...lineage, token, of.generation, firstGeneration]);
      if (began === -1) throw new Error(`generation ${of.generation} of ${positionKey} is not kept any more`);
      return began === 1;
    },
    async scan(pattern, from) {
      const [cursor, keys] = await redis.scan(from, 'MATCH', pattern, 'COUNT', 1_000);
      return { cursor, keys };
    },
    wipeKeys: async (positionKey, keys, token) => (await wipeKeys([positionKey, ...keys], [token])) === 1,
    endWipe: async (positionKey, token, next) =>
      (await endWipe([positionKey], [token, ...fieldsOf(next)])) === 1,
  };
}

/** As `apply-batch.lua` reads them. */
function argumentsOf(update: ViewUpdate): readonly string[] {
  switch (update.does) {
    case 'set':
      return ['set', update.json];
    case 'drop':
      return ['drop'];
    case 'list':
      return ['list', String(update.score), update.member];
    case 'unlist':
      return ['unlist', update.member];
    case 'append':
      return ['append', update.id, update.order, update.event];
    default:
      return assertNever(update);
  }
}
