import { afterEach, expect, test, vi } from 'vitest';
import { holdsCardData, holdsCardNumber } from './card-data.ts';

test.each([
  '4111111111111111',
  '4111-1111-1111-1111',
  '4111 1111 1111 1111 12/27',
  'card 4111.1111.1111.1111',
  'x4111_1111_1111_1111y',
  '\uff14\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11',
  '378282246310005',
  '4222222222222',
])('%j holds a card number', (text) => {
  expect(holdsCardNumber(text)).toBe(true);
});

test.each(['1234567890123456', '0000000000000', 'c-17850', '+44 20 7946 0958', '', '536365'])(
  '%j holds none',
  (text) => {
    expect(holdsCardNumber(text)).toBe(false);
  },
);

afterEach(() => vi.restoreAllMocks());

test('a run of marks is never put in order: that costs its length squared', () => {
  const normalize = vi.spyOn(String.prototype, 'normalize');
  const marks = '\u0300'.repeat(16_000) + '\u0316'.repeat(16_000);
  expect(holdsCardData({ shipTo: { name: `A ${marks} 4111111111111111` } })).toBe(true);
  expect(holdsCardData({ shipTo: { name: `A ${marks}` } })).toBe(false);
  const normalized = normalize.mock.contexts.map(String);
  expect(normalized).toHaveLength(2);
  expect(normalized.filter((text) => /\p{M}{2}/u.test(text))).toEqual([]);
});

test('a mark between digits divides them, before and after normalisation', () => {
  expect(holdsCardNumber('41111111\u030011111111')).toBe(false);
  expect(holdsCardNumber('\u0316\u03004111111111111111\u0300')).toBe(true);
});

test('a field named like card data is enough, at any depth and in any letter case', () => {
  expect(holdsCardData({ a: [{ CVV: '123' }] })).toBe(true);
  expect(holdsCardData({ track2: null })).toBe(true);
  expect(holdsCardData({ expand: 1, pinned: 2 })).toBe(false);
});

test('SKUs and times may be long digits', () => {
  expect(holdsCardData({ lines: [{ sku: '4111111111111111' }], orderedAt: '4111111111111111' })).toBe(false);
  expect(holdsCardData({ shipTo: { name: 'A 4111111111111111' } })).toBe(true);
});
