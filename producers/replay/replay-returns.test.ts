import { expect, test } from 'vitest';
import type { Checkout, CheckoutRequest, Settled } from '../checkout/checkout.ts';
import type { ChargeLine, CreditLine, GoodsLine } from './classify-line.ts';
import { type Plan, planOrders } from './plan-orders.ts';
import { replay } from './replay.ts';
import { RefundDiffers } from './replay-returns.ts';

const at = { year: 2011, month: 7, day: 4, hour: 12, minute: 0, second: 0 };
const goods = (invoice: string, quantity: number): GoodsLine => ({
  is: 'goods',
  line: 2,
  invoice,
  sku: 'A1' as GoodsLine['sku'],
  name: 'LAMP',
  quantity,
  unitMinor: 250,
  orderedAt: at,
  customer: '17850',
});
const credit = (invoice: string, quantity: number): CreditLine => ({
  is: 'credit',
  line: 9,
  invoice,
  sku: 'A1' as CreditLine['sku'],
  quantity,
  unitMinor: 250,
  creditedAt: { ...at, day: 5 },
  customer: '17850',
});
const charge = (is: ChargeLine['is'], minor: number): ChargeLine => ({
  is,
  line: 3,
  invoice: '1',
  code: 'X',
  minor,
});

interface Shop extends Checkout {
  readonly sent: CheckoutRequest[];
}

/** A shop that knows each key again, confirms an order at its second look, and refunds 250 a piece unless told otherwise. */
function openShop(
  to: { readonly end?: string; readonly refund?: number; readonly refuse?: RegExp } = {},
): Shop {
  const done = new Map<string, Settled>();
  const looks = new Map<string, number>();
  const refunds: { id: string; amountMinor: number }[] = [];
  const sent: CheckoutRequest[] = [];
  return {
    sent,
    settle(request) {
      sent.push(request);
      if (to.refuse?.test(request.path)) {
        return Promise.resolve({
          is: 'refused',
          status: 409,
          code: 'order-state-conflict',
          reason: 'not-returnable',
        });
      }
      const known = done.get(request.path + request.key);
      if (known) return Promise.resolve({ ...known, replayed: true } as Settled);
      const id = `id-${request.key}`;
      const settled: Settled = { is: 'done', replayed: false, id, location: `/v1/orders/${id}?after=0:1` };
      done.set(request.path + request.key, settled);
      if (request.path.endsWith('/receipt')) refunds.push({ id, amountMinor: to.refund ?? 500 });
      return Promise.resolve(settled);
    },
    read(path) {
      const look = (looks.get(path) ?? 0) + 1;
      looks.set(path, look);
      return Promise.resolve({ status: look > 1 ? (to.end ?? 'confirmed') : 'capturing', refunds });
    },
    close: () => undefined,
  };
}

const planOf = (charges: readonly ChargeLine[] = []): Plan =>
  planOrders({
    goods: [goods('1', 6), goods('2', 1)],
    charges,
    credits: [credit('C3', 2)],
    quarantined: [],
  });
const run = (plan: Plan, shop: Shop) =>
  replay(plan, 'abc', shop, { rate: 'max', scarce: null, progress: { step: () => undefined } });

test('ships what was confirmed, asks back what was credited, and receives it', async () => {
  const shop = openShop();
  const { summary } = await run(planOf(), shop);
  const later = shop.sent.slice(shop.sent.findIndex(({ path }) => path.endsWith('/shipments')));
  expect(later.map(({ path, key, body }) => ({ path, key, body }))).toEqual([
    { path: '/v1/orders/id-uci-1/shipments', key: 'uci-1-shipment', body: {} },
    { path: '/v1/orders/id-uci-2/shipments', key: 'uci-2-shipment', body: {} },
    {
      path: '/v1/orders/id-uci-1/returns',
      key: 'uci-C3-return',
      body: {
        lines: [{ line: 1, quantity: 2 }],
        reason: 'credit-note',
        claimedAt: '2011-07-05T11:00:00Z',
      },
    },
    {
      path: '/v1/orders/id-uci-1/returns/id-uci-C3-return/receipt',
      key: 'uci-C3-return-receipt',
      body: { restock: true, claimedAt: '2011-07-05T11:00:00Z' },
    },
  ]);
  expect(summary).toEqual({
    orders: 2,
    accepted: { orders: 2, lines: 2, minor: 1_750 },
    shipped: 2,
    returned: { returns: 1, lines: 1, pieces: 2 },
    refunds: { refunds: 1, minor: 500 },
    netMinor: 1_250,
    quarantined: { lines: 0, minor: 0, byReason: {} },
    replayed: 0,
  });
});

test('a second run sends the same and comes to the same', async () => {
  const shop = openShop();
  const first = await run(planOf(), shop);
  const sent = shop.sent.splice(0);
  const second = await run(planOf(), shop);
  expect(shop.sent).toEqual(sent);
  expect(second.summary).toEqual({ ...first.summary, replayed: 2 });
});

test('carriage and a discount go with the order', async () => {
  const shop = openShop();
  const { summary } = await run(planOf([charge('shipping', 300), charge('discount', 6)]), shop);
  const placed = shop.sent.find(({ key }) => key === 'uci-1');
  expect(placed?.body).toMatchObject({ shippingMinor: 300, discountMinor: 6 });
  expect(summary.accepted).toEqual({ orders: 2, lines: 4, minor: 1_750 + 294 });
});

test.each(['rejected', 'declined', 'expired', 'cancelled'])(
  'an order that was %s is not shipped, and its credit is quarantined',
  async (end) => {
    const shop = openShop({ end });
    const { summary, refusals } = await run(planOf(), shop);
    expect(shop.sent.filter(({ path }) => /shipments|returns/.test(path))).toEqual([]);
    expect(summary).toMatchObject({
      shipped: 0,
      refunds: { refunds: 0, minor: 0 },
      quarantined: { lines: 1, minor: -500, byReason: { credit: 1 } },
    });
    expect(refusals).toEqual([{ line: 9, reason: 'credit', detail: 'its order was not shipped' }]);
  },
);

test('a return that is refused is quarantined with its reason', async () => {
  const { summary } = await run(planOf(), openShop({ refuse: /returns$/ }));
  expect(summary.quarantined).toEqual({ lines: 1, minor: -500, byReason: { 'not-returnable': 1 } });
});

test('a refund of another amount than the file credits stops the run', async () => {
  await expect(run(planOf(), openShop({ refund: 499 }))).rejects.toThrow(RefundDiffers);
});
