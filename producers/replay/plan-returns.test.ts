import { expect, test } from 'vitest';
import type { ChargeLine, CreditLine, GoodsLine } from './classify-line.ts';
import { planOrders } from './plan-orders.ts';

const day = (of: number) => ({ year: 2011, month: 1, day: of, hour: 9, minute: 0, second: 0 });
let lines = 1;
const sold = (
  invoice: string,
  quantity: number,
  more: Partial<Omit<GoodsLine, 'orderedAt'>> & { readonly on?: number } = {},
): GoodsLine => {
  const { on = 1, ...rest } = more;
  return {
    is: 'goods',
    line: (lines += 1),
    invoice,
    sku: 'A1' as GoodsLine['sku'],
    name: 'LAMP',
    quantity,
    unitMinor: 250,
    orderedAt: day(on),
    customer: '17850',
    ...rest,
  };
};
const credited = (
  invoice: string,
  quantity: number,
  more: Partial<Omit<CreditLine, 'creditedAt'>> & { readonly on?: number } = {},
): CreditLine => {
  const { on = 9, ...rest } = more;
  return {
    is: 'credit',
    line: (lines += 1),
    invoice,
    sku: 'A1' as CreditLine['sku'],
    quantity,
    unitMinor: 250,
    creditedAt: day(on),
    customer: '17850',
    ...rest,
  };
};
const charge = (is: ChargeLine['is'], invoice: string, minor: number): ChargeLine => ({
  is,
  line: (lines += 1),
  invoice,
  code: is === 'shipping' ? 'POST' : 'D',
  minor,
});

/** `<key>: <order> <line>×<pieces>… <refund>`, and the details of what is quarantined. */
function planned(
  goods: readonly GoodsLine[],
  credits: readonly CreditLine[],
  charges: readonly ChargeLine[] = [],
) {
  const { returns, quarantined } = planOrders({ goods, credits, charges, quarantined: [] });
  return [
    ...returns.map(
      ({ key, order, pieces, refundMinor }) =>
        `${key}: ${order.key} ${pieces.map((one) => `${one.line}×${one.quantity}`).join(' ')} ${refundMinor}`,
    ),
    ...quarantined.map(({ reason, detail }) => `${reason}: ${detail}`),
  ];
}
const cannotTell =
  'credit: no earlier order of the customer has these pieces at this price, less what came back before';

test("a credit is a return of the customer's latest order before it with the SKU", () => {
  const goods = [
    sold('1', 6, { on: 1 }),
    sold('2', 6, { on: 3 }),
    sold('3', 6, { on: 20 }),
    sold('4', 6, { on: 5, customer: '1' }),
    sold('5', 6, { on: 5, sku: 'B1' as GoodsLine['sku'] }),
  ];
  expect(planned(goods, [credited('C6', 2)])).toEqual(['uci-C6-return: uci-2 1×2 500']);
});

test('an order gives back no more pieces than it sold: the one before it is next, then nobody', () => {
  const goods = [sold('1', 6, { on: 1 }), sold('2', 6, { on: 3 })];
  const credits = [credited('C3', 4, { on: 5 }), credited('C4', 4, { on: 6 }), credited('C5', 4, { on: 7 })];
  expect(planned(goods, credits)).toEqual([
    'uci-C3-return: uci-2 1×4 1000',
    'uci-C4-return: uci-1 1×4 1000',
    cannotTell,
  ]);
});

test('credits are taken by their time, not by their place in the file', () => {
  const goods = [sold('1', 4)];
  const credits = [credited('C3', 3, { on: 7 }), credited('C2', 2, { on: 5 })];
  expect(planned(goods, credits)).toEqual(['uci-C2-return: uci-1 1×2 500', cannotTell]);
});

test('pieces may be of several lines of the SKU at that price', () => {
  const goods = [sold('1', 2), sold('1', 9, { unitMinor: 999 }), sold('1', 3)];
  expect(planned(goods, [credited('C2', 4)])).toEqual(['uci-C2-return: uci-1 1×2 3×2 1000']);
});

test('lines of one credit invoice are one return of each order', () => {
  const b1 = { sku: 'B1' as GoodsLine['sku'] };
  const goods = [sold('1', 2, { on: 1 }), sold('2', 2, { on: 2, ...b1 }), sold('1', 5, { on: 1, ...b1 })];
  const credits = [credited('C9', 1), credited('C9', 4, b1), credited('C9', 2, b1)];
  expect(planned(goods, credits)).toEqual([
    'uci-C9-return: uci-1 1×1 2×4 1250',
    'uci-C9-2-return: uci-2 1×2 500',
  ]);
});

test.each<[string, () => readonly string[], string]>([
  [
    'of a guest',
    () => planned([sold('1', 6, { customer: null })], [credited('C2', 1, { customer: null })]),
    'credit: of a guest',
  ],
  ['at another price', () => planned([sold('1', 6)], [credited('C2', 1, { unitMinor: 249 })]), cannotTell],
  ['before any order', () => planned([sold('1', 6, { on: 9 })], [credited('C2', 1, { on: 8 })]), cannotTell],
])('nobody can tell whose a credit is %s', (_, made, wanted) => {
  expect(made()).toEqual([wanted]);
});

test('a return that would give back another amount than the file credits is none', () => {
  const discounted = [charge('discount', '1', 100)];
  expect(planned([sold('1', 4)], [credited('C2', 1)], discounted)).toEqual([cannotTell]);
  const carried = [charge('shipping', '1', 300)];
  // shipping goes back with the last piece, and the file credits none
  expect(planned([sold('1', 4)], [credited('C2', 4)], carried)).toEqual([cannotTell]);
  expect(planned([sold('1', 4)], [credited('C2', 3)], carried)).toEqual(['uci-C2-return: uci-1 1×3 750']);
});

test('carriage and discounts are those of their invoice, as far as it can bear them', () => {
  const goods = [sold('1', 4), sold('2', 1)];
  const charges = [
    charge('shipping', '1', 300),
    charge('shipping', '1', 200),
    charge('discount', '1', 900),
    charge('discount', '1', 200),
    charge('discount', '1', 100),
    charge('shipping', '3', 1_800),
  ];
  const plan = planOrders({ goods, charges, credits: [], quarantined: [] });
  expect(plan.orders[0]?.charges.map(({ minor }) => minor)).toEqual([300, 200, 900, 100]);
  expect(plan.orders[1]?.charges).toEqual([]);
  expect(plan.quarantined.map(({ reason, detail, minor }) => `${reason} ${minor}: ${detail}`)).toEqual([
    'fee 1800: POST: an invoice without goods',
    'discount -200: D: more than its order can bear',
  ]);
});

test('a limit leaves the charges of an order with it, and nobody returns what was not ordered', () => {
  const file = {
    goods: [sold('1', 4, { on: 1 }), sold('2', 4, { on: 2 })],
    charges: [charge('shipping', '2', 300)],
    credits: [credited('C3', 1)],
    quarantined: [],
  };
  const plan = planOrders(file, 1);
  expect(plan.left).toEqual({ lines: 2, minor: 1_300n });
  expect(plan.returns.map(({ order }) => order.key)).toEqual(['uci-1']);
});
