import { expect, test } from 'vitest';
import { exactMinor, parseDecimal, roundToMinor, timesDecimal, wholeOf } from './decimal.ts';

const decimal = (text: string) => parseDecimal(text) ?? { digits: -999_999n, scale: 0 };

test.each([
  ['6', '2.55', 1530n],
  ['3', '0.335', 101n],
  ['-3', '0.335', -101n],
  ['1', '0.005', 1n],
  ['1', '0.004', 0n],
  ['-1', '0.005', -1n],
  ['1', '1e-05', 0n],
  ['100000', '1.15', 11_500_000n],
  // A float of 1.005 × 100 is 100.49999999999999.
  ['1', '1.005', 101n],
  ['2.0', '.5', 100n],
])('rounds %s × %s to %s minor units, half away from zero', (quantity, price, minor) => {
  expect(roundToMinor(timesDecimal(decimal(quantity), decimal(price)))).toBe(minor);
});

test.each(['', '.', '-', '1,50', '£2', '1.2.3', 'NaN', '0x1F', '1e', ' 1', '1e999', 'Infinity'])(
  'reads no number in %j',
  (text) => {
    expect(parseDecimal(text)).toBeNull();
  },
);

test('tells whole numbers and exact pennies from fractions', () => {
  expect(wholeOf(decimal('6.0'))).toBe(6n);
  expect(wholeOf(decimal('6.5'))).toBeNull();
  expect(exactMinor(decimal('2.550'))).toBe(255n);
  expect(exactMinor(decimal('2.555'))).toBeNull();
  expect(exactMinor(decimal('1e3'))).toBe(100_000n);
});
