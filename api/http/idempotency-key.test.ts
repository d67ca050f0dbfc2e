import { expect, test } from 'vitest';
import { parseIdempotencyKey } from './idempotency-key.ts';

test.each([
  ['cart-42', 'cart-42'],
  ['"cart-42"', 'cart-42'],
  ['a%0d%0aX: 1'.replace(' ', ''), 'a%0d%0aX:1'],
  ['"a\\"b\\\\c"', 'a"b\\c'],
  ['a"b', 'a"b'],
  ['k'.repeat(255), 'k'.repeat(255)],
  [`"${'k'.repeat(255)}"`, 'k'.repeat(255)],
])('%s is the key %s', (header, key) => {
  expect(parseIdempotencyKey(header)).toBe(key);
});

test.each(['', '""', '"', '"a', '"a"b"', '"a\\x"', 'a b', 'a, b', 'k\u00e9', '\x7f', 'k'.repeat(256)])(
  'refuses %j',
  (header) => {
    expect(() => parseIdempotencyKey(header)).toThrow(/invalid-idempotency-key/);
  },
);

test('asks for a missing key', () => {
  expect(() => parseIdempotencyKey(undefined)).toThrow(/idempotency-key-required/);
});
