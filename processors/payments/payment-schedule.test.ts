import { expect, test } from 'vitest';
import { decidePayment } from './decide-payment.ts';
import { decidePaymentTime, paymentDueAtMs } from './decide-payment-time.ts';
import { createPayment, evolvePayment } from './payment.ts';
import { paymentDefaults } from './payment-schedule.ts';
import {
  day,
  hour,
  minute,
  outcomeOf,
  paidOrder,
  paymentIn,
  refundIn,
  second,
  startMs,
} from './testing/payment-bench.ts';

const decidingWithin = (authorizeDecideMs: number) => ({ ...paymentDefaults, authorizeDecideMs });
const deadlineOf = (events: readonly { readonly type: string }[]): unknown =>
  events.findLast(({ type }) => type === 'PaymentUnknown');

test.each([90 * second, 2 * hour, 3 * day])(
  'an authorization is given up %d ms after it became unknown, as the rules say',
  (withinMs) => {
    const bench = paymentIn('AuthorizeUnknown', undefined, decidingWithin(withinMs));
    expect(deadlineOf(bench.events)).toMatchObject({ decideByMs: startMs + withinMs });
    bench.until(startMs + withinMs - 1);
    expect(bench.payment.state).toBe('AuthorizeUnknown');
    expect(bench.until(startMs + withinMs).at(-1)?.result).toBe('GiveUp');
    expect(bench.payment.state).toBe('Voiding');
  },
);

test('the deadlines of money that may have moved are not of these rules', () => {
  const rules = decidingWithin(90 * second);
  const { events: capture } = paymentIn('CaptureUnknown', undefined, rules);
  expect(deadlineOf(capture)).toMatchObject({ decideByMs: startMs + 7 * day - 6 * hour });
  expect(deadlineOf(paymentIn('VoidUnknown', undefined, rules).events)).toMatchObject({
    decideByMs: startMs + day,
  });
  expect(deadlineOf(refundIn('RefundUnknown', rules).events)).toMatchObject({ decideByMs: startMs + day });
});

test('a deadline stays as its event has it when the rules change, and a replay finds the same one', () => {
  const { events, payment } = paymentIn('AuthorizeUnknown', undefined, decidingWithin(2 * hour));
  const replayed = createPayment();
  for (const event of events) evolvePayment(replayed, event, startMs);
  expect(replayed).toEqual(payment);

  const shorter = decidingWithin(minute);
  const repeated = decidePayment(
    paidOrder,
    replayed,
    outcomeOf('authorize', 'unknown', { try: 2, cause: 'reset' }),
    startMs + second,
    shorter,
  );
  expect(repeated.events.at(-1)).toMatchObject({ type: 'PaymentUnknown', decideByMs: startMs + 2 * hour });
  for (const event of repeated.events) evolvePayment(replayed, event, startMs + second);

  for (let dueAtMs = 0; dueAtMs < startMs + 2 * hour; ) {
    dueAtMs = paymentDueAtMs(paidOrder, replayed);
    const step = decidePaymentTime(paidOrder, replayed, dueAtMs, shorter);
    expect(step.result).toBe(dueAtMs === startMs + 2 * hour ? 'GiveUp' : null);
    for (const event of step.events) {
      expect(event).toMatchObject({ type: 'LookUpRequested', decideByMs: startMs + 2 * hour });
      evolvePayment(replayed, event, dueAtMs);
    }
  }
});
