import { expect, test } from 'vitest';
import type { Command } from '../../schemas/generated/orders-commands.ts';
import { partitionOf } from '../../schemas/murmur2.ts';
import type { OrderView } from '../../schemas/order-view.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import { type Announcement, AuditUnavailable } from '../../infra/clients/audit-log.ts';
import type { Answer } from '../http/answer.ts';
import { Problem } from '../http/problem.ts';
import type { Call } from '../http/route.ts';
import type { Claims } from '../idempotency/claims.ts';
import { orderDocument, shownOrderId as orderId } from '../testing/order-document.ts';
import { OrderLook } from '../views/order-look.ts';
import { announceTo } from './announce.ts';
import { type ResolvePaymentParts, resolvePaymentRoute } from './resolve-payment.ts';

const noQuotas = { take: async () => ({ giveBack: async () => undefined }) };

const partition = partitionOf(orderId, 4);
const opId = `${orderId}:capture:1`;
const stuck = orderDocument({
  status: 'capturing',
  persons: [{ opId, reason: 'undecided', amountMinor: 6_000, sinceMs: 0 }],
});
const word = { opId, as: 'done', reason: 'seen', evidence: 'provider dashboard, pi_1: succeeded' };

async function ask(
  order: OrderView,
  body: object,
  store = 'S1',
  audit: (effect: Announcement) => Promise<void> = async () => undefined,
) {
  const sent: Command[] = [];
  const announced: Announcement[] = [];
  let released = 0;
  let appended = 0;
  const orders = {
    read: async () => ({ partition, order, placing: null, position: { cause: 40, atMs: 900 } }),
  };
  const nowMs = (): number => 1_000;
  const parts = {
    codec: {
      encode: (command: Command) => (sent.push(command), Buffer.alloc(0)),
    } as unknown as TopicCodec<Command>,
    quotas: noQuotas,
    claims: {
      enter: () => null,
      leave: () => undefined,
      claim: async () => ({ is: 'ours', unknownSinceMs: null }),
      hold: () => () => undefined,
      release: async () => void (released += 1),
      finish: async () => undefined,
      lostAtMs: 0,
    } as unknown as Claims,
    announce: announceTo({
      announce: async (effect: Announcement) => {
        announced.push(effect);
        await audit(effect);
      },
    }),
    intake: {
      submit: async () => {
        appended += 1;
        return { is: 'appended', partition, offset: 50 };
      },
    },
    orders,
    positions: { reach: async () => undefined },
    look: new OrderLook({
      orders,
      positions: { reach: async () => undefined },
      endsOfInbox: async () => new Map([[partition, 41]]),
    }),
    partitions: 4,
    nowMs,
    fingerprintSecret: 'a secret of the tests',
    cursorSecret: 'a secret of the tests',
  } as unknown as ResolvePaymentParts;
  const route = resolvePaymentRoute(parts);
  const call = {
    principal: { store, keyId: 'key-1', scopes: new Set() },
    params: { id: orderId },
    query: {},
    body: route.body?.parse(body),
    idempotencyKey: 'k',
    requestId: 'r-1',
    traceparent: null,
    request: { headers: {} },
  } as unknown as Call;
  const answer = await route.handle(call).catch((error: unknown) => error);
  if (answer instanceof Problem) {
    return { sent, announced, released, appended, told: answer.code, json: {} as Record<string, unknown> };
  }
  return {
    sent,
    announced,
    released,
    appended,
    told: (answer as Answer).status,
    json: JSON.parse((answer as Answer).body) as Record<string, unknown>,
  };
}

test('without dryRun: false nothing is changed; the token lets the very same word through', async () => {
  const dry = await ask(stuck, word);
  expect(dry).toMatchObject({
    told: 200,
    sent: [],
    json: { dryRun: true, operation: { opId, amountMinor: 6_000 } },
  });
  const real = await ask(stuck, { ...word, dryRun: false, token: dry.json['token'] });
  expect(real).toMatchObject({
    told: 202,
    sent: [{ store: 'S1', body: { type: 'ResolvePayment', opId, as: 'done', by: 'key-1', reason: 'seen' } }],
  });
});

test('the audit log has the word first: who, what, why, under the id of its command', async () => {
  const { json } = await ask(stuck, word);
  const { announced, sent } = await ask(stuck, { ...word, dryRun: false, token: json['token'] });
  expect(announced).toEqual([
    {
      what: 'payment.resolve',
      actor: 'key-1',
      effectId: sent[0]?.commandId,
      requestId: 'r-1',
      target: opId,
      reason: 'seen',
    },
  ]);
  expect((await ask(stuck, word)).announced).toEqual([]);
});

test('an audit log that does not acknowledge is 503: nothing is sent, and the key is free again', async () => {
  const { json } = await ask(stuck, word);
  const real = { ...word, dryRun: false, token: json['token'] };
  const away = async (): Promise<void> => {
    throw new AuditUnavailable('no broker');
  };
  expect(await ask(stuck, real, 'S1', away)).toMatchObject({ told: 'unavailable', appended: 0, released: 1 });
});

test('a token is good for one word on the order as it stood, and for nothing else', async () => {
  const { json } = await ask(stuck, word);
  const real = { ...word, dryRun: false, token: json['token'] };
  const moved = { ...stuck, position: '0.10' };
  expect(await ask(moved, real)).toMatchObject({ told: 'version-mismatch', sent: [] });
  expect(await ask(stuck, { ...real, as: 'not-done' })).toMatchObject({ told: 'version-mismatch', sent: [] });
  expect(await ask(stuck, { ...word, dryRun: false })).toMatchObject({ told: 'version-mismatch', sent: [] });
});

test("nothing is decided that nobody is asked about, nor in another store's order", async () => {
  expect(await ask(orderDocument(), word)).toMatchObject({ told: 'order-state-conflict', sent: [] });
  expect(await ask(stuck, word, 'S2')).toMatchObject({ told: 'not-found', sent: [] });
});
