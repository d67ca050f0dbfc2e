import {
  firstGeneration,
  generationsKey,
  orderKeysOf,
  parseGeneration,
  stockKeysOf,
} from '../../schemas/redis-keys.ts';
import type { Redis } from '../clients/redis.ts';
import type { RedisEntry, RedisValue } from './recording.ts';

const scanCount = 1_000;

/**
 * Every key of the live view of one journal partition, its position first. A view that was never written has none.
 * Keys are told as the first generation's, so that rules spell one name, whichever is live.
 */
export async function* readView(
  redis: Redis,
  view: 'orders' | 'stock',
  partition: number,
): AsyncGenerator<RedisEntry> {
  const live = await redis.hget(generationsKey(view, partition), 'live');
  const generation = parseGeneration(live ?? '') ?? firstGeneration;
  const keys = view === 'orders' ? orderKeysOf(generation) : stockKeysOf(generation);
  const told = (key: string): string => firstGeneration + key.slice(generation.length);
  const positionKey = keys.position(partition);
  const position = await redis.hgetall(positionKey);
  if (Object.keys(position).length > 0)
    yield { key: told(positionKey), value: { is: 'hash', fields: position } };
  let cursor = '0';
  do {
    // `{` and `}` stand for themselves in a Redis pattern.
    const [next, found] = await redis.scan(cursor, 'MATCH', keys.all(partition), 'COUNT', scanCount);
    cursor = next;
    const entries = await readEntries(
      redis,
      found.filter((key) => key !== positionKey),
    );
    yield* entries.map(({ key, value }) => ({ key: told(key), value }));
  } while (cursor !== '0');
}

async function readEntries(redis: Redis, keys: readonly string[]): Promise<readonly RedisEntry[]> {
  const types = await Promise.all(keys.map((key) => redis.type(key)));
  const strings = keys.filter((_, i) => types[i] === 'string');
  const texts = strings.length > 0 ? await redis.mget(...strings) : [];
  const entries: RedisEntry[] = [];
  for (const [i, key] of strings.entries()) {
    const text = texts[i];
    if (text != null) entries.push({ key, value: { is: 'string', text } });
  }
  for (const [i, key] of keys.entries()) {
    const type = types[i] ?? 'none';
    // A key may leave between SCAN and here: then it is nobody's any more.
    if (type !== 'string' && type !== 'none') entries.push({ key, value: await readValue(redis, key, type) });
  }
  return entries;
}

async function readValue(redis: Redis, key: string, type: string): Promise<RedisValue> {
  if (type === 'hash') return { is: 'hash', fields: await redis.hgetall(key) };
  if (type === 'zset') {
    const flat = await redis.zrange(key, '0', '-1', 'WITHSCORES');
    const scores = new Map<string, number>();
    for (let i = 0; i + 1 < flat.length; i += 2) scores.set(flat[i] ?? '', Number(flat[i + 1]));
    return { is: 'zset', scores };
  }
  if (type === 'stream') {
    const entries = await redis.xrange(key, '-', '+');
    return { is: 'stream', entries: entries.map(([id, fields]) => ({ id, fields: toFields(fields) })) };
  }
  return { is: 'other', type };
}

function toFields(flat: readonly string[]): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {};
  for (let i = 0; i + 1 < flat.length; i += 2) fields[flat[i] ?? ''] = flat[i + 1] ?? '';
  return fields;
}
