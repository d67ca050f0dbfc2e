import { expect, test } from 'vitest';
import { planLife } from './plan-life.ts';
import { planGoods, planOrder } from './plan-load.ts';

const orders = Array.from({ length: 2_000 }, (_, n) => planOrder('r', 7, n));

test('is the same for the same seed, and another for another', () => {
  expect(planOrder('r', 7, 42)).toEqual(orders[42]);
  expect(planOrder('r', 8, 42)).not.toEqual(orders[42]);
});

test('has a key for each request, and orders only goods that were put and received', () => {
  const goods = planGoods('r');
  const keys = [...goods, ...orders.map(({ request }) => request)].map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  const put = new Set(
    goods.filter(({ method }) => method === 'PUT').map(({ path }) => path.split('/').at(-1)),
  );
  const ordered = orders.flatMap(({ request }) => (request.body as { lines: { sku: string }[] }).lines);
  expect(ordered.filter(({ sku }) => !put.has(sku))).toEqual([]);
});

test('repeats some, doubles some, and has some paid by a card that is declined', () => {
  expect(orders.filter(({ repeats }) => repeats > 0).length).toBeGreaterThan(50);
  expect(orders.filter(({ isDoubled }) => isDoubled).length).toBeGreaterThan(20);
  const declined = orders.filter(
    ({ request }) => (request.body as { paymentToken: string }).paymentToken === 'tok_declined',
  );
  expect(declined.length).toBeGreaterThan(100);
});

test('some orders, and some of the refunds, lie long ago by the caller’s clock', () => {
  const late = orders.flatMap(({ request }) => (request.body as { orderedAt?: string }).orderedAt ?? []);
  expect(late.length).toBeGreaterThan(100);
  const lives = orders.flatMap(({ request }, n) => planLife('demo', 7, n, request));
  const claimed = lives.flatMap(({ request }) => (request.body as { claimedAt?: string }).claimedAt ?? []);
  expect(claimed.length).toBeGreaterThan(20);
  const years = new Set([...late, ...claimed].map((text) => new Date(text).getUTCFullYear()));
  expect([...years]).toEqual([2024]);
});

test('has a later life for some: each kind of action, a key of its own for each, the same for the same seed', () => {
  const lives = orders.map(({ request }, n) => planLife('demo', 7, n, request));
  expect(planLife('demo', 7, 42, orders[42]!.request)).toEqual(lives[42]);
  const requests = lives.flat().map(({ request }) => request);
  expect(new Set(requests.map(({ key }) => key)).size).toBe(requests.length);
  const actions = new Set(requests.map(({ path }) => path.split('/').at(-1)));
  expect(actions).toEqual(new Set(['cancel', 'deliveries', 'receipt', 'refunds', 'returns', 'shipments']));
});
