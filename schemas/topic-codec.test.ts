import { expect, test } from 'vitest';
import type { Command } from './generated/orders-commands.ts';
import { createTopicCodec } from './topic-codec.ts';

const codec = createTopicCodec<Command>('orders.commands.v1', 7);
const command: Command = {
  store: 's',
  commandId: null,
  fingerprint: null,
  requestId: null,
  body: {
    type: 'PlaceOrder',
    orderId: 'o-1',
    customerId: 'c-1',
    currency: 'GBP',
    lines: [
      { sku: 'A', quantity: 2, unitMinor: 100, discountMinor: 0, taxBp: 0, taxMinor: 0, priceVersion: 1 },
      { sku: 'B', quantity: 1, unitMinor: 5, discountMinor: 0, taxBp: 0, taxMinor: 0, priceVersion: 1 },
    ],
    discountMinor: 0,
    shippingMinor: 0,
    shippingTaxMinor: 0,
    totalMinor: 205,
    taxRule: 'exclusive',
    paymentToken: 'sealed',
    shipTo: null,
    orderedAtMs: null,
    pricedBy: 'catalogue',
  },
};

test('reads back what it wrote, arrays included', () => {
  expect(codec.decode(codec.encode(command))).toEqual({ is: 'value', value: command });
});

test('refuses an array longer than the bytes that are left, before it makes room for it', () => {
  const bytes = codec.encode(command);
  const count = bytes.indexOf(Buffer.from('\x04\x02A', 'latin1'));
  expect(count).toBeGreaterThan(0);
  const bomb = Buffer.concat([
    bytes.subarray(0, count),
    Buffer.from('80c2d72f', 'hex'),
    bytes.subarray(count + 1),
  ]);
  expect(codec.decode(bomb)).toMatchObject({ is: 'unreadable', detail: expect.stringContaining('at most 10000') });
});
