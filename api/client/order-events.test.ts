import { expect, test, vi } from 'vitest';
import { createMillraceClient, type OrderStreamItem } from './millrace-client.ts';
import { createHandClock, createHurry } from './testing/hand-clock.ts';
import { cut, json, problem, serveScript, type Step, stream } from './testing/scripted-server.ts';

const limitMs = 40_000;

async function against(...steps: readonly Step[]) {
  const server = await serveScript(...steps);
  const hurry = createHurry(limitMs);
  const client = createMillraceClient({ api: server.api, key: 'mr_test_x', surroundings: hurry });
  return { client, server, pauses: hurry.pauses };
}

const event = (seq: number, status = 'holding'): string =>
  `id: 0.${seq}\ndata: ${JSON.stringify({ position: `0.${seq}`, type: 'T', at: '', orderId: 'o-1', status })}\n\n`;

async function take(items: AsyncIterable<OrderStreamItem>, count: number): Promise<readonly string[]> {
  const taken: string[] = [];
  for await (const item of items) {
    taken.push(item.is === 'failed' ? item.problem.code : `${item.is} ${item.id}`);
    if (taken.length === count) break;
  }
  return taken;
}

test('a stream that is cut goes on after the last event, each event once', async () => {
  const { client, server, pauses } = await against(
    stream([event(1), event(2), 'id: 0.3\nda'], cut),
    cut,
    problem(503, 'overloaded', true, { 'retry-after': '1' }),
    stream([event(3)], (response) => response.end()),
    stream([event(4)]),
  );
  expect(await take(client.orderEvents('o-1'), 4)).toEqual([
    'event 0.1',
    'event 0.2',
    'event 0.3',
    'event 0.4',
  ]);
  expect(server.arrived.map(({ headers }) => headers['last-event-id'])).toEqual([
    undefined,
    '0.2',
    '0.2',
    '0.2',
    '0.3',
  ]);
  // Half of 100, 200, 400 after the second that was asked for; and from the beginning after a byte.
  expect(pauses).toEqual([50, 100, 1_200, 50]);
  expect(server.arrived[0]).toMatchObject({
    url: '/v1/orders/o-1/events',
    headers: { accept: 'text/event-stream', authorization: 'Bearer mr_test_x' },
  });
});

test('a reset is told, and resumed after', async () => {
  const { client, server } = await against(
    stream(['event: reset\nid: 0.9\ndata: {}\n\n'], cut),
    stream([event(10)]),
  );
  expect(await take(client.orderEvents('o-1', { lastEventId: '0.2' }), 2)).toEqual([
    'reset 0.9',
    'event 0.10',
  ]);
  expect(server.arrived.map(({ headers }) => headers['last-event-id'])).toEqual(['0.2', '0.9']);
});

test.each([
  ['refusal', problem(404, 'not-found', false), 'not-found'],
  ['page of a proxy', json(200, {}), 'unexpected-answer'],
  ['page of another server', stream(['data: hello\n\n']), 'unexpected-answer'],
])('a %s ends the stream at once', async (_, step, code) => {
  const { client, server } = await against(step);
  expect(await take(client.orderEvents('o-1'), 9)).toEqual([code]);
  expect(server.arrived).toHaveLength(1);
});

test('without a byte for as long as the patience lasts the stream fails, and says where it was', async () => {
  const { client, server, pauses } = await against(stream([event(1)], cut), cut);
  expect(await take(client.orderEvents('o-1'), 9)).toEqual(['event 0.1', 'unreachable']);
  // Half of 100, 200, … up to 3,000: a first byte starts them anew.
  expect(pauses.slice(0, 6)).toEqual([50, 100, 200, 400, 800, 1_500]);
  expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(30_000);
  expect(server.arrived).toHaveLength(pauses.length + 1);
});

test('a connection that says nothing is left for another one; a heartbeat is enough to stay', async () => {
  let heartbeat = (): void => undefined;
  const server = await serveScript(
    stream([event(1)], (response) => {
      heartbeat = () => response.write(': alive\n\n');
    }),
    stream([event(2)]),
  );
  const clock = createHandClock();
  const client = createMillraceClient({ api: server.api, key: 'mr_test_x', surroundings: clock });
  const items = client.orderEvents('o-1');
  expect((await items.next()).value).toMatchObject({ is: 'event', id: '0.1' });
  const second = items.next();
  await clock.awaited(40_000);
  clock.advance(39_000);
  heartbeat();
  await clock.awaited(40_000);
  clock.advance(39_000);
  expect(server.arrived).toHaveLength(1);
  clock.advance(1_000);
  await clock.awaited(50);
  clock.advance(50);
  expect((await second).value).toMatchObject({ is: 'event', id: '0.2' });
  expect(server.arrived[1]?.headers['last-event-id']).toBe('0.1');
  await items.return();
});

test('leaving the loop closes the connection, and so does the signal', async () => {
  let open = 0;
  const counted = stream([event(1)], (response) => {
    open += 1;
    response.once('close', () => (open -= 1));
  });
  const { client } = await against(counted);
  await take(client.orderEvents('o-1'), 1);
  await vi.waitFor(() => expect(open).toBe(0));
  const caller = new AbortController();
  const items = client.orderEvents('o-1', { signal: caller.signal });
  await items.next();
  const end = items.next();
  caller.abort();
  expect(await end).toEqual({ done: true, value: undefined });
  await vi.waitFor(() => expect(open).toBe(0));
});
