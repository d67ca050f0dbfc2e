import { expect, test } from 'vitest';
import type { Command } from '../../../schemas/generated/orders-commands.ts';
import { commandIdOf } from '../../../schemas/ids.ts';
import { partitionOf } from '../../../schemas/murmur2.ts';
import { commandOutcomesMax, type CommandOutcomeView, type OrderView } from '../../../schemas/order-view.ts';
import type { TopicCodec } from '../../../schemas/topic-codec.ts';
import type { Answer } from '../../http/answer.ts';
import { Problem } from '../../http/problem.ts';
import type { Call } from '../../http/route.ts';
import type { Claim, Claims } from '../../idempotency/claims.ts';
import { lineOf, orderDocument, shownOrderId as orderId } from '../../testing/order-document.ts';
import { OrderLook } from '../../views/order-look.ts';
import type { SeenOrder } from '../../views/order-reader.ts';
import { orderActionRoutes } from './action-routes.ts';
import type { OrderActionParts } from './order-action.ts';

const noQuotas = { take: async () => ({ giveBack: async () => undefined }) };

const partition = partitionOf(orderId, 4);
const nowMs = 1_000_000;

interface World {
  /** What the view shows, read by read; the last one stays. Empty: Redis is away. */
  readonly seen: readonly Partial<SeenOrder>[];
  readonly claim?: Claim;
  /** The view comes to the end of the inbox. */
  readonly reaches?: boolean;
  readonly lostAtMs?: number;
  /** What the log says of the append. */
  readonly outcome?: 'appended' | 'unknown' | 'refused' | 'overloaded';
}

/** The routes over a view and a cache of answers; what reaches the log is in `sent`. */
function routesOver({
  seen,
  claim = { is: 'ours', unknownSinceMs: null },
  reaches = true,
  lostAtMs = 0,
  outcome = 'appended',
}: World) {
  const sent: Command[] = [];
  const finished = { count: 0 };
  let reads = 0;
  const parts: OrderActionParts = {
    codec: {
      encode: (command: Command) => (sent.push(command), Buffer.alloc(0)),
    } as unknown as TopicCodec<Command>,
    quotas: noQuotas,
    claims: {
      enter: () => null,
      leave: () => undefined,
      claim: async () => claim,
      hold: () => () => undefined,
      release: async () => undefined,
      leaveUnknown: async () => undefined,
      finish: async () => void (finished.count += 1),
      lostAtMs,
    } as unknown as Claims,
    intake: {
      submit: async () => ({ is: outcome, partition, offset: 50, error: new Error('lost') }),
    } as unknown as OrderActionParts['intake'],
    look: new OrderLook({
      orders: {
        read: async () => {
          const one = seen[Math.min(reads, seen.length - 1)];
          reads += 1;
          if (!one) throw new Problem('view-unavailable');
          return {
            partition,
            order: null,
            placing: null,
            position: { cause: 40, atMs: nowMs - 100 },
            ...one,
          };
        },
      },
      positions: {
        reach: async () => {
          if (!reaches) throw new Problem('view-behind');
        },
      },
      endsOfInbox: async () => new Map([[partition, 41]]),
    }),
    fingerprintSecret: 'a secret of the tests',
    nowMs: () => nowMs,
  };
  return { sent, finished, routes: orderActionRoutes(parts) };
}

async function act(world: World, name = 'cancel', body: unknown = {}, store = 'S1') {
  const { sent, finished, routes } = routesOver(world);
  const route = routes.find(({ path }) => path === `/v1/orders/{id}/${name}`);
  const call = {
    principal: { store, keyId: 'key', scopes: new Set() },
    params: { id: orderId },
    body: route?.body?.parse(body),
    idempotencyKey: 'k',
    requestId: 'r-1',
    traceparent: null,
  } as unknown as Call;
  const answer = await route?.handle(call).catch((error: unknown) => {
    if (error instanceof Problem) return error;
    throw error;
  });
  return {
    sent,
    finished: finished.count,
    told: answer instanceof Problem ? answer.code : ((answer as Answer | null)?.status ?? null),
    answer,
  };
}

const order = orderDocument();
const shipped = orderDocument({ lines: [lineOf(1, 'A', { shipped: 1 }), lineOf(2, 'B')] });

test('an action goes into the log under its id, and its answer says where', async () => {
  const { sent, answer } = await act({ seen: [{ order }] }, 'refunds', { amountMinor: 100, currency: 'GBP' });
  const commandId = commandIdOf('S1', 'POST /v1/orders/{id}/refunds', `/v1/orders/${orderId}/refunds`, 'k');
  expect(sent).toMatchObject([
    {
      store: 'S1',
      commandId,
      body: { type: 'RequestRefund', orderId, refundId: commandId, amountMinor: 100 },
    },
  ]);
  expect(answer).toMatchObject({
    status: 202,
    headers: { Location: `/v1/orders/${orderId}?after=${partition}:50` },
  });
  expect(JSON.parse((answer as Answer).body)).toMatchObject({ id: commandId, orderId, status: 'accepted' });
});

test("another store's order is not there, and nothing of it reaches the log", async () => {
  expect(await act({ seen: [{ order }] }, 'cancel', {}, 'S2')).toMatchObject({ told: 'not-found', sent: [] });
});

