import { OpenStreams } from '../http/open-streams.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
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
      streamsMax: 1,
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
