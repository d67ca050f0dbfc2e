import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { parseClientStep } from '../../schemas/client-journal.ts';
import { ApiRefusesUs, ApiUnavailable, type CheckoutOptions, createCheckout } from '../checkout/checkout.ts';
import type { GoodsLine } from './classify-line.ts';
import { type ClientJournal, noJournal, openClientJournal } from '../checkout/client-journal-writer.ts';
import { runPaced } from '../checkout/pace.ts';
import { type Plan, planOrders } from './plan-orders.ts';
import { replay, SetUpRefused } from './replay.ts';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly key: string;
  readonly body: Record<string, unknown>;
}
type Reply =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> }
  | 'reset';

const cleanUps: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

/** An API that answers by `reply` and, like the real one, gives a settled key its first answer again. */
async function serve(reply: (seen: Seen, tries: number) => Reply) {
  const seen: Seen[] = [];
  const tries = new Map<string, number>();
  const done = new Set<string>();
  const answerOne = async (
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<unknown> => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json' });
      return response.end('{"status":"confirmed"}');
    }
    const key = String(request.headers['idempotency-key']);
    const one = { method: request.method ?? '', url: request.url ?? '', key, body: JSON.parse(text) };
    seen.push(one);
    tries.set(key, (tries.get(key) ?? 0) + 1);
    const answer = done.has(key)
      ? { status: 202, headers: { 'idempotent-replayed': 'true' } }
      : reply(one, tries.get(key) ?? 1);
    if (answer === 'reset') return request.socket.destroy();
    if (answer.status < 300) done.add(key);
    response.writeHead(answer.status, {
      'content-type': 'application/json',
      location: `/v1/orders/o-${key}`,
      ...answer.headers,
    });
    return response.end(JSON.stringify('body' in answer ? answer.body : { orderId: `o-${key}` }));
  };
  const server = http.createServer((request, response) => void answerOne(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => new Promise((resolve) => server.close(() => resolve())));
  const options = (journal: ClientJournal): CheckoutOptions => ({
    api: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credential: 'mr_test_x',
    store: 'demo',
    journal,
    connectionsMax: 4,
    patienceMs: 2_000,
    catalogueDelayMs: 200,
  });
  return { seen, options };
}

function checkoutOf(options: CheckoutOptions, more: Partial<CheckoutOptions> = {}) {
  const checkout = createCheckout({ ...options, ...more });
  cleanUps.push(() => checkout.close());
  return checkout;
}

const problem = (status: number, code: string): Reply => ({
  status,
  body: { type: `http://x/problems/${code}` },
});
const request = { method: 'POST', path: '/v1/orders', key: 'k1', body: { a: 1 } } as const;

test('tries the very same request again after resets, 409, 429 and 5xx until it is done', async () => {
  const answers: Reply[] = [
    'reset',
    problem(409, 'request-in-progress'),
    problem(503, 'unavailable'),
    problem(429, 'rate-limited'),
    { status: 202 },
  ];
  const { seen, options } = await serve((_, tries) => answers[tries - 1] ?? { status: 202 });
  const checkout = checkoutOf(options(noJournal));
  expect(await checkout.settle(request)).toMatchObject({ is: 'done', replayed: false });
  expect(seen).toHaveLength(5);
  expect(new Set(seen.map((one) => JSON.stringify(one))).size).toBe(1);
  expect(await checkout.settle(request)).toMatchObject({ is: 'done', replayed: true });
});

test('waits as long as Retry-After asks', async () => {
  const { options } = await serve((_, tries) =>
    tries === 1 ? { status: 429, headers: { 'retry-after': '1' } } : { status: 202 },
  );
  const began = performance.now();
  await checkoutOf(options(noJournal)).settle(request);
  expect(performance.now() - began).toBeGreaterThan(990);
});

test('gives up with its patience, naming the request and the last answer', async () => {
  const { options } = await serve(() => problem(503, 'overloaded'));
  const settling = checkoutOf(options(noJournal), { patienceMs: 50 }).settle(request);
  await expect(settling).rejects.toThrow(ApiUnavailable);
  await expect(settling).rejects.toThrow(/k1: 503 overloaded/);
});

