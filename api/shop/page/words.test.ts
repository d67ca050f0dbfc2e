import { expect, test } from 'vitest';
import { orderStatuses, paymentStatuses } from '../../../schemas/order-view.ts';
import { type AnyOrder, stepOf, steps, tell } from './words.ts';

const order = (status: string, payment: string, safeToRetry = false): AnyOrder =>
  ({ status, payment: { status: payment, safeToRetry } }) as unknown as AnyOrder;

test('every state of every payment has words, and only money that is safe is said not to be taken', () => {
  for (const status of orderStatuses) {
    for (const payment of paymentStatuses) {
      for (const isSafe of [true, false]) {
        const { title, text } = tell(order(status, payment, isSafe));
        expect([status, title.length > 0, text.length > 0]).toEqual([status, true, true]);
        if (!isSafe) expect(text).not.toContain('Nothing was taken from you');
      }
    }
  }
  expect(tell(order('declined', 'declined', true)).text).toContain('Nothing was taken from you');
});

test('unknown money is waited for, wherever the order stands, and never called a failure', () => {
  for (const status of ['authorizing', 'capturing', 'unwinding']) {
    const told = tell(order(status, 'unknown'));
    expect(told).toMatchObject({ title: 'Waiting for the bank’s answer', tone: 'open' });
    expect(told.text).toContain('Do not pay again');
  }
});

test('an order on its way is at one of the steps, in their order; a closed one is at none', () => {
  const way = ['holding', 'authorizing', 'committing', 'capturing'].map((status) =>
    stepOf(order(status, 'none')),
  );
  expect(way).toEqual([0, 1, 2, 3]);
  expect(stepOf(order('confirmed', 'captured'))).toBe(steps.length);
  for (const status of ['unwinding', 'rejected', 'declined', 'expired', 'cancelled', 'parked'])
    expect(stepOf(order(status, 'none'))).toBeNull();
});

test('a parked order is not to be placed again', () => {
  expect(tell(order('parked', 'none')).text).toContain('Do not order again');
});
