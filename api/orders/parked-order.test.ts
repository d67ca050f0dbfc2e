import { OpenStreams } from '../http/open-streams.ts';
import { expect, test } from 'vitest';
import type { ClickHouseClient } from '../../infra/clients/clickhouse.ts';
import { LiveViews } from '../../infra/clients/live-views.ts';
import type { Redis } from '../../infra/clients/redis.ts';
import { fingerprintOf } from '../../producers/intake/fingerprint.ts';
import type { Command } from '../../schemas/generated/orders-commands.ts';
import { orderIdOf } from '../../schemas/ids.ts';
import { partitionOf } from '../../schemas/murmur2.ts';
import type { ParkedOrderView } from '../../schemas/parked-order.ts';
import { orderKeys } from '../../schemas/redis-keys.ts';
import { createTopicCodec, type TopicCodec } from '../../schemas/topic-codec.ts';
import { schemaOfTopic } from '../../schemas/topic-catalogue.ts';
import type { Claims } from '../idempotency/claims.ts';
import type { Answer } from '../http/answer.ts';
import { type Call, jsonType } from '../http/route.ts';
import { fakePipeline } from '../testing/fake-pipeline.ts';
import { OrderEventStream } from '../views/order-event-stream.ts';
import { OrderEventTail } from '../views/order-event-tail.ts';
import { Erasures } from './erasures.ts';
import { OrderReader } from '../views/order-reader.ts';
import { ViewPositions } from '../views/view-positions.ts';
import { type PlaceOrderParts, placeOrderRoute } from './place-order.ts';
import { getOrderRoute } from './get-order.ts';
import { parkedOrderAnswer } from './order-answer.ts';
import { orderEventsRoute } from './order-events.ts';

const secret = 'a secret of the tests, long enough';
const partitions = 4;
const orderId = orderIdOf('S1', 'k');
const partition = partitionOf(orderId, partitions);
const topic = 'orders.commands.v1';
const writer = createTopicCodec<Command>(topic, 7);

const command: Command = {
  store: 'S1',
  commandId: 'c-1',
  fingerprint: 'f-1',
  requestId: null,
  body: {
    type: 'PlaceOrder',
    orderId,
    customerId: 'c-1',
    currency: 'GBP',
    lines: [],
    discountMinor: 0,
    shippingMinor: 0,
    shippingTaxMinor: 0,
    totalMinor: 0,
    taxRule: 'inclusive',
    paymentToken: 'sealed',
    shipTo: null,
    orderedAtMs: null,
    pricedBy: 'catalogue',
  },
};

const parkedAs = (name: string, value: Buffer | null): ParkedOrderView => ({
  orderId,
  parked: [
    {
      offset: 1042,
      command: name,
      sinceMs: Date.UTC(2026, 0, 2),
      reason: 'RangeError: …',
      value: value && value.toString('base64'),
    },
  ],
  position: `${partition}.9`,
});
const parked = parkedAs('PlaceOrder', writer.encode(command));

