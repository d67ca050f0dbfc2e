import { expect, test } from 'vitest';
import { anOp, captureOf, laterOf, pspContract } from '../testing/psp.contract.ts';
import { serveStripeLike } from '../testing/stripe-server.ts';
import { createStripeAdapter } from './stripe-adapter.ts';

const never = new AbortController().signal;

async function all<T>(lines: AsyncIterable<T>): Promise<readonly T[]> {
  const read: T[] = [];
  for await (const line of lines) read.push(line);
  return read;
}

const open = async () => {
  const server = await serveStripeLike();
  const psp = createStripeAdapter({
    url: server.url,
    secretKey: server.secretKey,
    webhookSecrets: ['whsec_of_this_test'],
    timeoutMs: 1_000,
  });
  return { server, psp };
};

pspContract('Stripe, against our own Stripe-shaped server,', async () => {
  const { server, psp } = await open();
  return {
    psp,
    operations: async () => server.operations(),
    control: async (control) => server.control(control),
    away: () => server.close(),
    async close() {
      await psp.close();
      await server.close();
    },
  };
});

test('creates, then confirms, in one run; an unknown has the reference already; nothing is ever sent twice', async () => {
  const { server, psp } = await open();
  const op = anOp({ methodRef: 'tok_lost_reply' });
  const outcome = await psp.run(op, never);
  expect(outcome).toEqual({ is: 'unknown', cause: 'reset', pspRef: expect.stringMatching(/^pi_/) });
  const { pspRef = '' } = outcome as { pspRef?: string };
  expect(server.seen).toEqual(['POST /v1/payment_intents', `POST /v1/payment_intents/${pspRef}/confirm`]);
  expect(await psp.lookUp({ opId: op.opId, pspRef })).toMatchObject({ authorized: op.amount });
  await psp.close();
  await server.close();
});

test('keys and bytes are a function of the op alone: each try sends the same, from whatever process', async () => {
  const { server, psp } = await open();
  const another = createStripeAdapter({
    url: server.url,
    secretKey: server.secretKey,
    webhookSecrets: [],
    timeoutMs: 1_000,
  });
  const op = anOp();
  const authorized = await psp.run(op, never);
  const pspRef = 'pspRef' in authorized ? (authorized.pspRef ?? '') : '';
  const ops = [
    op,
    captureOf(op, pspRef),
    laterOf(op, 'refund', pspRef, {}, 'r1'),
    laterOf(op, 'void', pspRef),
  ];
  const sentBy = async (by: typeof psp) => {
    server.sent.length = 0;
    for (const one of ops) await by.run(one, never);
    return [...server.sent];
  };
  const first = await sentBy(psp);
  expect(await sentBy(psp)).toEqual(first);
  expect(await sentBy(another)).toEqual(first);
  expect(first.map(({ key }) => key)).toEqual([`${op.key}-create`, ...ops.map(({ key }) => key)]);
  await another.close();
  await psp.close();
  await server.close();
});

test('a payment that was created and never confirmed is not found: nothing happened', async () => {
  const { server, psp } = await open();
  const op = anOp({ methodRef: 'tok_reset_before' });
  const outcome = await psp.run(op, never);
  const pspRef = 'pspRef' in outcome ? (outcome.pspRef ?? '') : '';
  expect(await psp.lookUp({ opId: op.opId, pspRef })).toBe('not-found');
  expect(await psp.run(op, never)).toMatchObject({ is: 'ok', pspRef });
  await psp.close();
  await server.close();
});

test('where the object cannot be made, this try has moved nothing', async () => {
  const { server, psp } = await open();
  server.control({ do: 'outage', ms: 1_000 });
  expect(await psp.run(anOp(), never)).toEqual({ is: 'not-executed', code: 'create_server', again: true });
  await psp.close();
  await server.close();
});

test('amounts go out in Stripe’s own exponents and come back in ours', async () => {
  const { server, psp } = await open();
  const op = anOp({ amount: { minor: 1_500, currency: 'ISK' } });
  expect(await psp.run(op, never)).toMatchObject({ is: 'ok', amount: op.amount });
  expect(server.operations()).toMatchObject([{ amount: 150_000, currency: 'ISK' }]);
  expect(await psp.lookUp({ opId: op.opId })).toMatchObject({ authorized: op.amount });
  const odd = anOp({ amount: { minor: 1_001, currency: 'KWD' } });
  expect(await psp.run(odd, never)).toMatchObject({
    is: 'not-executed',
    again: false,
    code: 'amount_not_taken',
  });
  await psp.close();
  await server.close();
});

test('gives the settlement lines of a store and a day, with fees, and the payout they are in', async () => {
  const { server, psp } = await open();
  const op = anOp({ amount: { minor: 10_000, currency: 'GBP' } });
  const authorized = await psp.run(op, never);
  const pspRef = 'pspRef' in authorized ? (authorized.pspRef ?? '') : '';
  await psp.run(captureOf(op, pspRef), never);
  await psp.run(laterOf(op, 'refund', pspRef, { amount: { minor: 4_000, currency: 'GBP' } }), never);
  const day = new Date().toISOString().slice(0, 10);
  const lines = await all(psp.settlements('S1', day));
  expect(lines).toMatchObject([
    { kind: 'charge', pspRef, orderId: op.orderId, gross: op.amount, feeMinor: 160, netMinor: 9_840 },
    { kind: 'refund', pspRef, gross: { minor: -4_000 }, feeMinor: 0, netMinor: -4_000 },
  ]);
  expect(await all(psp.settlements('another', day))).toEqual([]);
  expect(await all(psp.payouts('S1', day))).toEqual([]);
  server.control({ do: 'advance-clock', ms: 86_400_000 });
  expect(await all(psp.payouts('S1', day))).toEqual([
    {
      payoutId: expect.any(String),
      day,
      amount: { minor: 5_840, currency: 'GBP' },
      lines: lines.map(({ lineId, netMinor }) => ({ lineId, netMinor })),
    },
  ]);
  await psp.close();
  await server.close();
});
