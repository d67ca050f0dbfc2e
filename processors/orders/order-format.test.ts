import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ByteReader } from '../../schemas/byte-reader.ts';
import { ByteWriter } from '../../schemas/byte-writer.ts';
import { orderStates } from '../../schemas/order-transitions.ts';
import { orderFormat } from './order-format.ts';
import type { OrderOrHints } from './evolve-order.ts';
import { eventsTo, samplesIn, variants } from './testing/order-states.ts';
import {
  commandOf,
  given,
  hintOf,
  outcomeOf,
  placeOrderOf,
  replyOf,
  run,
  stateAfter,
} from './testing/orders-fixture.ts';

const toHex = (order: OrderOrHints): string => {
  const writer = new ByteWriter();
  orderFormat.write(order, writer);
  return writer.written().toString('hex');
};

const placed = [commandOf(placeOrderOf([{ sku: 'A' }])), commandOf(replyOf('HoldPlaced', 'A'))];

/** An order in each state, and with each kind of answer of the provider. */
const states: Readonly<Record<string, OrderOrHints | undefined>> = {
  ...Object.fromEntries(
    orderStates.flatMap((state) =>
      variants.slice(0, 2).map((variant) => {
        const events = eventsTo(state, variant);
        return [`${state} ${variant.skus.join('')}`, events ? given(events) : undefined];
      }),
    ),
  ),
  ...Object.fromEntries(
    orderStates
      .slice(1)
      .flatMap((state) => samplesIn(state).map((build, i) => [`${state} sample ${i}`, build()] as const)),
  ),
  'hints that wait': stateAfter(run([commandOf(hintOf()), commandOf(hintOf({ eventId: 'e-2' }))])),
  unknown: given(run([...placed, commandOf(outcomeOf('authorize', { is: 'unknown', cause: 'timeout' }))])),
  declined: given(run([...placed, commandOf(outcomeOf('authorize', { is: 'no', code: 'späť' }))])),
  'with every field': given(
    run([
      commandOf(
        placeOrderOf([{ sku: 'A', taxBp: 2_000, taxMinor: -1 }], { orderedAtMs: -1, shippingMinor: 1 }),
      ),
    ]),
  ),
};

const golden = JSON.parse(
  readFileSync(new URL('./golden/order-format-4.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, string>>;

test('the golden bytes are of this version: others need a new version and a new file', () => {
  expect(orderFormat.version).toBe('orders-4');
  const known = Object.entries(states).flatMap(([name, order]) => (order ? [[name, toHex(order)]] : []));
  expect(Object.fromEntries(known)).toEqual(golden);
});

test.each(Object.entries(golden))('reads back what it wrote of an order: %s', (name, hex) => {
  const reader = new ByteReader(Buffer.from(hex, 'hex'));
  expect(orderFormat.read(reader)).toEqual(states[name]);
  expect(reader.left).toBe(0);
});

test('what does not follow from the order stands in full', () => {
  const order = states['Confirmed sample 0'];
  if (order?.state !== 'Confirmed') throw new Error('no confirmed order');
  const [hold] = order.holds;
  const [op] = order.payment.ops;
  if (!hold || !op) throw new Error('without hold or operation');
  const foreign: OrderOrHints = {
    ...order,
    holds: [hold, { ...hold, holdId: 'h' }, { ...hold, sku: 'Z' }, { ...hold, holdId: 'o:Z', sku: 'Z' }],
    payment: {
      ...order.payment,
      ops: [
        { ...op, opId: 'o', currency: 'EUR', pspRef: 'p' },
        { ...op, opId: `${op.opId}0x`, answer: { is: 'ok', amountMinor: 1, currency: 'EUR', pspRef: 'p' } },
        { ...op, opId: `${order.orderId}:${op.kind}:0`, pspRef: order.payment.pspRef },
        { ...op, opId: `${order.orderId}:${op.kind}:01` },
      ],
    },
  };
  const reader = new ByteReader(Buffer.from(toHex(foreign), 'hex'));
  expect(orderFormat.read(reader)).toEqual(foreign);
  expect(reader.left).toBe(0);
});
