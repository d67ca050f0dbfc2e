import { Stripe } from 'stripe';
import { expect, test } from 'vitest';
import { createStripeHints } from './stripe-hints.ts';

const nowMs = Date.UTC(2026, 0, 1);
const reader = createStripeHints({ secrets: ['whsec_older', 'whsec_newer'], nowMs: () => nowMs });
const payload = JSON.stringify({
  id: 'evt_1',
  object: 'event',
  type: 'charge.dispute.created',
  livemode: true,
  data: { object: { id: 'dp_1', object: 'dispute', payment_intent: 'pi_1' } },
});
const read = (secret: string, seconds = 0, raw = payload) =>
  reader.readHint(Buffer.from(raw), {
    'stripe-signature': Stripe.webhooks.generateTestHeaderString({
      payload,
      secret,
      timestamp: nowMs / 1_000 + seconds,
    }),
  });

test('reads what the SDK signed with either live secret', () => {
  const hint = {
    eventId: 'evt_1',
    kind: 'charge.dispute.created',
    isKnown: true,
    pspRef: 'pi_1',
    livemode: true,
  };
  expect(read('whsec_newer')).toEqual(hint);
  expect(read('whsec_older')).toEqual(hint);
});

test.each([
  ['another secret', () => read('whsec_other')],
  ['other bytes', () => read('whsec_newer', 0, `${payload} `)],
  ['a signature older than 300 s', () => read('whsec_newer', -301)],
  ['a signature from more than 300 s ahead', () => read('whsec_newer', 301)],
  ['no header', () => reader.readHint(Buffer.from(payload), {})],
])('%s is not authentic', (_, result) => {
  expect(result()).toBe('not-authentic');
});

test('300 s either way is taken', () => {
  expect(read('whsec_newer', -300)).not.toBe('not-authentic');
  expect(read('whsec_newer', 300)).not.toBe('not-authentic');
});
