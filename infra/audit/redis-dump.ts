import { createHash } from 'node:crypto';
import { assertNever } from '../../schemas/assert-never.ts';
import type { RedisEntry, RedisValue } from './recording.ts';

/**
 * A dump of the views as text: a line `<key> <digest of its value>` for each key, sorted by key. Two dumps of the same
 * data have the same bytes.
 */
export function formatRedisDump(entries: readonly RedisEntry[]): string {
  const lines = entries.map(({ key, value }) => `${key} ${digestOfValue(value)}`);
  return lines.length === 0 ? '' : `${lines.sort().join('\n')}\n`;
}

/** Reads a dump. Throws SyntaxError naming the line that is none. */
export function parseRedisDump(text: string): ReadonlyMap<string, string> {
  const digests = new Map<string, string>();
  for (const [i, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const [, key, digest] = /^(.+) ([0-9a-f]{64})$/.exec(line) ?? [];
    if (key === undefined || digest === undefined)
      throw new SyntaxError(`line ${i + 1} of the Redis dump is no key and digest`);
    digests.set(key, digest);
  }
  return digests;
}

/** SHA-256 of a value's own bytes; hashes and sorted sets in the order of their members, a stream in its own. */
export function digestOfValue(value: RedisValue): string {
  const hash = createHash('sha256');
  for (const part of partsOf(value)) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex');
}

function partsOf(value: RedisValue): readonly string[] {
  switch (value.is) {
    case 'string':
      return ['string', value.text];
    case 'hash':
      return ['hash', ...sorted(Object.entries(value.fields))];
    case 'zset':
      return ['zset', ...sorted([...value.scores].map(([member, score]) => [member, String(score)]))];
    case 'stream':
      return [
        'stream',
        ...value.entries.flatMap(({ id, fields }) => [id, ...sorted(Object.entries(fields))]),
      ];
    case 'other':
      return ['other', value.type];
    default:
      return assertNever(value);
  }
}

const sorted = (pairs: readonly (readonly [string, string])[]): string[] =>
  pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)).flat();

/** A view's position moves with every Tick. */
export const isPositionKey = (key: string): boolean => key.endsWith('}:position');
