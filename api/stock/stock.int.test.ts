import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../infra/clients/testing/test-kafka.ts';
import { startStock } from '../../processors/stock/start.ts';
import { startViews } from '../../processors/views/start.ts';
import type { RunningApi } from '../start.ts';
import { type ApiStack, startApiStack } from '../testing/api-stack.ts';
import { fetchUnshed } from '../testing/fetch-unshed.ts';

const store = `S-${randomUUID().slice(0, 8)}`;
let stack: ApiStack;
let api: RunningApi;
let key: string;

beforeAll(async () => {
  stack = await startApiStack([startStock, startViews]);
  api = await stack.startApi();
  await stack.putStore(store, ['GBP']);
  key = await stack.putKey(store, ['orders:read', 'stock:write']);
  await until(async () => (await get('/v1/stock')).status === 200);
});

afterAll(() => stack?.stop());

interface Got {
  readonly status: number;
  readonly link: string | null;
  readonly location: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any;
}

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

async function call(target: string, more: Sent = {}): Promise<Got> {
  const answer = await fetchUnshed(`http://127.0.0.1:${api.port}${target}`, {
    ...more,
    headers: { Prefer: 'wait=10', Authorization: `Bearer ${key}`, ...more.headers },
  });
  const { status, headers } = answer;
  return {
    status,
    link: headers.get('link'),
    location: headers.get('location') ?? '',
    json: await answer.json(),
  };
}

const get = (target: string): Promise<Got> => call(target);
const move = (sku: string, body: unknown): Promise<Got> =>
  call(`/v1/stock/${sku}/movements`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() },
    body: JSON.stringify(body),
  });

async function moved(sku: string, body: unknown): Promise<Got> {
  const accepted = await move(sku, body);
  expect(accepted.status).toBe(202);
  return accepted;
}

test('every movement is read back: receipts, corrections that name one, halt, resume, limit', async () => {
  const { json: receipt } = await moved('MUG', { type: 'receive', quantity: 100 });
  await moved('MUG', { type: 'adjust', quantity: -5, reason: 'damaged' });
  await moved('MUG', { type: 'adjust', quantity: -3, reason: 'correction', corrects: receipt.movementId });
  await moved('MUG', { type: 'halt', reason: 'recall' });
  const { location } = await moved('MUG', { type: 'limit', perCustomer: 2, reason: 'drop' });
  expect((await get(location)).json).toMatchObject({
    onHand: 92,
    available: 92,
    received: 100,
    adjusted: -8,
    restocked: 0,
    reversed: 0,
    shipped: 0,
    halted: true,
    perCustomer: 2,
  });
  await moved('MUG', { type: 'resume', reason: 'checked' });
  const lifted = await moved('MUG', { type: 'limit', perCustomer: null, reason: 'drop over' });
  expect((await get(lifted.location)).json).toMatchObject({ halted: false, perCustomer: null });
});

test.each([
  ['a correction of nothing', { type: 'adjust', quantity: 1, reason: 'correction' }],
  [
    'a loss that names a movement',
    { type: 'adjust', quantity: -1, reason: 'lost', corrects: 'A'.repeat(26) },
  ],
  ['a correction of no id', { type: 'adjust', quantity: 1, reason: 'correction', corrects: 'the last one' }],
  ['a limit of nothing', { type: 'limit', perCustomer: 0, reason: 'drop' }],
  ['a limit without a number', { type: 'limit', reason: 'drop' }],
  ['a limit in parts of a piece', { type: 'limit', perCustomer: 1.5, reason: 'drop' }],
])('refuses %s with 422', async (_, body) => {
  expect(await move('MUG', body)).toMatchObject({ status: 422 });
});

test('lists the SKUs of the store by name, a page at a time, over all partitions', async () => {
  const skus = Array.from({ length: 7 }, (_, i) => `LIST-${i}`);
  const locations = await Promise.all(
    skus.map(async (sku) => (await moved(sku, { type: 'receive', quantity: 1 })).location),
  );
  for (const location of locations) expect((await get(location)).status).toBe(200);
  const seen: string[] = [];
  let target: string | null = '/v1/stock?limit=3';
  while (target !== null) {
    const { status, json, link }: Got = await get(target);
    expect(status).toBe(200);
    expect(json.data.length).toBeLessThanOrEqual(3);
    seen.push(...json.data.map((one: { sku: string }) => one.sku));
    target = /^<(.+)>; rel="next"$/.exec(link ?? '')?.[1] ?? null;
    expect(target === null).toBe(json.nextCursor === null);
  }
  expect(seen).toEqual([...seen].sort());
  expect(seen).toEqual(expect.arrayContaining(skus));
  expect(new Set(seen).size).toBe(seen.length);
});

test('refuses a cursor of another list, and parameters it does not know', async () => {
  const { json } = await get('/v1/stock?limit=1');
  expect(await get(`/v1/orders?cursor=${json.nextCursor}`)).toMatchObject({ status: 400 });
  expect(await get('/v1/stock?sku=A')).toMatchObject({ status: 400 });
  expect(await get('/v1/stock?limit=0')).toMatchObject({ status: 400 });
});