interface Shop {
  readonly view?: ParkedOrderView;
  readonly store?: string;
  readonly codec?: TopicCodec<Command>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The routes over a view of one partition that has come to offset 1042 and holds what is parked, and no order. */
function routesOver({ view = parked, codec = writer }: Pick<Shop, 'view' | 'codec'>) {
  const position = ['1042', '1000'];
  const commands = {
    hget: () => null,
    hmget: () => position,
    mget: (keys: readonly string[]) =>
      keys.map((key) => (key === orderKeys.parked(partition, orderId) ? JSON.stringify(view) : null)),
  };
  const redis = { pipeline: () => fakePipeline(commands) } as unknown as Redis;
  const views = new LiveViews(redis);
  const learnWriter = async (taught: Pick<TopicCodec<never>, 'addWriter'>, id: number) => {
    if (id !== 7) return 'unknown-schema' as const;
    taught.addWriter(id, schemaOfTopic(topic));
    return 'learned' as const;
  };
  const reads = {
    orders: new OrderReader(views, partitions, { codec, learnWriter }),
    positions: new ViewPositions(async () => position),
    partitions,
    nowMs: () => 1_001,
  };
  const stream = new OrderEventStream(views);
  const events = {
    ...reads,
    stream,
    tail: new OrderEventTail(stream),
    open: new OpenStreams(),
  };
  const claims = {
    enter: () => null,
    leave: () => undefined,
    claim: async () => ({ is: 'ours', unknownSinceMs: null }),
    hold: () => () => undefined,
    release: async () => undefined,
    lostAtMs: 0,
  } as unknown as Claims;
  const place = {
    orders: reads.orders,
    claims,
    codec,
    nowMs: reads.nowMs,
    fingerprintSecret: secret,
    directory: { storeOf: () => undefined },
  } as unknown as PlaceOrderParts;
  return {
    order: getOrderRoute({
      ...reads,
      erasures: new Erasures(),
      stream,
      clickhouse: {} as ClickHouseClient,
    }),
    events: orderEventsRoute(events),
    place: placeOrderRoute(place),
  };
}

async function read(shop: Shop, of: 'order' | 'events' = 'order'): Promise<Answer | null> {
  const call = {
    principal: { store: shop.store ?? 'S1' },
    params: { id: orderId },
    query: { after: `${partition}:1042` },
    produces: jsonType,
    request: { headers: shop.headers ?? {} },
  } as unknown as Call;
  return routesOver(shop)[of].handle(call);
}

test('an accepted order whose command is parked is told as parked, not as absent', async () => {
  const answer = await read({});
  expect(answer).toMatchObject({ status: 200, headers: { ETag: `"${partition}.9"` } });
  const body: unknown = JSON.parse(answer?.body ?? '');
  expect(parkedOrderAnswer.strict().parse(body)).toEqual({
    orderId,
    status: 'parked',
    since: '2026-01-02T00:00:00.000Z',
    position: `${partition}.9`,
    links: { self: `/v1/orders/${orderId}`, events: `/v1/orders/${orderId}/events` },
  });
  expect(answer?.body).not.toContain('RangeError');
});

/** The order again, after its claim is lost, and when nothing could be sold any more. */
const placeAgain = (customerId: string): Promise<Answer | null> => {
  const body = { customerId };
  const fingerprint = fingerprintOf(secret, {
    method: 'POST',
    path: '/v1/orders',
    body: { customerId: 'c-1' },
  });
  const view = parkedAs('PlaceOrder', writer.encode({ ...command, fingerprint }));
  const principal = { store: 'S1', scopes: new Set() };
  const call = { principal, body, idempotencyKey: 'k', requestId: 'r-1', traceparent: null };
  return routesOver({ view }).place.handle(call as unknown as Call);
};

test('who places it again gets the answer again, not a refusal: it was accepted', async () => {
  const answer = await placeAgain('c-1');
  expect(answer).toMatchObject({ status: 202, headers: { 'Idempotent-Replayed': 'true' } });
});

test('who places another with its key is told so', async () => {
  await expect(placeAgain('c-2')).rejects.toMatchObject({ code: 'idempotency-key-reused' });
});

test('a copy that is current is 304', async () => {
  const headers = { 'if-none-match': `"${partition}.9"` };
  expect(await read({ headers })).toMatchObject({ status: 304 });
});

test('its events are none so far, and none is missing', async () => {
  const answer = await read({}, 'events');
  expect(JSON.parse(answer?.body ?? '')).toEqual({ data: [], nextCursor: null, complete: true });
});

test('another store learns nothing of it', async () => {
  await expect(read({ store: 'S2' })).rejects.toMatchObject({ code: 'not-found' });
});

test('a key of which only another command is parked has no order', async () => {
  await expect(read({ view: parkedAs('ReportOutcome', null) })).rejects.toMatchObject({ code: 'not-found' });
});

test('a command of another build is read once its schema is learned', async () => {
  expect(await read({ codec: createTopicCodec<Command>(topic, 8) })).toMatchObject({ status: 200 });
});

test('whose order it is is never guessed: a command that cannot be read is no 404', async () => {
  const unknown = createTopicCodec<Command>(topic, 9).encode(command);
  for (const value of [unknown, Buffer.from([1])])
    await expect(read({ view: parkedAs('PlaceOrder', value) })).rejects.toMatchObject({
      code: 'view-unavailable',
    });
});