test('an absent order is 404 where the view holds all that stood in the inbox, else 503, however fresh it is', async () => {
  expect(await act({ seen: [{}] })).toMatchObject({ told: 'not-found', sent: [] });
  expect(await act({ seen: [{}], reaches: false })).toMatchObject({ told: 'view-behind', sent: [] });
});

test('nobody is refused for what the view had not folded when he asked', async () => {
  const before = orderDocument({ status: 'capturing' });
  const ship = { lines: [{ line: 1, quantity: 1 }] };
  expect(await act({ seen: [{ order: before }, { order }] }, 'shipments', ship)).toMatchObject({ told: 202 });
  expect(await act({ seen: [{ order: before }], reaches: false }, 'shipments', ship)).toMatchObject({
    told: 202,
  });
  expect(await act({ seen: [{ order: before }] }, 'shipments', ship)).toMatchObject({
    told: 'order-state-conflict',
  });
});

test('trap 30, 202 before durable: without the log’s word there is no 202, and no claim is done', async () => {
  for (const outcome of ['unknown', 'refused', 'overloaded'] as const) {
    const told = outcome === 'overloaded' ? 'overloaded' : 'unavailable';
    expect(await act({ seen: [{ order }], outcome })).toMatchObject({ told, finished: 0 });
  }
  expect(await act({ seen: [{ order }] })).toMatchObject({ told: 202, finished: 1 });
});

test('while Redis is away the log decides', async () => {
  expect(await act({ seen: [], claim: { is: 'away' } })).toMatchObject({ told: 202, sent: [{}] });
  const bySku = { lines: [{ sku: 'A', quantity: 1 }] };
  expect(await act({ seen: [], claim: { is: 'away' } }, 'shipments', bySku)).toMatchObject({
    told: 'unavailable',
    sent: [],
  });
});

test('lines may be named by a SKU that one line alone has', async () => {
  const { sent } = await act({ seen: [{ order }] }, 'shipments', { lines: [{ sku: 'b', quantity: 2 }] });
  expect(sent).toMatchObject([{ body: { lines: [{ line: 2, quantity: 2 }] } }]);
  const twice = orderDocument({ lines: [lineOf(1, 'A'), lineOf(2, 'A')] });
  for (const [seen, lines] of [
    [twice, [{ sku: 'A', quantity: 1 }]],
    [order, [{ sku: 'C', quantity: 1 }]],
    [order, [{ line: 3, quantity: 1 }]],
    [
      order,
      [
        { line: 1, quantity: 1 },
        { sku: 'A', quantity: 1 },
      ],
    ],
  ] as const) {
    expect(await act({ seen: [{ order: seen }] }, 'shipments', { lines })).toMatchObject({
      told: 'validation-failed',
    });
  }
});

/** What the document says of an earlier cancel with this key, by the fingerprint of its body. */
async function outcomeOf(is: CommandOutcomeView['is']): Promise<CommandOutcomeView> {
  const { sent } = await act({ seen: [{ order }] });
  const { commandId, fingerprint } = sent[0] ?? { commandId: null, fingerprint: null };
  if (commandId === null) throw new Error('nothing was sent');
  return { commandId, fingerprint, is, event: 'E', reason: null, detail: null, atMs: nowMs, position: '0.9' };
}

test('a retry of what was accepted gets its answer again, whatever the order has become and whoever lost the claim', async () => {
  for (const is of ['done', 'refused', 'noted'] as const) {
    const later: OrderView = { ...shipped, commands: [await outcomeOf(is)] };
    const { answer, sent } = await act({ seen: [{ order: later }] });
    expect(answer).toMatchObject({ status: 202, headers: { 'Idempotent-Replayed': 'true' } });
    expect(sent).toEqual([]);
    expect(await act({ seen: [{ order: later }] }, 'cancel', { reason: 'other' })).toMatchObject({
      told: 'idempotency-key-reused',
    });
  }
});

test('a refusal is told only to a request that is certainly the first with its key', async () => {
  expect(await act({ seen: [{ order: shipped }] })).toMatchObject({ told: 'order-state-conflict', sent: [] });
  for (const world of [
    { claim: { is: 'ours', unknownSinceMs: nowMs - 1_000 } },
    { claim: { is: 'away' } },
    { lostAtMs: nowMs },
  ] as const) {
    expect(await act({ seen: [{ order: shipped }], ...world })).toMatchObject({
      told: 'unavailable',
      sent: [],
    });
  }
});

test('an order that may have forgotten the first request lets the log decide', async () => {
  const commands = Array.from(
    { length: commandOutcomesMax },
    (_, i): CommandOutcomeView => ({
      commandId: `c-${i}`,
      fingerprint: 'k1.bb',
      is: 'done',
      event: 'ShipmentRecorded',
      reason: null,
      detail: null,
      atMs: nowMs - 1_000,
      position: '0.9',
    }),
  );
  expect(await act({ seen: [{ order: { ...shipped, commands } }] })).toMatchObject({ told: 202 });
  const old = commands.map((command) => ({ ...command, atMs: nowMs - 25 * 3_600_000 }));
  expect(await act({ seen: [{ order: { ...shipped, commands: old } }] })).toMatchObject({
    told: 'order-state-conflict',
  });
});