test('ends the run on a wrong credential instead of refusing order after order', async () => {
  const { options } = await serve(() => problem(403, 'insufficient-scope'));
  await expect(checkoutOf(options(noJournal)).settle(request)).rejects.toThrow(ApiRefusesUs);
});

test('asks again for a SKU the API has not heard of yet, then takes the refusal', async () => {
  const { seen, options } = await serve((_, tries) =>
    tries < 3 ? problem(422, 'unknown-sku') : { status: 202 },
  );
  expect(await checkoutOf(options(noJournal), { catalogueDelayMs: 2_000 }).settle(request)).toMatchObject({
    is: 'done',
  });
  expect(seen).toHaveLength(3);
  const other = await serve(() => problem(422, 'unknown-sku'));
  const refused = await checkoutOf(other.options(noJournal), { catalogueDelayMs: 100 }).settle(request);
  expect(refused).toEqual({ is: 'refused', status: 422, code: 'unknown-sku' });
});

test('writes each step of each try down, the invoke before the request leaves', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-journal-'));
  cleanUps.push(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'deep', 'run.ndjson');
  const lines = (): string[] => readFileSync(file, 'utf8').split('\n').filter(Boolean);
  const before: number[] = [];
  const { options } = await serve(({ key }, tries) => {
    before.push(lines().length);
    if (key === 'k2') return problem(422, 'validation-failed');
    return tries === 1 ? 'reset' : { status: 202, body: { orderId: 'o-1' } };
  });
  const journal = await openClientJournal(file);
  const checkout = checkoutOf(options(journal));
  await checkout.settle(request);
  await checkout.settle({ ...request, key: 'k2' });
  await journal.close();
  expect(before).toEqual([1, 3, 5]);
  const steps = lines().map(parseClientStep);
  expect(steps.map((step) => [step?.step, step?.key, step?.status, step?.orderId, step?.code])).toEqual([
    ['invoke', 'k1', null, null, null],
    ['unknown', 'k1', null, null, null],
    ['invoke', 'k1', null, null, null],
    ['ok', 'k1', 202, 'o-1', null],
    ['invoke', 'k2', null, null, null],
    ['fail', 'k2', 422, null, 'validation-failed'],
  ]);
  expect(steps[0]?.digest).toMatch(/^[0-9a-f]{64}$/);
  expect(parseClientStep('{"step":"invo')).toBeNull();
});

const goods = (line: number, invoice: string, sku: string, quantity: number): GoodsLine => ({
  is: 'goods',
  line,
  invoice,
  sku: sku as GoodsLine['sku'],
  name: `Name of ${sku}`,
  quantity,
  unitMinor: 255,
  orderedAt: { year: 2011, month: 7, day: 4, hour: 12, minute: 0, second: 0 },
  customer: '13085',
});
const planOf = (lines: readonly GoodsLine[]): Plan =>
  planOrders({ goods: lines, charges: [], credits: [], quarantined: [] });
const quiet = { step: () => {} };

test('puts products, receives stock, then posts orders as a checkout does', async () => {
  const { seen, options } = await serve(() => ({ status: 202 }));
  const plan = planOf([goods(2, '7', 'A1', 3), goods(3, '7', 'A1', 2), goods(4, '8', 'B1', 1)]);
  const { summary } = await replay(plan, 'abc', checkoutOf(options(noJournal)), {
    rate: 'max',
    scarce: null,
    progress: quiet,
  });
  expect(summary).toMatchObject({ orders: 2, accepted: { orders: 2, lines: 3, minor: 1_530 }, replayed: 0 });
  expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'PUT /v1/catalogue/A1',
    'PUT /v1/catalogue/B1',
    'POST /v1/stock/A1/movements',
    'POST /v1/stock/B1/movements',
    'POST /v1/orders',
    'POST /v1/orders',
    'POST /v1/orders/o-uci-7/shipments',
    'POST /v1/orders/o-uci-8/shipments',
  ]);
  expect(seen[0]?.body).toEqual({ name: 'Name of A1', prices: [{ currency: 'GBP', unitPriceMinor: 255 }] });
  expect(seen[2]?.body).toEqual({ type: 'receive', quantity: 5, reason: 'opening' });
  expect(seen.find(({ key }) => key === 'uci-7')?.body).toEqual({
    customerId: 'c-13085',
    currency: 'GBP',
    lines: [
      { sku: 'A1', quantity: 3, unitPriceMinor: 255 },
      { sku: 'A1', quantity: 2, unitPriceMinor: 255 },
    ],
    paymentToken: 'tok_ok',
    orderedAt: '2011-07-04T11:00:00Z',
  });
});

