import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../../infra/clients/testing/test-kafka.ts';
import type { RunningApi } from '../../start.ts';
import { type ApiStack, orderAndMoneyRoles, startApiStack } from '../../testing/api-stack.ts';
import { fetchUnshed } from '../../testing/fetch-unshed.ts';

const store = `S-${randomUUID().slice(0, 8)}`;
const keys: Record<'full' | 'reader' | 'other' | 'ops' | 'manager', string> = {
  full: '',
  reader: '',
  other: '',
  ops: '',
  manager: '',
};
let stack: ApiStack;
let api: RunningApi;

interface Got {
  readonly status: number;
  readonly location: string;
  readonly replayed: boolean;
  readonly json: Record<string, unknown>;
}

async function call(
  method: string,
  target: string,
  { key = keys.full, body, idem = randomUUID() }: { key?: string; body?: unknown; idem?: string } = {},
): Promise<Got> {
  const answer = await fetchUnshed(`http://127.0.0.1:${api.port}${target}`, {
    method,
    headers: {
      Prefer: 'wait=10',
      ...(key === '' ? {} : { Authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json', 'Idempotency-Key': idem }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    location: answer.headers.get('location') ?? '',
    replayed: answer.headers.get('idempotent-replayed') === 'true',
    json: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
  };
}

beforeAll(async () => {
  stack = await startApiStack(orderAndMoneyRoles);
  api = await stack.startApi();
  await stack.putStore(store, ['GBP']);
  await stack.putStore(`${store}-2`, ['GBP']);
  keys.full = await stack.putKey(store, ['orders:read', 'orders:write']);
  keys.reader = await stack.putKey(store, ['orders:read']);
  keys.other = await stack.putKey(`${store}-2`, ['orders:read', 'orders:write', 'ops:read', 'ops:write']);
  keys.ops = await stack.putKey(store, ['ops:read', 'ops:write']);
  keys.manager = await stack.putKey(store, ['catalogue:write', 'stock:write', 'orders:read']);
  await until(async () => (await call('GET', '/v1/orders', { key: keys.manager })).status === 200);
  const { manager: key } = keys;
  const put = await call('PUT', '/v1/catalogue/MUG', {
    key,
    body: { name: 'Mug', prices: [{ currency: 'GBP', unitPriceMinor: 500 }] },
  });
  expect((await call('GET', put.location, { key })).status).toBe(200);
  await call('POST', '/v1/stock/MUG/movements', { key, body: { type: 'receive', quantity: 1_000 } });
});

afterAll(async () => {
  await stack?.stop();
});

async function confirmed(quantity = 3): Promise<string> {
  const lines = [{ sku: 'MUG', quantity }];
  const placed = await call('POST', '/v1/orders', {
    body: { customerId: 'c-1', currency: 'GBP', lines, paymentToken: 'tok_ok' },
  });
  const path = `/v1/orders/${String(placed.json['orderId'])}`;
  await until(async () => (await call('GET', path)).json['status'] === 'confirmed');
  return path;
}

const act = async (path: string, action: string, body: unknown = {}): Promise<Got> => {
  const taken = await call('POST', `${path}/${action}`, { body });
  expect(taken.status, JSON.stringify(taken.json)).toBe(202);
  return { ...(await call('GET', taken.location)), location: String(taken.json['id']) };
};

test('an order is shipped, delivered, returned, inspected and refunded, each on its own page of the order', async () => {
  const path = await confirmed();
  const shipped = await act(path, 'shipments', { carrier: 'dhl' });
  expect(shipped.json).toMatchObject({
    status: 'shipped',
    lines: [{ line: 1, open: 0, shipped: 3 }],
    shipments: [{ id: shipped.location, carrier: 'dhl', lines: [{ line: 1, sku: 'MUG', quantity: 3 }] }],
    requests: [{ id: shipped.location, outcome: 'done' }],
  });
  expect((await act(path, 'deliveries')).json).toMatchObject({ status: 'delivered' });
  const asked = await act(path, 'returns', { lines: [{ sku: 'mug', quantity: 1 }], reason: 'too-small' });
  const received = await act(path, `returns/${asked.location}/receipt`, { restock: true });
  expect(received.json).toMatchObject({
    returns: [{ id: asked.location, status: 'received', receipts: [{ restocked: true }] }],
    refunds: [{ origin: 'return', amountMinor: 500 }],
  });
  await act(path, 'refunds', { amountMinor: 1_000, currency: 'GBP' });
  await until(async () => {
    const { payment } = (await call('GET', path)).json as { payment: { refundedMinor: number } };
    return payment.refundedMinor === 1_500;
  });
  const over = await call('POST', `${path}/refunds`, { body: { amountMinor: 1, currency: 'GBP' } });
  expect([over.status, over.json['reason']]).toEqual([422, 'over-refund']);
});

test('a cancel gives stock and money back, a retry gets its 202 again, another wish with its key 422', async () => {
  const path = await confirmed();
  const idem = randomUUID();
  const cancel = (body: unknown): Promise<Got> => call('POST', `${path}/cancel`, { body, idem });
  const first = await cancel({});
  expect(first.status).toBe(202);
  await until(async () => (await call('GET', path)).json['status'] === 'cancelled');
  expect((await call('GET', path)).json).toMatchObject({
    refunds: [{ origin: 'cancel', amountMinor: 1_500 }],
  });
  expect(await cancel({})).toMatchObject({ status: 202, replayed: true, json: first.json });
  expect(await cancel({ reason: 'other' })).toMatchObject({ status: 422 });
  const ship = await call('POST', `${path}/shipments`, { body: {} });
  expect([ship.status, ship.json['reason']]).toEqual([409, 'closed']);
});

test('who may not write is refused on every action, another store finds nothing, and nothing is done', async () => {
  const path = await confirmed();
  const before = (await call('GET', path)).json;
  const actions = [
    'cancel',
    'shipments',
    'deliveries',
    'returns',
    `returns/${'0'.repeat(26)}/receipt`,
    'refunds',
  ];
  const bodyOf = (action: string): unknown => {
    if (action === 'refunds') return { amountMinor: 1, currency: 'GBP' };
    return action.endsWith('receipt') ? { restock: true } : {};
  };
  for (const action of actions) {
    const told = async (key: string): Promise<number> =>
      (await call('POST', `${path}/${action}`, { key, body: bodyOf(action) })).status;
    expect([
      action,
      await told(''),
      await told(keys.reader),
      await told(keys.ops),
      await told(keys.other),
    ]).toEqual([action, 401, 403, 403, 404]);
  }
  const word = { opId: 'o-1:capture:1', as: 'done', reason: 'seen', evidence: 'nowhere' };
  const resolve = path.replace('/v1', '/v1/ops').concat('/resolve');
  for (const [key, status] of [
    ['', 401],
    [keys.full, 403],
    [keys.other, 404],
    [keys.ops, 409],
  ] as const)
    expect((await call('POST', resolve, { key, body: word })).status).toBe(status);
  expect((await call('GET', '/v1/ops/orders?stuck=true', { key: keys.full })).status).toBe(403);
  expect((await call('GET', '/v1/ops/orders?stuck=true', { key: keys.ops })).json).toMatchObject({
    data: [],
    count: 0,
  });
  expect((await call('GET', path)).json).toEqual(before);
});

async function place(paymentToken: string): Promise<string> {
  const lines = [{ sku: 'MUG', quantity: 1 }];
  const placed = await call('POST', '/v1/orders', {
    body: { customerId: 'c-2', currency: 'GBP', lines, paymentToken },
  });
  expect((await call('GET', placed.location)).status).toBe(200);
  return String(placed.json['orderId']);
}

interface Shown {
  readonly status: string;
  readonly payment: { readonly status: string; readonly safeToRetry: boolean };
}

test('a lost reply is never shown as a failure, nor as safe to try again', async () => {
  const path = `/v1/orders/${await place('tok_lost_reply')}`;
  await until(async () => {
    const { status, json } = await call('GET', path);
    const { payment, ...order } = json as unknown as Shown;
    expect([status, payment.status]).not.toEqual([200, 'declined']);
    expect(status).toBe(200);
    if (payment.status === 'unknown') expect(payment.safeToRetry).toBe(false);
    return order.status === 'confirmed';
  });
});

test('money that stays unknown is on the list of what is stuck, and a person decides it by evidence', async () => {
  const orderId = await place('tok_lookup_unavailable');
  const path = `/v1/orders/${orderId}`;
  const { ops: key } = keys;
  const stuck = async (): Promise<Got> => call('GET', '/v1/ops/orders?stuck=true&on=money', { key });
  await until(async () => (await stuck()).json['count'] === 1);
  const opId = `${orderId}:authorize:1`;
  expect((await stuck()).json).toMatchObject({
    data: [
      {
        orderId,
        on: 'money',
        payment: {
          status: 'unknown',
          safeToRetry: false,
          amountAtRiskMinor: 500,
          decideBy: expect.any(String),
        },
        operations: [{ opId, status: 'unknown', amountMinor: 500 }],
        waitingFor: [{ whom: 'provider', until: expect.any(String), nextCheckAt: expect.any(String) }],
      },
    ],
  });
  const resolve = `/v1/ops/orders/${orderId}/resolve`;
  const word = { opId, as: 'not-done', reason: 'seen', evidence: 'provider dashboard: nothing there' };
  // a look-up between the two is a reason to look again before deciding
  await until(async () => {
    const dry = await call('POST', resolve, { key, body: word });
    expect(dry.status).toBe(200);
    const body = { ...word, dryRun: false, token: dry.json['token'] };
    const real = await call('POST', resolve, { key, body });
    expect([202, 412]).toContain(real.status);
    return real.status === 202;
  });
  await until(async () => (await call('GET', path)).json['status'] === 'expired');
  expect((await call('GET', path)).json).toMatchObject({
    requests: [{ outcome: 'done', event: 'PaymentResolved' }],
  });
  await until(async () => (await stuck()).json['count'] === 0);
});

test('the history of an order is told where the ledger has none: from the streams, and it says so', async () => {
  const path = await confirmed();
  const { status, json } = await call('GET', `${path}?expand=events,payment,holds,lineage`);
  expect(status).toBe(200);
  const { expanded } = json as { expanded: { events: { data: { type: string }[]; complete: boolean } } };
  expect(expanded.events.complete).toBe(true);
  expect(expanded.events.data.map(({ type }) => type)).toContain('OrderConfirmed');
  expect((await call('GET', `${path}?expand=everything`)).status).toBe(400);
});
