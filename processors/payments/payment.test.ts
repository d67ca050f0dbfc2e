import { describe, expect, test } from 'vitest';
import type { ReportOutcome } from '../../schemas/generated/orders-commands.ts';
import {
  earlierReplies,
  neverAskedReplies,
  type OutcomeIs,
  outcomes,
  type PaymentCell,
  type PaymentState,
  paymentStates,
  paymentTransitions,
} from '../../schemas/payment-transitions.ts';
import {
  createPayment,
  decidePayment,
  evolvePayment,
  type Payment,
  requestAuthorize,
  requestCapture,
} from './payment.ts';

const order = { store: 's-1', orderId: 'o-1', customerId: 'c-1', currency: 'GBP', totalMinor: 500 };
const pspRef = 'psp-1';

const outcomeOf = (
  kind: 'authorize' | 'capture',
  is: OutcomeIs,
  of: Partial<ReportOutcome> = {},
): ReportOutcome => ({
  type: 'ReportOutcome',
  orderId: order.orderId,
  opId: `o-1:${kind}:1`,
  attempt: 1,
  try: 1,
  kind,
  is,
  amountMinor: is === 'ok' ? 500 : null,
  currency: is === 'ok' ? 'GBP' : null,
  pspRef: is === 'ok' ? pspRef : null,
  captureBeforeMs: is === 'ok' ? 9_000 : null,
  code: null,
  next: null,
  cause: null,
  ...of,
});

/** Lets the machine decide, folds what it decides. */
function answer(payment: Payment, outcome: ReportOutcome) {
  const decision = decidePayment(order, payment, outcome);
  if (decision.is === 'event') evolvePayment(payment, decision.event, 1_000);
  return decision;
}

/** The money in `state`, brought there by intents and outcomes alone. */
function paymentIn(state: PaymentState): Payment {
  const payment = createPayment();
  const authorize = () => evolvePayment(payment, requestAuthorize(order, 'sealed'), 0);
  const capture = () => {
    authorize();
    answer(payment, outcomeOf('authorize', 'ok'));
    evolvePayment(payment, requestCapture(order, payment), 0);
  };
  const paths: Readonly<Record<PaymentState, () => void>> = {
    None: () => {},
    Authorizing: authorize,
    AuthorizeUnknown: () => {
      authorize();
      answer(payment, outcomeOf('authorize', 'unknown'));
    },
    Authorized: () => {
      authorize();
      answer(payment, outcomeOf('authorize', 'ok'));
    },
    Capturing: capture,
    CaptureUnknown: () => {
      capture();
      answer(payment, outcomeOf('capture', 'unknown'));
    },
    Captured: () => {
      capture();
      answer(payment, outcomeOf('capture', 'ok'));
    },
    Declined: () => {
      authorize();
      answer(payment, outcomeOf('authorize', 'no'));
    },
  };
  paths[state]();
  return payment;
}

const latestKind = (state: PaymentState): 'authorize' | 'capture' =>
  state.startsWith('Captur') ? 'capture' : 'authorize';

const cells = paymentStates.flatMap((state) => outcomes.map((is) => ({ state, is })));

function expectCell(cell: PaymentCell, state: PaymentState, tries: readonly ReportOutcome[]): void {
  const reached = new Set<PaymentState>();
  for (const outcome of tries) {
    const payment = paymentIn(state);
    expect(payment.state).toBe(state);
    const decision = answer(payment, outcome);
    if (cell.is !== 'rule') expect(decision).toEqual(cell);
    reached.add(payment.state);
  }
  const named = cell.is === 'rule' && cell.to.length > 0 ? cell.to : [state];
  expect([...reached].sort()).toEqual([...named].sort());
}

describe.each(cells)('$state × $is', ({ state, is }) => {
  const kind = latestKind(state);

  test('does what its cell says to a reply for the latest operation', () => {
    const mismatch = is === 'ok' ? [outcomeOf(kind, is, { amountMinor: 1 })] : [];
    expectCell(paymentTransitions[state][is], state, [outcomeOf(kind, is), ...mismatch]);
  });

  test('refuses a reply for an operation, an attempt or a kind that was never asked', () => {
    expectCell(neverAskedReplies[is], state, [
      outcomeOf(kind, is, { opId: 'o-1:void:1' }),
      outcomeOf(kind, is, { attempt: 2 }),
      outcomeOf(kind, is, { kind: 'refund' }),
    ]);
  });
});

test.each(cells.filter(({ state }) => latestKind(state) === 'capture'))(
  'in $state the first answer of the authorization stands against $is',
  ({ state, is }) => {
    expectCell(earlierReplies[is], state, [outcomeOf('authorize', is)]);
  },
);

test('the same determinate answer is a repeat, another one a discrepancy', () => {
  const captured = paymentIn('Captured');
  expect(answer(captured, outcomeOf('capture', 'ok', { try: 2 }))).toEqual({ is: 'repeat' });
  expect(answer(captured, outcomeOf('authorize', 'ok'))).toEqual({ is: 'repeat' });
  expect(answer(paymentIn('Declined'), outcomeOf('authorize', 'no', { code: 'other' }))).toEqual({
    is: 'repeat',
  });
  for (const other of [
    outcomeOf('capture', 'no'),
    outcomeOf('capture', 'ok', { amountMinor: 499 }),
    outcomeOf('capture', 'ok', { currency: 'EUR' }),
    outcomeOf('capture', 'ok', { pspRef: 'psp-2' }),
    outcomeOf('authorize', 'no'),
  ]) {
    expect(answer(captured, other)).toMatchObject({ is: 'anomaly', reason: 'discrepancy' });
  }
});

test('only a determinate answer closes an operation: unknown, then ok, is captured', () => {
  const payment = paymentIn('CaptureUnknown');
  expect(payment).toMatchObject({ unknownSinceMs: 1_000, capturedMinor: 0 });
  expect(answer(payment, outcomeOf('capture', 'unknown', { try: 2 }))).toMatchObject({ is: 'ignore' });
  answer(payment, outcomeOf('capture', 'ok', { try: 3 }));
  expect(payment).toMatchObject({ state: 'Captured', unknownSinceMs: null, capturedMinor: 500 });
});

test('an ok that does not fit, of money already unknown, stays unknown with an alarm', () => {
  const payment = paymentIn('AuthorizeUnknown');
  const odd = outcomeOf('authorize', 'ok', { amountMinor: 5_000 });
  expect(answer(payment, odd)).toMatchObject({ is: 'anomaly', reason: 'mismatch' });
  expect(payment).toMatchObject({ state: 'AuthorizeUnknown', authorizedMinor: 0 });
});

test('the capture names the reference of the authorization and takes no more than was authorized', () => {
  const payment = paymentIn('Capturing');
  expect(payment.ops.at(-1)).toMatchObject({ kind: 'capture', pspRef, amountMinor: payment.authorizedMinor });
});

test('the fold stops at an event that cannot stand in its state', () => {
  expect(() => evolvePayment(paymentIn('None'), requestCapture(order, createPayment()), 0)).toThrow(
    /capture of o-1 cannot stand in payment state None/,
  );
});
