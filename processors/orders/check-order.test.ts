import { expect, test } from 'vitest';
import type { OrderLine, PlaceOrder } from '../../schemas/generated/orders-commands.ts';
import type { LineBody } from './decide-lines.ts';
import {
  commandOf,
  factsOf,
  given,
  hintOf,
  lineCommand,
  orderId,
  orders,
  outcomeOf,
  placeOrderOf,
  replyOf,
  resolveOf,
  run,
  settlementOf,
} from './testing/orders-fixture.ts';

const check = (body: Parameters<typeof commandOf>[0]) => orders.check(undefined, commandOf(body));
const withLine = (line: Partial<OrderLine>) => placeOrderOf([line]);
const withBody = (of: Partial<PlaceOrder>) => placeOrderOf([{}], of);
const most = Number.MAX_SAFE_INTEGER;
const beyond: PlaceOrder = {
  ...placeOrderOf([{}]),
  lines: placeOrderOf([{}]).lines.map((line) => ({ ...line, discountMinor: most, shareMinor: most })),
};
const lines = (count: number, of: Partial<OrderLine> = {}) =>
  placeOrderOf(Array.from({ length: count }, (_, i) => ({ sku: `S${i}`, ...of })));

test.each<[string, PlaceOrder]>([
  ['one line', placeOrderOf([{}])],
  ['100 lines', lines(100)],
  ['the largest line', withLine({ quantity: 100_000, unitMinor: 999_999_999 })],
  ['1,000,000 pieces of a SKU', lines(10, { sku: 'A', quantity: 100_000 })],
  ['a free order', withLine({ unitMinor: 0 })],
  ['exclusive tax, half up', withLine({ unitMinor: 1_005, taxBp: 2_000, taxMinor: 201 })],
  [
    'a discount shared out by largest remainder, ties to the lower line',
    placeOrderOf(
      [
        { sku: 'A', unitMinor: 100, shareMinor: 4 },
        { sku: 'B', unitMinor: 100, shareMinor: 3 },
      ],
      { discountMinor: 7 },
    ),
  ],
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
  ['a discount nobody bears', withBody({ discountMinor: 5 })],
  ['a discount and a share beyond all lines', beyond],
  ['a share of no discount', withLine({ shareMinor: 5 })],
  ['a discount above all lines', placeOrderOf([{ shareMinor: 501 }], { discountMinor: 501 })],
  [
    'a share that is another line’s',
    placeOrderOf(
      [
        { sku: 'A', unitMinor: 100, shareMinor: 3 },
        { sku: 'B', unitMinor: 100, shareMinor: 4 },
      ],
      { discountMinor: 7 },
    ),
  ],
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
  expect(check(factsOf({ n: -1, capturedMinor: -5 }))).toBeNull();
  expect(check(resolveOf({ opId: '' }))).toBeNull();
});

test('news that names no order stands under the reference of its payment', () => {
  for (const of of [hintOf, settlementOf]) {
    expect(check(of())).toBeNull();
    expect(check(of({ orderId: 'psp:psp-1', pspRef: 'psp-1' }))).toBeNull();
    expect(check(of({ orderId: 'psp:psp-2', pspRef: 'psp-1' }))).toBe('semantic');
    expect(check(of({ orderId: 'psp:', pspRef: '' }))).toBe('semantic');
  }
  expect(check({ ...outcomeOf('capture'), orderId: 'psp:psp-1' })).toBe('semantic');
  const kept = orders.evolve(undefined, run([commandOf(hintOf())])[0] as never, 0);
  expect(orders.check(kept, commandOf(hintOf(), { store: 's-2' }))).toBe('store-mismatch');
});

const claimedAtMs = null;
const askReturn = { type: 'RequestReturn', returnId: 'r', lines: [], reason: '', claimedAtMs } as const;
const refund = {
  type: 'RequestRefund',
  refundId: 'f',
  lines: [],
  amountMinor: 1,
  currency: 'GBP',
  reason: '',
  claimedAtMs,
} as const;
const ship = { type: 'RecordShipment', lines: [], carrier: null, trackingRef: null } as const;
const long = 'x'.repeat(201);
type Draft = Parameters<typeof lineCommand>[0];

