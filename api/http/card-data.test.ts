import { afterEach, expect, test, vi } from 'vitest';
import { seededRandom } from '../../infra/clients/seeded-random.ts';
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

/** ISO/IEC 7812-1, annex B, as it is written there. */
function isLuhn(digits: string): boolean {
  const worth = Array.from(digits, Number).toReversed();
  const doubled = worth.map((digit, i) => (i % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)));
  const sum = doubled.reduce((total, digit) => total + digit, 0);
  return sum > 0 && sum % 10 === 0;
}

test('groups of digits hold a card number exactly where some of them in a row pass the Luhn check', () => {
  const random = seededRandom(7);
  let found = 0;
  for (let n = 0; n < 2_000; n += 1) {
    const groups = Array.from({ length: 1 + Math.floor(random() * 6) }, () =>
      Array.from({ length: 1 + Math.floor(random() * 7) }, () => Math.floor(random() * 10)).join(''),
    );
    const pieces = groups.flatMap((_, from) => groups.map((__, to) => groups.slice(from, to + 1).join('')));
    const isCard = pieces.some((piece) => piece.length >= 13 && piece.length <= 19 && isLuhn(piece));
    expect([groups, holdsCardNumber(groups.join(' '))]).toEqual([groups, isCard]);
    found += isCard ? 1 : 0;
  }
  expect(found).toBeGreaterThan(200);
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
