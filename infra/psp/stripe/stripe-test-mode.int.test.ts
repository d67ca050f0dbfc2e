import { afterAll, expect, test } from 'vitest';
import { anOp, captureOf, laterOf } from '../testing/psp.contract.ts';
import { createStripeAdapter } from './stripe-adapter.ts';

/** Stripe's own test mode, with a key of whoever runs this. Its faults cannot be planted: what it can show is asked for. */
const secretKey = process.env['STRIPE_TEST_KEY'] ?? '';
const testMode = test.skipIf(secretKey === '');
const why = secretKey === '' ? ' (not run: STRIPE_TEST_KEY is not set)' : '';

if (secretKey !== '' && !/^(sk|rk)_test_/.test(secretKey))
  throw new Error('STRIPE_TEST_KEY is no test key: this suite moves money');

const psp = createStripeAdapter({
  url: 'https://api.stripe.com',
  secretKey: secretKey || 'sk_test_none',
  webhookSecrets: [],
  timeoutMs: 20_000,
});
afterAll(() => psp.close());

const never = new AbortController().signal;

testMode(`Stripe's test mode: authorize, capture, refund in parts, look-up${why}`, async () => {
  const op = anOp({ methodRef: 'pm_card_visa' });
  const authorized = await psp.run(op, never);
  expect(authorized).toMatchObject({ is: 'ok', amount: op.amount, captureBeforeMs: expect.any(Number) });
  const pspRef = 'pspRef' in authorized ? (authorized.pspRef ?? '') : '';
  expect(await psp.run(op, never)).toMatchObject({ is: 'ok', pspRef, replayed: true });
  expect(await psp.run(captureOf(op, pspRef), never)).toMatchObject({ is: 'ok', pspRef });
  for (const [n, minor] of [
    ['r1', 500],
    ['r2', 750],
  ] as const) {
    const refund = laterOf(op, 'refund', pspRef, { amount: { minor, currency: 'GBP' } }, n);
    expect(await psp.run(refund, never)).toMatchObject({ is: 'ok', amount: { minor } });
  }
  expect(await psp.lookUp({ opId: op.opId, pspRef })).toMatchObject({
    captured: op.amount,
    refunds: [{ status: 'done' }, { status: 'done' }],
  });
});

testMode(`Stripe's test mode: void${why}`, async () => {
  const op = anOp({ methodRef: 'pm_card_visa' });
  const authorized = await psp.run(op, never);
  const pspRef = 'pspRef' in authorized ? (authorized.pspRef ?? '') : '';
  expect(await psp.run(laterOf(op, 'void', pspRef), never)).toMatchObject({ is: 'ok', pspRef });
  expect(await psp.run(captureOf(op, pspRef), never)).toMatchObject({ is: 'unknown', cause: 'conflict' });
});

testMode.each([
  ['pm_card_visa_chargeDeclined', 'other-method'],
  ['pm_card_visa_chargeDeclinedInsufficientFunds', 'later'],
  ['pm_card_visa_chargeDeclinedStolenCard', 'never'],
  ['pm_nobody_issued', 'other-method'],
])(`Stripe's test mode: %s is judged, next %s${why}`, async (methodRef, next) => {
  expect(await psp.run(anOp({ methodRef }), never)).toMatchObject({ is: 'no', next });
});

testMode(`Stripe's test mode: a wrong key is refused before anything happens${why}`, async () => {
  const stranger = createStripeAdapter({
    url: 'https://api.stripe.com',
    secretKey: 'sk_test_of_nobody',
    webhookSecrets: [],
    timeoutMs: 20_000,
  });
  expect(await stranger.run(anOp({ methodRef: 'pm_card_visa' }), never)).toMatchObject({
    is: 'not-executed',
    alarm: 'credentials',
  });
  await stranger.close();
});
