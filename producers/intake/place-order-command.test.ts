import { expect, test } from 'vitest';
import { commandIdOf, orderIdOf } from '../../schemas/ids.ts';
import { placeOrderCommand } from './place-order-command.ts';

const origin = {
  store: 'S1',
  commandId: commandIdOf('S1', 'POST /v1/orders', '/v1/orders', 'k'),
  fingerprint: 'k1.0',
  requestId: 'r-1',
};
const priced = {
  lines: [],
  discountMinor: 0,
  shippingMinor: 0,
  shippingTaxMinor: 0,
  totalMinor: 0,
  taxRule: 'exclusive' as const,
  pricedBy: 'catalogue' as const,
};

test('nothing personal is readable in the command: it stands there as it was sealed', () => {
  const sealedTexts: [string, string][] = [];
  const seal = (field: string, text: string): string => `sealed ${sealedTexts.push([field, text])}`;
  const request = {
    customerId: 'c-1',
    currency: 'GBP',
    paymentToken: 'tok_visible',
    shipTo: { name: 'Ada Buyer' },
    orderedAt: '2026-01-02T03:04:05Z',
  };
  const command = placeOrderCommand(origin, orderIdOf('S1', 'k'), request, priced, seal);
  expect(JSON.stringify(command)).not.toMatch(/tok_visible|Ada/);
  expect(command.body.orderedAtMs).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
  expect([command.body.paymentToken, command.body.shipTo]).toEqual(['sealed 1', 'sealed 2']);
  expect(sealedTexts).toEqual([
    ['paymentToken', 'tok_visible'],
    ['shipTo', '{"name":"Ada Buyer"}'],
  ]);
});
