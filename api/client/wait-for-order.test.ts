import { expect, test } from 'vitest';
import { createMillraceClient, type OrderStatus } from './millrace-client.ts';
import { createHandClock } from './testing/hand-clock.ts';
import { cut, json, problem, serveScript, type Step, stream } from './testing/scripted-server.ts';
import { arrival } from './wait-for-order.ts';

async function against(...steps: readonly Step[]) {
  const server = await serveScript(...steps);
  const clock = createHandClock();
  const client = createMillraceClient({
    api: server.api,
    key: 'mr_test_x',
    surroundings: {
      ...clock,
      wait: (ms, signal) => (ms < 5_000 ? Promise.resolve() : clock.wait(ms, signal)),
    },
  });
  return { client, server, clock };
}

const accepted = {
  orderId: 'o-1',
  status: 'accepted' as const,
  position: '3:1042',
  links: { order: '', events: '' },
};
const order = (status: string, seq: number, reason: string | null = null): Step =>
  json(200, { orderId: 'o-1', status, reason, position: `3.${seq}` });
const event = (seq: number, status: string): string =>
  `id: 3.${seq}\ndata: ${JSON.stringify({ position: `3.${seq}`, type: 'T', at: '', orderId: 'o-1', status })}\n\n`;

test.each<[OrderStatus | 'parked', OrderStatus, string]>([
  ['holding', 'confirmed', 'not-yet'],
  ['confirmed', 'confirmed', 'there'],
  ['delivered', 'confirmed', 'there'],
  ['unwinding', 'confirmed', 'not-yet'],
  ['declined', 'confirmed', 'never'],
  ['confirmed', 'cancelled', 'not-yet'],
  ['cancelled', 'cancelled', 'there'],
  ['parked', 'holding', 'not-yet'],
])('an order that is %s, waited for as %s, is %s', (now, wanted, expected) => {
  expect(arrival(now, wanted)).toBe(expected);
});

test('reads what was placed, follows it from there, and reads it when it has come so far', async () => {
  const { client, server } = await against(
    order('holding', 7),
    stream([event(8, 'authorizing'), event(9, 'capturing')], cut),
    stream([event(10, 'confirmed')]),
    order('confirmed', 10),
  );
  expect(await client.waitFor(accepted, 'confirmed')).toMatchObject({
    ok: true,
    data: { status: 'confirmed' },
  });
  expect(server.arrived.map(({ url, headers }) => [url, headers['last-event-id']])).toEqual([
    ['/v1/orders/o-1?after=3%3A1042', undefined],
    ['/v1/orders/o-1/events', '3.7'],
    ['/v1/orders/o-1/events', '3.9'],
    ['/v1/orders/o-1', undefined],
  ]);
});

test('an order that ended another way says how and why', async () => {
  const { client } = await against(
    order('holding', 7),
    stream([event(8, 'declined')]),
    order('declined', 8, 'no-funds'),
  );
  const waited = await client.waitFor('o-1', 'confirmed');
  expect(waited).toMatchObject({
    ok: false,
    outcome: 'none',
    problem: { code: 'ended-otherwise', reason: 'declined' },
  });
  expect(waited.ok ? '' : waited.problem.detail).toContain('no-funds');
});

test('after a reset the order itself is asked', async () => {
  const { client } = await against(
    json(200, { orderId: 'o-1', status: 'parked', position: '3.7' }),
    stream(['event: reset\nid: 3.9\ndata: {}\n\n']),
    order('confirmed', 9),
  );
  expect(await client.waitFor('o-1', 'confirmed')).toMatchObject({ ok: true });
});

test('gives up in time, and says that the order goes on', async () => {
  const { client, clock } = await against(order('authorizing', 7), stream([]));
  const waited = client.waitFor('o-1', 'confirmed', { withinMs: 20_000 });
  await clock.awaited(40_000); // the stream is open
  clock.advance(20_000);
  expect(await waited).toMatchObject({ ok: false, problem: { code: 'not-yet', reason: 'authorizing' } });
});

test('a read or a stream that is refused ends the wait with its problem', async () => {
  const { client } = await against(problem(404, 'not-found', false));
  expect(await client.waitFor('o-2', 'confirmed')).toMatchObject({
    ok: false,
    problem: { code: 'not-found' },
  });
  const later = await against(order('holding', 7), problem(403, 'insufficient-scope', false));
  expect(await later.client.waitFor('o-1', 'confirmed')).toMatchObject({
    ok: false,
    problem: { code: 'insufficient-scope' },
  });
});

test('the signal of the caller ends the wait', async () => {
  const caller = new AbortController();
  const { client, clock } = await against(order('holding', 7), stream([]));
  const waited = client.waitFor('o-1', 'confirmed', { signal: caller.signal });
  await clock.awaited(60_000);
  caller.abort();
  expect(await waited).toMatchObject({ ok: false, problem: { code: 'aborted' } });
});