test('sends the same keys and bytes in a second run, so that it changes nothing', async () => {
  const { seen, options } = await serve(() => ({ status: 202 }));
  const plan = planOf([goods(2, '7', 'A1', 3), goods(3, '8', 'B1', 1)]);
  const run = () =>
    replay(plan, 'abc', checkoutOf(options(noJournal)), { rate: 'max', scarce: null, progress: quiet });
  const first = await run();
  const sent = seen
    .splice(0)
    .map((one) => JSON.stringify(one))
    .sort();
  const second = await run();
  expect(seen.map((one) => JSON.stringify(one)).sort()).toEqual(sent);
  expect(second.summary).toEqual({ ...first.summary, replayed: 2 });
});

test('receives a fraction of the need, rounded down, and all of it in movements the API takes', async () => {
  const { seen, options } = await serve(() => ({ status: 202 }));
  const needs = (sku: string, needed: bigint) => ({ sku, name: sku, unitMinor: 1, needed });
  const run = async (scarce: number | null, skus: Plan['skus']): Promise<unknown[]> => {
    seen.length = 0;
    const plan: Plan = { orders: [], skus, returns: [], quarantined: [], left: { lines: 0, minor: 0n } };
    const checkout = checkoutOf(options(noJournal));
    await replay(plan, 'abc', checkout, { rate: 'max', scarce, progress: quiet });
    return seen.filter(({ url }) => url.endsWith('/movements')).map(({ body }) => body['quantity']);
  };
  expect(await run(0.5, [needs('A1', 5n), needs('B1', 1n)])).toEqual([2]);
  expect(await run(null, [needs('H', 1_000_100_000n)])).toEqual([1_000_000_000, 100_000]);
});

test('counts a refused order and goes on, but stops where products or stock are refused', async () => {
  const { options } = await serve(({ url, key }) =>
    url === '/v1/orders' && key === 'uci-7' ? problem(422, 'amount-out-of-range') : { status: 202 },
  );
  const plan = planOf([goods(2, '7', 'A1', 3), goods(3, '8', 'B1', 1)]);
  const { summary } = await replay(plan, 'abc', checkoutOf(options(noJournal)), {
    rate: 'max',
    scarce: null,
    progress: quiet,
  });
  expect(summary).toMatchObject({
    orders: 1,
    quarantined: { lines: 1, minor: 765, byReason: { 'amount-out-of-range': 1 } },
  });
  const other = await serve(() => problem(422, 'validation-failed'));
  const stopped = replay(plan, 'abc', checkoutOf(other.options(noJournal)), {
    rate: 'max',
    scarce: null,
    progress: quiet,
  });
  await expect(stopped).rejects.toThrow(SetUpRefused);
});

test('starts at the rate asked for, whether or not answers come', async () => {
  const starts: number[] = [];
  const gate = Promise.withResolvers<void>();
  const began = performance.now();
  const running = runPaced([0, 1, 2, 3, 4], 50, async () => {
    starts.push(performance.now() - began);
    if (starts.length === 5) gate.resolve();
    await gate.promise;
  });
  await running;
  for (const [k, at] of starts.entries()) expect(at).toBeGreaterThan(k * 20 - 2);
});

test('starts nothing after a failure, and awaits what is under way before it tells', async () => {
  const started: number[] = [];
  let finished = 0;
  const running = runPaced(
    [0, 1, 2, 3],
    'max',
    async (k) => {
      started.push(k);
      if (k === 0) throw new Error('no');
      await Promise.resolve();
      finished += 1;
    },
    { concurrency: 2 },
  );
  await expect(running).rejects.toThrow('no');
  expect(started.length).toBeLessThan(4);
  expect(finished).toBe(started.length - 1);
});
