import { expect, test } from 'vitest';
import type { RedisEntry, RedisValue } from './recording.ts';
import { digestOfValue, formatRedisDump, isPositionKey, parseRedisDump } from './redis-dump.ts';

const values: readonly RedisValue[] = [
  { is: 'string', text: '{"a":1}' },
  { is: 'string', text: '{"a": 1}' },
  { is: 'hash', fields: { a: '1', b: '2' } },
  { is: 'zset', scores: new Map([['a', 1]]) },
  { is: 'zset', scores: new Map([['a', 2]]) },
  { is: 'stream', entries: [{ id: '1-0', fields: { a: '1' } }] },
  { is: 'stream', entries: [{ id: '2-0', fields: { a: '1' } }] },
  { is: 'other', type: 'list' },
];

test('tells every two values apart by their bytes, and sees past the order of members', () => {
  expect(new Set(values.map(digestOfValue)).size).toBe(values.length);
  expect(digestOfValue({ is: 'hash', fields: { b: '2', a: '1' } })).toBe(
    digestOfValue({ is: 'hash', fields: { a: '1', b: '2' } }),
  );
});

test('a dump is the same text in whatever order keys were read, and reads back', () => {
  const entries = values.map((value, i): RedisEntry => ({ key: `v1:{o0}:${i} x`, value }));
  const text = formatRedisDump(entries);
  expect(formatRedisDump(entries.toReversed())).toBe(text);
  const dump = parseRedisDump(text);
  for (const { key, value } of entries) expect(dump.get(key)).toBe(digestOfValue(value));
  expect(() => parseRedisDump('no digest\n')).toThrow(SyntaxError);
  expect(formatRedisDump([])).toBe('');
});

test('knows a view’s position', () => {
  expect(isPositionKey('v1:{o0}:position')).toBe(true);
  expect(isPositionKey('v1:{o0}:order:position')).toBe(false);
});
