import { Registry } from '@prometheus-io/client';
import { expect, test } from 'vitest';
import type { HintReader } from '../../infra/psp/psp.ts';
import type { Submission, Submitted } from '../../producers/intake/intake.ts';
import type { Command } from '../../schemas/generated/orders-commands.ts';
import { orderIdOf } from '../../schemas/ids.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import { Problem } from '../http/problem.ts';
import type { Call } from '../http/route.ts';
import { takeWebhookRoute, type WebhookParts } from './take-webhook.ts';
import { createWebhookMetrics } from './webhook-metrics.ts';

const orderId = orderIdOf('S1', 'k');
const news = {
  eventId: 'evt_1',
  kind: 'payment_intent.succeeded',
  isKnown: true,
  pspRef: 'pi_1',
  livemode: false,
};

async function deliver(
  hint: ReturnType<HintReader['readHint']>,
  {
    psp = 'fake',
    store = 'S1',
    outcome = { is: 'appended', partition: 0, offset: 1 },
  }: { readonly psp?: string; readonly store?: string; readonly outcome?: Submitted } = {},
) {
  const sent: { readonly key: string; readonly command: Command }[] = [];
  let encoded: Command | undefined;
  const registry = new Registry();
  const parts = {
    hintReaders: new Map(['fake', 'stripe'].map((name) => [name, { readHint: () => hint }])),
    directory: { storeOf: (id: string) => (id === 'S9' ? undefined : { live: id === 'S2' }) },
    codec: {
      encode: (command: Command) => ((encoded = command), Buffer.alloc(0)),
    } as unknown as TopicCodec<Command>,
    intake: {
      submit: async ({ key }: Submission) => {
        if (encoded) sent.push({ key, command: encoded });
        return outcome;
      },
    },
    webhooks: createWebhookMetrics(registry),
  } as unknown as WebhookParts;
  const call = {
    params: { psp, store },
    body: Buffer.from('{}'),
    request: { headers: {} },
    requestId: 'r-1',
    traceparent: null,
  };
  const told = await takeWebhookRoute(parts)
    .handle(call as unknown as Call)
    .then(
      (answer) => answer?.status,
      (error: unknown) => (error instanceof Problem ? error.code : error),
    );
  const counted = (await registry.metrics()).match(/result="([a-z-]+)"\} 1/)?.[1] ?? null;
  return { told, sent, counted };
}

test('a signed hint is in the log under its order before 200', async () => {
  expect(await deliver({ ...news, orderId, opId: `${orderId}:capture:1` })).toMatchObject({
    told: 200,
    counted: 'hint',
    sent: [
      {
        key: orderId,
        command: {
          store: 'S1',
          commandId: null,
          body: { type: 'ProviderHint', psp: 'fake', orderId, eventId: 'evt_1' },
        },
      },
    ],
  });
});

test('where the provider names no order it goes under the order of its operation, else under its reference', async () => {
  expect((await deliver({ ...news, opId: `${orderId}:refund:r` })).sent[0]?.key).toBe(orderId);
  expect((await deliver(news)).sent).toMatchObject([
    { key: 'psp:pi_1', command: { body: { orderId: 'psp:pi_1' } } },
  ]);
  expect((await deliver({ ...news, orderId: 'cart-42' })).sent[0]?.key).toBe('psp:pi_1');
});

test.each([
  ['the other mode', { ...news, livemode: true }, 'wrong-mode'],
  [
    'a kind without meaning here',
    { ...news, isKnown: false, kind: 'payment_intent.exploded' },
    'unknown-kind',
  ],
] as const)('%s is taken and counted, and does nothing', async (_, hint, counted) => {
  expect(await deliver(hint)).toEqual({ told: 200, counted, sent: [] });
});

test('a live store hears the live mode of a provider, and the simulator in its only mode', async () => {
  const live = { ...news, livemode: true };
  expect(await deliver(live, { psp: 'stripe', store: 'S2' })).toMatchObject({ counted: 'hint' });
  expect(await deliver(news, { psp: 'stripe', store: 'S2' })).toMatchObject({ counted: 'wrong-mode' });
  expect(await deliver(news, { store: 'S2' })).toMatchObject({ counted: 'hint' });
});

test.each([
  ['a bad signature', 'not-authentic', {}, 'unauthenticated'],
  ['signed nonsense', 'malformed', {}, 'malformed-json'],
  ['a provider nobody knows', news, { psp: 'nobody' }, 'not-found'],
  ['a store nobody knows', news, { store: 'S9' }, 'not-found'],
] as const)('%s is refused, and nothing reaches the log', async (_, hint, where, told) => {
  expect(await deliver(hint, where)).toMatchObject({ told, sent: [] });
});

test('a hint of which the log has not said that it has it is 503: the provider sends it again', async () => {
  for (const outcome of [
    { is: 'unknown', error: new Error('lost') },
    { is: 'refused', error: new Error('no') },
  ] as const) {
    expect(await deliver(news, { outcome })).toMatchObject({ told: 'unavailable', counted: 'unavailable' });
  }
  expect(await deliver(news, { outcome: { is: 'overloaded' } })).toMatchObject({ told: 'overloaded' });
});
