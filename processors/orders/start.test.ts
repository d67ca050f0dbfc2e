import { expect, test } from 'vitest';
import { createOrdersDomain } from './orders-domain.ts';
import { paymentRulesOf } from './start.ts';
import { commandOf, given, outcomeOf, placeOrderOf, replyOf, run } from './testing/orders-fixture.ts';

const unknown = commandOf(outcomeOf('authorize', { is: 'unknown', cause: 'timeout' }));

test.each(['simulator', 'stripe'] as const)(
  'MILLRACE_DECIDE_BY_MS is how long an order waits for an unknown authorization (%s)',
  (psp) => {
    const order = given(run([commandOf(placeOrderOf([{}])), commandOf(replyOf('HoldPlaced', 'A'))]));
    const decideByMs = 45 * 60_000;
    const payments = paymentRulesOf({ psp, decideByMs });
    const orders = createOrdersDomain({ holdTtlMs: 900_000, payments });
    const atMs = 1_700_000_100_000;
    expect(orders.decide(order, unknown, atMs)).toMatchObject([
      { type: 'PaymentUnknown', decideByMs: atMs + decideByMs },
    ]);
  },
);
