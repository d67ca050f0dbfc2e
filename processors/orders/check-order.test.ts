import { expect, test } from 'vitest';
import type { OrderLine, PlaceOrder } from '../../schemas/generated/orders-commands.ts';
import { commandOf, given, orders, outcomeOf, placeOrderOf, replyOf, run } from './testing/orders-fixture.ts';

const check = (body: Parameters<typeof commandOf>[0]) => orders.check(undefined, commandOf(body));
const withLine = (line: Partial<OrderLine>) => placeOrderOf([line]);
const withBody = (of: Partial<PlaceOrder>) => placeOrderOf([{}], of);
const lines = (count: number, of: Partial<OrderLine> = {}) =>
  placeOrderOf(Array.from({ length: count }, (_, i) => ({ sku: `S${i}`, ...of })));

test.each<[string, PlaceOrder]>([
  ['one line', placeOrderOf([{}])],
  ['100 lines', lines(100)],
  ['the largest line', withLine({ quantity: 100_000, unitMinor: 999_999_999 })],
  ['1,000,000 pieces of a SKU', lines(10, { sku: 'A', quantity: 100_000 })],
  ['a free order', withLine({ unitMinor: 0 })],
  ['exclusive tax, half up', withLine({ unitMinor: 1_005, taxBp: 2_000, taxMinor: 201 })],
  ['a time of 1970 and of the year 3000', withBody({ orderedAtMs: 32_503_680_000_000 })],
])('accepts %s', (_, body) => {
  expect(check(body)).toBeNull();
});

test.each<[string, PlaceOrder]>([
  ['no line', placeOrderOf([])],
  ['101 lines', lines(101)],
  ['quantity 0', withLine({ quantity: 0 })],
  ['a negative quantity', withLine({ quantity: -1 })],
  ['100,001 pieces on a line', withLine({ quantity: 100_001 })],
  ['1,000,001 pieces of a SKU', placeOrderOf([...lines(10, { sku: 'A', quantity: 100_000 }).lines, {}])],
  ['a SKU in lower case', withLine({ sku: 'a' })],
  ['a SKU that is none', withLine({ sku: 'A/B' })],
  ['a negative price', withLine({ unitMinor: -1 })],
  ['a price above 9,999,999.99', withLine({ unitMinor: 1_000_000_000 })],
  ['a discount above the line', withLine({ discountMinor: 501 })],
  ['a tax that is not that of the line', withLine({ taxBp: 2_000, taxMinor: 99 })],
  ['an unknown currency', withBody({ currency: 'ZZZ' })],
  ['a currency in lower case', withBody({ currency: 'gbp' })],
  ['a total that is not the sum', withBody({ totalMinor: 1 })],
  ['a negative shipping', withBody({ shippingMinor: -1, totalMinor: 499 })],
  ['a customer id with a space', withBody({ customerId: 'c 1' })],
  ['no payment token', withBody({ paymentToken: '' })],
  ['an order id of another form', withBody({ orderId: 'order-1' })],
  ['an unknown tax rule', withBody({ taxRule: 'none' as 'exclusive' })],
])('quarantines %s', (_, body) => {
  expect(check({ ...body, lines: body.lines.map((line) => ({ ...line })) })).toBe('semantic');
});

test('quarantines a reply for a hold of another order or without pieces', () => {
  expect(check(replyOf('HoldPlaced', 'A'))).toBeNull();
  expect(check({ ...replyOf('HoldPlaced', 'A'), holdId: 'o-x:A' })).toBe('semantic');
  expect(check(replyOf('HoldPlaced', 'A', 0))).toBe('semantic');
  expect(check(replyOf('HoldReleased', 'A', 0))).toBeNull();
});

test('never quarantines what is said about money', () => {
  expect(check(outcomeOf('capture', { amountMinor: -1, attempt: 0, currency: 'nonsense' }))).toBeNull();
});

test('refuses a command of another store, but not its Tick', () => {
  const order = given(run([commandOf(placeOrderOf([{}]))]));
  expect(orders.check(order, commandOf(replyOf('HoldPlaced', 'A'), { store: 's-2' }))).toBe('store-mismatch');
  expect(orders.check(order, commandOf(placeOrderOf([{}]), { store: '' }))).toBe('semantic');
  expect(orders.check(order, commandOf({ type: 'Tick', writer: 'w' }, { store: '' }))).toBeNull();
});
