import { afterEach, beforeEach, expect, test } from 'vitest';
import { currencyExponent, exponentsNotTwo, isCurrency } from '../../../schemas/currencies.ts';
import { learnExponents, major, money } from './format.ts';

beforeEach(() => learnExponents(exponentsNotTwo));
afterEach(() => learnExponents({}));

/** Digits of a text after its decimal point, in the locale that this process has. */
function decimalsOf(text: string): number {
  const point = new Intl.NumberFormat().formatToParts(0.5).find(({ type }) => type === 'decimal')?.value;
  const [, after = ''] = text.split(String(point));
  return after.replaceAll(/\D/g, '').length;
}

test('trap 37: every currency is shown with the digits that its minor units have, not those of cash', () => {
  const currencies = [...Intl.supportedValuesOf('currency').filter(isCurrency), 'CLF', 'UYW'];
  expect(currencies).toEqual(expect.arrayContaining(['LBP', 'IQD', 'UGX', 'JPY', 'GBP']));
  const wrong = currencies.filter((code) => {
    const text = money(1_234_567, code);
    return text.replaceAll(/\D/g, '') !== '1234567' || decimalsOf(text) !== currencyExponent(code);
  });
  expect(wrong).toEqual([]);
});

test.each([
  ['LBP', 123_456, 1_234.56],
  ['IQD', 123_456, 123.456],
  ['JPY', 123_456, 123_456],
  ['CLF', -5, -0.0005],
  ['GBP', 5, 0.05],
])('a mark on an axis of %s stands at the major units too', (currency, minor, wanted) => {
  expect(major(minor, currency)).toBe(wanted);
});

test('an amount that nobody knows is a dash', () => {
  expect(money(null, 'GBP')).toBe('–');
  expect(money(undefined, 'LBP')).toBe('–');
});
