import { expect, test } from 'vitest';
import { createDocumentCache } from './document-cache.ts';

const documents = (...keys: readonly string[]): Map<string, string> =>
  new Map(keys.map((key) => [key, `${key}!`]));
const position = (seq: number, writer = 'w') => ({ offset: BigInt(seq), seq, writer });

test('knows what was written last, at the position it was written to, and nothing of another partition', () => {
  const cache = createDocumentCache<string>(10);
  cache.keep(0, position(1), position(2), documents('a'));
  expect([cache.get(0, position(2), 'a'), cache.get(0, position(2), 'b')]).toEqual(['a!', undefined]);
  expect(cache.get(1, position(2), 'a')).toBe(undefined);
});

test('knows nothing at any other position: another has written meanwhile, or the view was wiped', () => {
  const cache = createDocumentCache<string>(10);
  cache.keep(0, position(1), position(2), documents('a'));
  for (const other of [position(1), position(3), position(2, 'other')])
    expect(cache.get(0, other, 'a')).toBe(undefined);
});

test('keeps through a step what it did not touch, and begins anew where the step does not follow', () => {
  const cache = createDocumentCache<string>(10);
  cache.keep(0, position(1), position(2), documents('a'));
  cache.keep(0, position(2), position(4), documents('b'));
  expect(['a', 'b'].map((key) => cache.get(0, position(4), key))).toEqual(['a!', 'b!']);
  cache.keep(0, position(7), position(8), documents('c'));
  expect(['a', 'b', 'c'].map((key) => cache.get(0, position(8), key))).toEqual([undefined, undefined, 'c!']);
});

test('over its bound it drops what was written longest ago', () => {
  const cache = createDocumentCache<string>(2);
  cache.keep(0, position(1), position(2), documents('a', 'b'));
  cache.keep(0, position(2), position(3), documents('a'));
  cache.keep(0, position(3), position(4), documents('c'));
  expect(['a', 'b', 'c'].map((key) => cache.get(0, position(4), key))).toEqual(['a!', undefined, 'c!']);
});
