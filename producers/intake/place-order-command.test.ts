import { expect, test } from 'vitest';
import { createSealedFields } from '../../infra/clients/sealed-fields.ts';
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

test('nothing personal is readable in the command, and its owner can open it', () => {
  const sealed = createSealedFields('a secret of the test');
  const request = {
    customerId: 'c-1',
    currency: 'GBP',
    paymentToken: 'tok_visible',
    shipTo: { name: 'Ada Buyer' },
    orderedAt: '2026-01-02T03:04:05Z',
  };
  const command = placeOrderCommand(origin, orderIdOf('S1', 'k'), request, priced, sealed);
  expect(JSON.stringify(command)).not.toMatch(/tok_visible|Ada/);
  expect(command.body.orderedAtMs).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
  const owner = { store: 'S1', customerId: 'c-1' };
  expect(sealed.open({ ...owner, field: 'paymentToken' }, command.body.paymentToken)).toBe('tok_visible');
  expect(sealed.open({ ...owner, field: 'shipTo' }, command.body.shipTo ?? '')).toBe('{"name":"Ada Buyer"}');
});