test.each<[string, Draft]>([
  ['a shipment of all that is open', ship],
  ['the last line and the largest quantity', { ...ship, lines: [{ line: 100, quantity: 100_000 }] }],
  ['a refund of the largest amount', { ...refund, amountMinor: Number.MAX_SAFE_INTEGER }],
  ['a refund of all that is left', { ...refund, amountMinor: null, currency: null }],
])('accepts %s', (_, body) => {
  expect(orders.check(undefined, lineCommand(body))).toBeNull();
});

test.each<[string, Draft]>([
  ['line 0', { ...ship, lines: [{ line: 0, quantity: 1 }] }],
  ['line 101', { ...ship, lines: [{ line: 101, quantity: 1 }] }],
  ['no piece of a line', { ...ship, lines: [{ line: 1, quantity: 0 }] }],
  ['a fraction of a piece', { ...ship, lines: [{ line: 1, quantity: 0.5 }] }],
  [
    'a line twice',
    {
      ...ship,
      lines: [
        { line: 1, quantity: 1 },
        { line: 1, quantity: 1 },
      ],
    },
  ],
  ['a carrier that is a novel', { ...ship, carrier: long }],
  ['a cancellation of nothing', { type: 'CancelLines', lines: [], reason: '' }],
  ['a reason that is a novel', { type: 'CancelLines', lines: [{ line: 1, quantity: 1 }], reason: long }],
  ['a return without id', { ...askReturn, returnId: '' }],
  ['a return whose id would break an operation’s', { ...askReturn, returnId: 'a:b' }],
  ['a refund without id', { ...refund, refundId: '' }],
  ['a refund of nothing', { ...refund, amountMinor: 0 }],
  ['a negative refund', { ...refund, amountMinor: -1 }],
  ['a refund beyond 2^53', { ...refund, amountMinor: 2 ** 53 }],
  ['an amount without currency', { ...refund, currency: null }],
  ['an amount and lines', { ...refund, lines: [{ line: 1, quantity: 1 }] }],
])('quarantines %s', (_, body) => {
  expect(orders.check(undefined, lineCommand(body))).toBe('semantic');
  const other = { ...lineCommand(body).body, orderId: 'order-1' } as LineBody;
  expect(orders.check(undefined, commandOf(other))).toBe('semantic');
});

test('a word of a newer writer: a person’s is quarantined, a provider’s changes nothing', () => {
  expect(check(resolveOf({ as: 'half-done' as 'done' }))).toBe('semantic');
  const receive = { ...askReturn, type: 'ReceiveReturn', sellable: false } as const;
  expect(orders.check(undefined, lineCommand({ ...receive, condition: 'burnt' as 'damaged' }))).toBe(
    'semantic',
  );
  const placed = given(run([commandOf(placeOrderOf([{}]))]));
  const refunds = [{ opId: null, amountMinor: 1, status: 'odd' as 'done' }];
  for (const body of [
    factsOf({ ended: 'melted' as 'voided' }),
    factsOf({ refunds }),
    settlementOf({ kind: 'gift' as 'fee' }),
  ]) {
    expect(check(body)).toBeNull();
    expect(orders.decide(placed, commandOf(body), 0)).toMatchObject([
      { type: 'CommandIgnored', reason: 'unknown-word' },
    ]);
  }
});

test('quarantines a cancel whose reason is a novel, and none else', () => {
  expect(check({ type: 'CancelOrder', orderId, reason: long })).toBe('semantic');
  expect(check({ type: 'CancelOrder', orderId, reason: '' })).toBeNull();
});

test('refuses a command of another store, but not its Tick', () => {
  const order = given(run([commandOf(placeOrderOf([{}]))]));
  expect(orders.check(order, commandOf(replyOf('HoldPlaced', 'A'), { store: 's-2' }))).toBe('store-mismatch');
  expect(orders.check(order, commandOf(placeOrderOf([{}]), { store: '' }))).toBe('semantic');
  expect(orders.check(order, commandOf({ type: 'Tick', writer: 'w' }, { store: '' }))).toBeNull();
});
