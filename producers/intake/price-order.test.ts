import { describe, expect, test } from 'vitest';
import { type OrderToPrice, type Pricing, priceOrder } from './price-order.ts';

const store = { currencies: ['GBP'], taxRule: 'exclusive' as const, shippingMinor: 0, shippingTaxBp: 0 };
const products = new Map([
  ['85123A', { version: 3, prices: [{ currency: 'GBP', unitMinor: 255 }], taxBp: 0 }],
  ['71053', { version: 1, prices: [{ currency: 'GBP', unitMinor: 375 }], taxBp: 2_000 }],
  ['EURO', { version: 1, prices: [{ currency: 'EUR', unitMinor: 1 }], taxBp: 0 }],
  ['BIG', { version: 1, prices: [{ currency: 'GBP', unitMinor: 999_999_999 }], taxBp: 0 }],
]);
const pricing: Pricing = { store, productOf: (sku) => products.get(sku), mayPrice: false };
const order = (lines: OrderToPrice['lines'], rest: Partial<OrderToPrice> = {}): OrderToPrice => ({
  currency: 'GBP',
  lines,
  ...rest,
});
const faultOf = (asked: OrderToPrice, by: Partial<Pricing> = {}) => {
  const priced = priceOrder(asked, { ...pricing, ...by });
  return priced.is === 'fault' ? `${priced.fault.code} ${priced.fault.pointers.join(' ')}` : 'none';
};

test('prices from the catalogue, adds exclusive tax a line and shipping', () => {
  const priced = priceOrder(
    order([
      { sku: '85123A', quantity: 6 },
      { sku: '71053', quantity: 2 },
    ]),
    {
      ...pricing,
      store: { ...store, shippingMinor: 300, shippingTaxBp: 2_000 },
    },
  );
  expect(priced).toMatchObject({
    is: 'priced',
    order: {
      lines: [
        { sku: '85123A', quantity: 6, unitMinor: 255, taxMinor: 0, priceVersion: 3 },
        { sku: '71053', quantity: 2, unitMinor: 375, taxMinor: 150, priceVersion: 1 },
      ],
      shippingTaxMinor: 60,
      totalMinor: 1_530 + 750 + 150 + 300 + 60,
      pricedBy: 'catalogue',
    },
  });
});

test('trap 29, the client’s price: a caller without the scope may show our price, not its own', () => {
  expect(faultOf(order([{ sku: '85123A', quantity: 1, unitPriceMinor: 255 }]))).toBe('none');
  expect(
    faultOf(
      order([
        { sku: '85123A', quantity: 1, unitPriceMinor: 255 },
        { sku: '85123A', quantity: 1, unitPriceMinor: 1 },
      ]),
    ),
  ).toBe('price-mismatch /lines/1/unitPriceMinor');
});

test('a trusted channel brings its price, which has version 0', () => {
  const priced = priceOrder(order([{ sku: '85123A', quantity: 2, unitPriceMinor: 1 }]), {
    ...pricing,
    mayPrice: true,
  });
  expect(priced).toMatchObject({
    order: { totalMinor: 2, pricedBy: 'channel', lines: [{ unitMinor: 1, priceVersion: 0 }] },
  });
});

test('a trusted channel brings shipping and a discount, which the lines share before they are taxed', () => {
  const asked = order(
    [
      { sku: '71053', quantity: 2 },
      { sku: '85123A', quantity: 1 },
    ],
    { shippingMinor: 1_000, discountMinor: 101 },
  );
  const priced = priceOrder(asked, {
    ...pricing,
    store: { ...store, shippingMinor: 300, shippingTaxBp: 2_000 },
    mayPrice: true,
  });
  // 750 and 255: 101 × 750 ÷ 1005 = 75.37, 101 × 255 ÷ 1005 = 25.63
  expect(priced).toMatchObject({
    order: {
      lines: [
        { shareMinor: 75, taxMinor: 135, discountMinor: 0 },
        { shareMinor: 26, taxMinor: 0 },
      ],
      discountMinor: 101,
      shippingMinor: 1_000,
      shippingTaxMinor: 200,
      totalMinor: 1_005 - 101 + 135 + 1_200,
      pricedBy: 'channel',
    },
  });
});

test('a discount may take all the goods cost, and no more', () => {
  const asked = (discountMinor: number) => order([{ sku: '85123A', quantity: 1 }], { discountMinor });
  expect(priceOrder(asked(255), { ...pricing, mayPrice: true })).toMatchObject({ order: { totalMinor: 0 } });
  expect(faultOf(asked(256), { mayPrice: true })).toBe('validation-failed /discountMinor');
});

describe("trap 29: the client's price", () => {
  test('shipping and discount of a caller who may not price are refused, whatever they say', () => {
    const lines = [{ sku: '85123A', quantity: 1, unitPriceMinor: 1 }];
    expect(faultOf(order(lines, { shippingMinor: 0, discountMinor: 0 }))).toBe(
      'price-mismatch /lines/0/unitPriceMinor /shippingMinor /discountMinor',
    );
  });
});

test.each([
  [order([{ sku: 'NOPE', quantity: 1 }], { currency: 'JPY' }), 'unsupported-currency /currency'],
  [order([{ sku: 'NOPE', quantity: 1, unitPriceMinor: 9 }]), 'unknown-sku /lines/0/sku'],
  [order([{ sku: 'EURO', quantity: 1 }]), 'unsupported-currency /lines/0/sku'],
  [
    order([{ sku: '85123A', quantity: 6 }], { expectedTotalMinor: 1_529 }),
    'total-mismatch /expectedTotalMinor',
  ],
  [order([{ sku: '85123A', quantity: 6 }], { expectedTotalMinor: 1_530 }), 'none'],
  [
    order(Array.from({ length: 100 }, () => ({ sku: 'BIG', quantity: 100_000 }))),
    'amount-out-of-range /lines',
  ],
])('case %#', (asked, fault) => {
  expect(faultOf(asked)).toBe(fault);
});

test('an unknown SKU stays unknown to a trusted channel too', () => {
  expect(faultOf(order([{ sku: 'NOPE', quantity: 1, unitPriceMinor: 9 }]), { mayPrice: true })).toContain(
    'unknown-sku',
  );
});

test('an order is priced in the minor units of its currency: yen has none, dinars have three digits', () => {
  const sold = new Map([
    [
      'A',
      {
        version: 1,
        prices: [
          { currency: 'JPY', unitMinor: 480 },
          { currency: 'KWD', unitMinor: 1_005 },
        ],
        taxBp: 1_000,
      },
    ],
  ]);
  const by = {
    ...pricing,
    store: { ...store, currencies: ['JPY', 'KWD'] },
    productOf: (sku: string) => sold.get(sku),
  };
  const totalOf = (currency: string) =>
    priceOrder({ currency, lines: [{ sku: 'A', quantity: 3 }] }, by) as { order?: { totalMinor: number } };
  expect(totalOf('JPY').order?.totalMinor).toBe(1_440 + 144);
  expect(totalOf('KWD').order?.totalMinor).toBe(3_015 + 302);
  expect(faultOf(order([{ sku: 'A', quantity: 1 }], { currency: 'GBP' }), by)).toBe(
    'unsupported-currency /currency',
  );
});
