import { expect, test, vi } from 'vitest';
import { createMillraceClient } from './millrace-client.ts';
import { createHurry } from './testing/hand-clock.ts';
import { cut, problem, serveScript, type Step, stream } from './testing/scripted-server.ts';

async function against(...steps: readonly Step[]) {
  const server = await serveScript(...steps);
  const surroundings = createHurry(40_000);
  return { client: createMillraceClient({ api: `${server.api}/`, key: 'mr_test_x', surroundings }), server };
}

const alive = 'event: alive\ndata: {"at":"2026-01-01T00:00:00.000Z"}\n\n';
const state = (watch: number, tag: string, body: unknown = { tag }): string =>
  `id: ${watch}-${tag}\ndata: ${JSON.stringify({ watch, body })}\n\n`;
const away = {
  type: '/problems/view-unavailable',
  title: 't',
  status: 503,
  detail: 'd',
  requestId: 'r',
  retryable: true,
};
const lost = (watch: number, tag: string, body: unknown = away): string =>
  `event: problem\n${state(watch, tag, body)}`;

const watched = {
  sales: { path: '/v1/analytics/sales', params: { query: { bucket: 'day', tz: 'Europe/London' } } },
  stock: { path: '/v1/stock/{sku}', params: { path: { sku: 'A/1 ü' } } },
} as const;

test('asks for path and parameters of each, and says by name whose an item is', async () => {
  const { client, server } = await against(
    stream([alive, state(0, 'a'), 'event: moved\ndata: {"to":1}\n\n', lost(1, 'x'), alive]),
  );
  const items: unknown[] = [];
  for await (const item of client.live(watched)) {
    items.push(item);
    if (items.length === 2) break;
  }
  expect(items).toEqual([
    { is: 'state', of: 'sales', body: { tag: 'a' } },
    { is: 'problem', of: 'stock', problem: { ...away, code: 'view-unavailable' } },
  ]);
  const [asked] = server.arrived;
  const { pathname, searchParams } = new URL(asked?.url ?? '', server.api);
  expect(pathname).toBe('/v1/live');
  expect(asked?.url).toContain('watch=/v1/analytics/sales?bucket=day%26tz=');
  expect(searchParams.getAll('watch')).toEqual([
    '/v1/analytics/sales?bucket=day&tz=Europe%2FLondon',
    '/v1/stock/A%2F1%20%C3%BC',
  ]);
  expect(asked?.headers).toMatchObject({ accept: 'text/event-stream', authorization: 'Bearer mr_test_x' });
});

test('over a new connection only what has changed since is told', async () => {
  const { client, server } = await against(
    stream([state(0, 'a'), state(1, 'b')], cut),
    problem(503, 'overloaded', true),
    stream([alive, state(0, 'a'), state(1, 'c')], cut),
    stream([lost(1, 'x')], cut),
    stream([state(0, 'a'), state(1, 'c')]),
  );
  const told: string[] = [];
  for await (const item of client.live(watched)) {
    told.push(item.is === 'state' ? `${item.of} ${JSON.stringify(item.body)}` : item.is);
    if (told.length === 5) break;
  }
  expect(told).toEqual([
    'sales {"tag":"a"}',
    'stock {"tag":"b"}',
    'stock {"tag":"c"}',
    'problem',
    'stock {"tag":"c"}',
  ]);
  expect(server.arrived).toHaveLength(5);
});

test('a loop that is slower than they change gets the newest of each, and ends with its signal', async () => {
  let end = (_texts: readonly string[]): void => undefined;
  const { client, server } = await against(
    stream([state(0, '1')], (response) => {
      end = (texts) => void response.end(texts.join(''));
    }),
    stream([]),
  );
  const caller = new AbortController();
  const items = client.live(watched, { signal: caller.signal });
  const next = async (): Promise<unknown> => {
    const { value } = await items.next();
    return value?.is === 'state' ? `${value.of} ${JSON.stringify(value.body)}` : value?.is;
  };
  expect(await next()).toBe('sales {"tag":"1"}');
  end([...['2', '3', '4'].flatMap((tag) => [state(0, tag), state(1, tag)]), state(0, '1')]);
  await vi.waitFor(() => expect(server.arrived).toHaveLength(2)); // it has read all of the first connection
  expect(await next()).toBe('stock {"tag":"4"}'); // of sales it knows the newest already
  const last = items.next();
  caller.abort();
  expect(await last).toEqual({ done: true, value: undefined });
});

test('states without ids are told each time', async () => {
  const nameless = state(0, 'a').replace(/^id: .*\n/, '');
  const { client } = await against(stream([nameless], cut), stream([nameless]));
  let told = 0;
  for await (const item of client.live(watched)) {
    expect(item.is).toBe('state');
    if ((told += 1) === 2) break;
  }
});

test.each([
  ['a refusal', problem(401, 'unauthorized', false), 'unauthorized'],
  ['an event of another server', stream(['data: hello\n\n']), 'unexpected-answer'],
  ['a state of what was not asked for', stream([state(2, 'a')]), 'unexpected-answer'],
  ['a problem that is none', stream([lost(0, 'a', { why: 'no' })]), 'unexpected-answer'],
])('%s ends the stream', async (_, step, code) => {
  const { client, server } = await against(step);
  const items: unknown[] = [];
  for await (const item of client.live(watched)) items.push(item);
  expect(items).toEqual([{ is: 'failed', problem: expect.objectContaining({ code }) }]);
  expect(server.arrived).toHaveLength(1);
});

test('an item has the type of its resource, and what cannot be watched is no TypeScript', async () => {
  const { client } = await against(stream([state(1, 'a', { available: 3 })]));
  for await (const item of client.live(watched)) {
    if (item.is === 'state' && item.of === 'stock') expect(item.body.available satisfies number).toBe(3);
    // @ts-expect-error a report has no stock
    if (item.is === 'state' && item.of === 'sales') expect(item.body.available).toBe(3);
    break;
  }
  // @ts-expect-error of a stream there is no state
  client.live({ all: { path: '/v1/live', params: { query: { watch: ['/v1/stock'] } } } });
  // @ts-expect-error the SKU is missing
  client.live({ stock: { path: '/v1/stock/{sku}' } });
});
