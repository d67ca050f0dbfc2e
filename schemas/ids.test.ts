import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  commandIdOf,
  holdIdOf,
  isHoldIdOf,
  opIdOf,
  orderIdOf,
  parseOrderId,
  parseSku,
  paymentKeyOf,
  skuKeyOf,
} from './ids.ts';

/** Crockford's base32 of the first 130 bits, written another way round: over one big integer. */
function expected26(text: string): string {
  const bits = BigInt(`0x${createHash('sha256').update(text).digest('hex')}`) >> (256n - 130n);
  const digits = Array.from({ length: 26 }, (_, i) => Number((bits >> BigInt(5 * (25 - i))) & 31n));
  return digits.map((digit) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[digit]).join('');
}

test('derives an order id from store and Idempotency-Key alone, as published', () => {
  expect(orderIdOf('demo', 'uci-536365')).toBe(`o-${expected26('demo\0uci-536365')}`);
  expect(parseOrderId(orderIdOf('demo', ''))).not.toBeNull();
});

test.each([
  ['o-1:A', true],
  ['o-1:B', false],
  ['o-2:A', false],
  ['o-1A:', false],
  ['o-1-A', false],
  ['o-1:AA', false],
  ['o-1A', false],
  ['', false],
])('tells whether %j is the hold id of an order and a SKU', (holdId, is) => {
  expect(isHoldIdOf(holdId, 'o-1', 'A')).toBe(is);
  expect(isHoldIdOf(holdId, 'o-1', 'A')).toBe(holdId === holdIdOf('o-1', 'A'));
});

test('keeps stores, routes and paths apart: a separator cannot be moved into a part', () => {
  const ids = [
    orderIdOf('a', 'b'),
    orderIdOf('ab', ''),
    orderIdOf('', 'ab'),
    `o-${commandIdOf('a', 'b', 'c', 'd')}`,
    `o-${commandIdOf('a', 'bc', '', 'd')}`,
    `o-${paymentKeyOf('a', 'o:authorize:1', 1)}`,
    `o-${paymentKeyOf('a', 'o:authorize:1', 2)}`,
    `o-${paymentKeyOf('a', 'o:authorize:11', 1)}`,
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

test('spells composed ids as published', () => {
  expect(holdIdOf('o-1', 'A')).toBe('o-1:A');
  expect(opIdOf('o-1', 'capture', 2)).toBe('o-1:capture:2');
  expect(skuKeyOf('demo', '85123A')).toBe('demo/85123A');
});

test.each(['85123A', 'a', 'A.b_c-9', 'x'.repeat(32)])('takes %j for a SKU, in upper case', (text) => {
  expect(parseSku(text)).toBe(text.toUpperCase());
});

test.each([
  '',
  '-a',
  '.a',
  'a b',
  'a/b',
  'é',
  'x'.repeat(33),
  'a\n',
  7,
  null,
  undefined,
  ['A'],
  { toString: () => 'A' },
])('does not take %j for a SKU', (value) => {
  expect(parseSku(value)).toBeNull();
});

test.each([
  'o-',
  'o-0123456789ABCDEFGHJKMNPQR',
  'o-0123456789ABCDEFGHJKMNPQRSI',
  'O-0123456789ABCDEFGHJKMNPQRS',
  'o-0123456789ABCDEFGHJKMNPQRU',
  5,
  null,
])('does not take %j for an order id', (value) => {
  expect(parseOrderId(value)).toBeNull();
});
