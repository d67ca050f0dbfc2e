import { expect, test } from 'vitest';
import { takesAmount } from '../takes-amount.ts';
import { stripeScale } from './stripe-scale.ts';

test.each([
  ['GBP', 1_250, 1_250],
  ['JPY', 500, 500],
  ['KRW', 500, 500],
  ['ISK', 5, 500],
  ['UGX', 5, 500],
  ['KWD', 5_120, 5_120],
  ['MGA', 500, 5],
])('%s: %i of ours are %i of Stripe’s, and back', (currency, minor, amount) => {
  expect(stripeScale.toProvider({ minor, currency })).toBe(amount);
  expect(stripeScale.fromProvider(amount, currency)).toBe(minor);
});

test.each([
  ['KWD', 5_124, 'its last digit is not 0'],
  ['MGA', 501, 'it is no whole unit'],
  ['GBP', 100_000_000, 'it has more than eight digits'],
  ['ISK', 1_000_000, 'in hundredths it has more than eight digits'],
  ['GBP', 1.5, 'it is a fraction'],
  ['GBP', -1, 'it is negative'],
  ['IQD', 1_000, 'Stripe does not know it'],
  ['XXX', 1_000, 'nobody knows it'],
])('a total of %s %d is not taken: %s', (currency, minor) => {
  expect(takesAmount('stripe', { minor, currency })).toBe(false);
});

test('what Stripe shows in ISK must be whole', () => {
  expect(stripeScale.fromProvider(550, 'ISK')).toBeNull();
});

test('the simulator takes all, and a total of nothing needs no provider', () => {
  expect(takesAmount('simulator', { minor: 5_124, currency: 'KWD' })).toBe(true);
  expect(takesAmount('stripe', { minor: 0, currency: 'IQD' })).toBe(true);
});
