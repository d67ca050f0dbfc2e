import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { currencyExponent, isCurrency } from './currencies.ts';
import { AmountOutOfRange, sumMinor, timesMinor, toMinor } from './money.ts';

const max = Number.MAX_SAFE_INTEGER;

test('adds and multiplies without a float in between', () => {
  expect(sumMinor([])).toBe(0);
  expect(sumMinor([max, 1, -1])).toBe(max);
  expect(timesMinor(100_000, 999_999_999)).toBe(99_999_999_900_000);
  fc.assert(
    fc.property(fc.array(fc.integer()), (minors) => {
      expect(BigInt(sumMinor(minors))).toBe(minors.reduce((sum, minor) => sum + BigInt(minor), 0n));
    }),
  );
});

test('adds up what is near the limit as BigInt does, or refuses it', () => {
  const nearMax = fc.oneof(
    fc.maxSafeInteger(),
    fc.integer({ min: max - 3, max }),
    fc.integer({ min: -3, max: 3 }),
  );
  fc.assert(
    fc.property(fc.array(nearMax, { maxLength: 6 }), (minors) => {
      const sum = minors.reduce((so, minor) => so + BigInt(minor), 0n);
      const isWithin = sum <= BigInt(max) && sum >= -BigInt(max);
      if (isWithin) expect(BigInt(sumMinor(minors))).toBe(sum);
      else expect(() => sumMinor(minors)).toThrow(AmountOutOfRange);
    }),
  );
});

test.each<[string, () => number]>([
  ['a sum', () => sumMinor([max, 1])],
  ['a negative sum', () => sumMinor([-max, -1])],
  ['a product', () => timesMinor(max, 2)],
  ['a value', () => toMinor(2n ** 53n)],
])('refuses %s beyond 2^53 - 1 instead of rounding it', (_, act) => {
  expect(act).toThrow(AmountOutOfRange);
});

test.each([
  ['KRW', 0],
  ['BHD', 3],
  ['JOD', 3],
  ['OMR', 3],
  ['TND', 3],
  ['GBP', 2],
  ['EUR', 2],
  ['JPY', 0],
  ['KWD', 3],
  ['CLF', 4],
])('trap 37: the exponent is not 2 for all: %s has %i digits after the point', (code, digits) => {
  expect(isCurrency(code)).toBe(true);
  expect(currencyExponent(code)).toBe(digits);
});

test.each(['gbp', 'GB', 'XXX', 'XAU', '', 'toString'])('%j is no currency money is counted in', (code) => {
  expect(isCurrency(code)).toBe(false);
  expect(() => currencyExponent(code)).toThrow(RangeError);
});

test('agrees with the platform on the digits of every currency both know', () => {
  const platform = Intl.supportedValuesOf('currency').filter(isCurrency);
  expect(platform.length).toBeGreaterThan(140);
  const differing = platform.filter((code) => {
    const options = new Intl.NumberFormat('en', { style: 'currency', currency: code }).resolvedOptions();
    return options.maximumFractionDigits !== currencyExponent(code);
  });
  expect(differing.filter((code) => !cashDigits.has(code))).toEqual([]);
});

/** CLDR shows these as they are used in cash; ISO 4217 still counts their minor units. */
const cashDigits = new Set(
  'AFN ALL IDR IQD IRR KPW LAK LBP MGA MMK MRU PKR RSD SLE SOS SYP TZS UZS YER AMD COP CRC GYD MNT MUR NOK SEK HUF CZK'.split(
    ' ',
  ),
);
