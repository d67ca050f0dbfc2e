import { randomUUID } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectClickhouse } from '../../infra/clients/clickhouse.ts';
import { until } from '../../infra/clients/testing/test-kafka.ts';
import type { LedgerDump } from '../../infra/psp/simulator/protocol.ts';
import type { RunningApi } from '../start.ts';
import { type ApiStack, orderAndMoneyRoles, startApiStack } from '../testing/api-stack.ts';
import { createCaller, dropDatabase, orderThat, sinkInto } from '../testing/caller.ts';

const store = `S-${randomUUID().slice(0, 8)}`;
const database = `exponents_${randomUUID().replaceAll('-', '')}`;
let stack: ApiStack;
let api: RunningApi;
let clickhouse: ClickHouseClient;
let key = '';
const call = createCaller(
  () => api.port,
  () => key,
);

beforeAll(async () => {
  stack = await startApiStack([...orderAndMoneyRoles, sinkInto(database)]);
  api = await stack.startApi({ CLICKHOUSE_DATABASE: database });
  clickhouse = connectClickhouse({ url: stack.config.clickhouseUrl, database: database });
  await stack.putStore(store, ['JPY', 'KWD']);
  key = await stack.putKey(store, [
    'orders:read',
    'orders:write',
    'orders:priced',
    'catalogue:write',
    'stock:write',
    'analytics:read',
  ]);
  await until(async () => (await call('GET', '/v1/orders')).status === 200);
  const put = await call('PUT', '/v1/catalogue/LAMP', {
    body: {
      name: 'Lamp',
      taxBasisPoints: 1_000,
      prices: [
        { currency: 'JPY', unitPriceMinor: 1_234 },
        { currency: 'KWD', unitPriceMinor: 4_567 },
      ],
    },
  });
  expect((await call('GET', put.location)).status).toBe(200);
  const received = await call('POST', '/v1/stock/LAMP/movements', {
    body: { type: 'receive', quantity: 100 },
  });
  expect(received.status).toBe(202);
});

afterAll(async () => {
  await clickhouse?.close();
  await stack?.stop();
  if (stack) await dropDatabase(stack.config.clickhouseUrl, database);
});

interface Payment {
  readonly refundedMinor: number;
}

const ledger = async (): Promise<LedgerDump> => {
  const { pspUrl, pspSecret } = stack.config;
  const answer = await fetch(`${pspUrl}/ledger`, { headers: { authorization: `Bearer ${pspSecret}` } });
  return (await answer.json()) as LedgerDump;
};

const rows = async (table: string, columns: string, orderId: string): Promise<readonly unknown[]> => {
  const found = await clickhouse.query({
    query: `SELECT ${columns} FROM ${table} WHERE order_id = {orderId:String} ORDER BY seq`,
    query_params: { orderId },
    format: 'JSONCompactEachRow',
  });
  // 64-bit integers come as texts
  return (await found.json<unknown[]>()).map((row) =>
    row.map((cell) => (typeof cell === 'string' && /^-?\d+$/.test(cell) ? Number(cell) : cell)),
  );
};

/**
 * Three lamps less a discount of 100, taxed 10 % on top. Of one of three comes back ⌊net ÷ 3⌋ and ⌊tax ÷ 3⌋
 * (domain §6); then the least amount there is.
 */
const sums = {
  /** 3 × ¥1,234 − 100 = 3,602; tax 360.2. */
  JPY: { netMinor: 3_602, taxMinor: 360, totalMinor: 3_962, pieceMinor: 1_200 + 120, refundedMinor: 1_321 },
  /** 3 × 4.567 − 0.100 = 13.601 dinars; tax 1.3601. */
  KWD: {
    netMinor: 13_601,
    taxMinor: 1_360,
    totalMinor: 14_961,
    pieceMinor: 4_533 + 453,
    refundedMinor: 4_987,
  },
} as const;

test.each(['JPY', 'KWD'] as const)(
  'trap 37: exponent 2 for all: an order in %s is taken and partly given back to the last minor unit, in every book',
  async (currency) => {
    const { netMinor, taxMinor, totalMinor, pieceMinor, refundedMinor } = sums[currency];
    const placed = await call('POST', '/v1/orders', {
      body: {
        customerId: 'c-1',
        currency,
        lines: [{ sku: 'LAMP', quantity: 3 }],
        discountMinor: 100,
        expectedTotalMinor: totalMinor,
        paymentToken: 'tok_ok',
      },
    });
    expect(placed.status, placed.text).toBe(202);
    const orderId = String(placed.json['orderId']);
    const path = `/v1/orders/${orderId}`;
    await orderThat(call, path, ({ status }) => status === 'confirmed');
    for (const [body, backMinor] of [
      [{ lines: [{ line: 1, quantity: 1 }] }, pieceMinor],
      [{ amountMinor: 1, currency }, refundedMinor],
    ] as const) {
      const asked = await call('POST', `${path}/refunds`, { body });
      expect(asked.status, asked.text).toBe(202);
      await orderThat(call, path, ({ payment }) => (payment as Payment).refundedMinor >= backMinor);
    }

    expect((await call('GET', path)).json).toMatchObject({
      currency,
      totalMinor,
      lines: [{ orderDiscountMinor: 100, taxMinor }],
      payment: { status: 'captured', capturedMinor: totalMinor, refundedMinor },
      refunds: [
        { status: 'succeeded', amountMinor: pieceMinor },
        { status: 'succeeded', amountMinor: 1 },
      ],
    });

    const { payments, operations } = await ledger();
    expect(payments.filter((payment) => payment.orderId === orderId)).toMatchObject([
      {
        currency,
        amount: totalMinor,
        captured: totalMinor,
        refunds: [
          { amount: pieceMinor, status: 'succeeded' },
          { amount: 1, status: 'succeeded' },
        ],
      },
    ]);
    expect(
      operations
        .filter((operation) => operation.orderId === orderId)
        .map((operation) => [operation.kind, operation.amount, operation.currency]),
    ).toEqual([
      ['authorize', totalMinor, currency],
      ['capture', totalMinor, currency],
      ['refund', pieceMinor, currency],
      ['refund', 1, currency],
    ]);

    const money = (): Promise<readonly unknown[]> =>
      rows('money_back', 'state, amount_minor, currency', orderId);
    await until(async () => (await money()).length === 4, money);
    expect(await money()).toEqual(
      expect.arrayContaining([
        ['requested', pieceMinor, currency],
        ['requested', 1, currency],
        ['succeeded', pieceMinor, currency],
        ['succeeded', 1, currency],
      ]),
    );
    expect(
      await rows('orders', 'event, currency, total_minor, discount_minor, tax_minor', orderId),
    ).toContainEqual(['OrderConfirmed', currency, totalMinor, 100, taxMinor]);
    expect(
      await rows('order_lines', 'entry, currency, units, net_minor, tax_minor, gross_minor', orderId),
    ).toContainEqual(['sold', currency, 3, netMinor, taxMinor, netMinor + taxMinor]);
    expect(await rows('payments', 'event, kind, currency, amount_minor', orderId)).toContainEqual([
      'PaymentCaptured',
      'capture',
      currency,
      totalMinor,
    ]);

    const { json } = await call('GET', `/v1/analytics/sales?currency=${currency}`);
    expect(json['totals']).toMatchObject([
      {
        currency,
        orders: 1,
        gross_minor: totalMinor,
        refunds_minor: refundedMinor,
        net_minor: totalMinor - refundedMinor,
      },
    ]);
  },
);
