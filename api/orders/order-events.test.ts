import { OpenStreams, streamLimits } from '../http/open-streams.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { describedRoutes } from '../../infra/docs/described-routes.ts';
import { orderIdOf } from '../../schemas/ids.ts';
import { partitionOf } from '../../schemas/murmur2.ts';
import type { OrderView } from '../../schemas/order-view.ts';
import type { SeenOrder } from '../views/order-reader.ts';
import type { StreamedEvent } from '../views/order-event-stream.ts';
import type { Follower } from '../views/order-event-tail.ts';
import { type Call, eventStreamType } from '../http/route.ts';
import { type OrderEventsParts, orderEventsRoute } from './order-events.ts';

const orderId = orderIdOf('S1', 'k');
const partition = partitionOf(orderId, 4);

const streamed = (seq: number, type: string): StreamedEvent => ({
  seq,
  event: { position: `${partition}.${seq}`, type, atMs: seq, orderId, store: 'S1', status: 'holding' },
});

/** A view whose streams of events grow while the route reads; it hands a follower what comes after he began. */
function growingView() {
  const entries: StreamedEvent[] = [streamed(1, 'OrderPlaced')];
  const followers: Follower[] = [];
  const newest = (): number => entries.at(-1)?.seq ?? 0;
  const fold = (event: StreamedEvent): void => {
    entries.push(event);
    for (const follower of followers) follower.onEvent(event);
  };
  return { entries, followers, newest, fold };
}

test('an event that is folded while the stream opens is sent once, whenever it comes', async () => {
  for (const moment of ['before the follower', 'after the follower', 'while it reads back']) {
    const view = growingView();
    const late = streamed(2, 'HoldRecorded');
    const parts = {
      partitions: 4,
      nowMs: () => 0,
      open: new OpenStreams(),
      orders: {
        read: async (): Promise<SeenOrder> => ({
          partition,
          order: {
            orderId,
            store: 'S1',
            status: 'holding',
            position: `${partition}.${view.newest()}`,
          } as unknown as OrderView,
          placing: null,
          position: { cause: 0, atMs: 0 },
        }),
      },
      tail: {
        follow: async (_: number, follower: Follower) => {
          if (moment === 'before the follower') view.fold(late);
          view.followers.push(follower);
          if (moment === 'after the follower') view.fold(late);
          return () => undefined;
        },
      },
      stream: {
        of: async (_: number, __: string, newest: number) => {
          const events = view.entries.filter(({ seq }) => seq <= newest);
          if (moment === 'while it reads back') view.fold(late);
          return { events, complete: true };
        },
      },
    } as unknown as OrderEventsParts;
    const written: string[] = [];
    const request = { headers: {}, socket: { once: () => undefined } } as unknown as IncomingMessage;
    const response = {
      once: () => undefined,
      writeHead: () => undefined,
      write: (text: string) => written.push(text),
    } as unknown as ServerResponse;
    await orderEventsRoute(parts).handle({
      principal: { store: 'S1', keyId: 'k', scopes: new Set() },
      params: { id: orderId },
      query: {},
      produces: eventStreamType,
      request,
      response,
    } as unknown as Call);
    const ids = written.flatMap((text) => /^id: (\S+)/.exec(text)?.[1] ?? []);
    expect(ids, moment).toEqual([`${partition}.1`, `${partition}.2`]);
  }
});

/** The parts of a route over an order with one event; `reading` may hold up whoever opens a stream. */
function quietParts(followers: Set<Follower>, reading: () => Promise<void>): OrderEventsParts {
  const order = {
    orderId,
    store: 'S1',
    status: 'holding',
    position: `${partition}.1`,
  } as unknown as OrderView;
  return {
    partitions: 4,
    nowMs: () => 0,
    open: new OpenStreams({ ...streamLimits, streamsMax: 1 }),
    orders: {
      read: async (): Promise<SeenOrder> => ({
        partition,
        order,
        placing: null,
        position: { cause: 0, atMs: 0 },
      }),
    },
    tail: {
      follow: async (_: number, follower: Follower) => {
        await reading();
        followers.add(follower);
        return () => followers.delete(follower);
      },
    },
    stream: { of: async () => ({ events: [streamed(1, 'OrderPlaced')], complete: true }) },
  } as unknown as OrderEventsParts;
}

/** A call for the stream, and the end of its connection. */
function streamCall() {
  const closing: (() => void)[] = [];
  const request = { headers: {}, socket: { once: () => undefined } };
  const response = {
    destroyed: false,
    writableLength: 0,
    once: (_: 'close', listener: () => void) => closing.push(listener),
    writeHead: () => undefined,
    write: () => true,
  };
  const principal = { store: 'S1', keyId: 'k', scopes: new Set() };
  const of = { principal, params: { id: orderId }, query: {}, produces: eventStreamType, request, response };
  return {
    call: of as unknown as Call,
    leave(): void {
      response.destroyed = true;
      for (const listener of closing.splice(0)) listener();
    },
  };
}

test('a reader who leaves, also while the stream opens, is followed by nobody afterwards', async () => {
  const followers = new Set<Follower>();
  const gate = Promise.withResolvers<void>();
  const { handle } = orderEventsRoute(quietParts(followers, () => gate.promise));
  const early = streamCall();
  const opening = handle(early.call);
  early.leave();
  gate.resolve();
  await opening;
  expect(followers.size).toBe(0);
  const late = streamCall();
  await handle(late.call);
  expect(followers.size).toBe(1);
  late.leave();
  expect(followers.size).toBe(0);
});

test('streams that are being opened count among the open ones', async () => {
  const gate = Promise.withResolvers<void>();
  const parts = quietParts(new Set(), () => gate.promise);
  const { handle } = orderEventsRoute(parts);
  const first = streamCall();
  const opening = handle(first.call);
  await new Promise(setImmediate);
  await expect(handle(streamCall().call)).rejects.toThrow(/overloaded/);
  gate.resolve();
  await opening;
  expect(parts.open.size).toBe(1);
  first.leave();
  expect(parts.open.size).toBe(0);
});

test('each event stream of the API is attacked: here and in http-server.int.test.ts, and those of watched answers in live.int.test.ts', () => {
  const streams = describedRoutes().filter(
    ({ produces, live }) => produces.includes(eventStreamType) && live === undefined,
  );
  expect(streams.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /v1/orders/{id}/events',
    'GET /v1/live',
  ]);
});

test('only what waits for Kafka alone, beside reads of memory, may take all the room', () => {
  const lanes = Map.groupBy(
    describedRoutes(),
    ({ lane, method }) => lane ?? (method === 'GET' ? 'reads' : 'commands'),
  );
  expect(lanes.get('commands')?.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /v1/orders',
    'POST /v1/stock/{sku}/movements',
    'POST /v1/quotes',
    'PUT /v1/catalogue/{sku}',
    'DELETE /v1/catalogue/{sku}',
    'POST /v1/session',
    'POST /v1/session/end',
  ]);
  expect(lanes.get('webhooks')).toHaveLength(1);
});
