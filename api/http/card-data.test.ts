import { expect, test } from 'vitest';
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

test('a field named like card data is enough, at any depth and in any letter case', () => {
  expect(holdsCardData({ a: [{ CVV: '123' }] })).toBe(true);
  expect(holdsCardData({ track2: null })).toBe(true);
  expect(holdsCardData({ expand: 1, pinned: 2 })).toBe(false);
});

test('SKUs and times may be long digits', () => {
  expect(holdsCardData({ lines: [{ sku: '4111111111111111' }], orderedAt: '4111111111111111' })).toBe(false);
  expect(holdsCardData({ shipTo: { name: 'A 4111111111111111' } })).toBe(true);
});
