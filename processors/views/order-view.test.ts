import { describe, expect, test } from 'vitest';
import type { EventBody } from '../../schemas/generated/orders-events.ts';
import { noPayment, type OrderView } from '../../schemas/order-view.ts';
import { foldOrder, orderIdOf } from './order-view.ts';
import { acceptedJournal, confirmedOrder, placedOrder } from './testing/order-journal.ts';

const of = { store: 'demo', orderId: 'o-1' } as const;
const money = { amountMinor: 1_000, currency: 'GBP' } as const;
const authorize = { opId: 'o-1:authorize:1', attempt: 1 } as const;
const hold = { holdId: 'o-1:A', sku: 'A', quantity: 2 };
const [placed, , asked, , , , askedCapture] = confirmedOrder('o-1') as readonly [EventBody, ...EventBody[]];
const unknown: EventBody = {
  type: 'PaymentUnknown',
  ...of,
  ...authorize,
  ...money,
  kind: 'authorize',
  cause: 'timeout',
  nextCheckAtMs: 3_000,
  decideByMs: 7_000,
};

/** The order after each event, in partition 3. */
function states(bodies: readonly (EventBody | undefined)[]): readonly OrderView[] {
  let order: OrderView | undefined;
  const events = acceptedJournal(bodies.filter((body) => body !== undefined));
  return events.slice(1).map(({ event }) => {
    order = foldOrder(order, event, 3);
    if (!order) throw new Error(`${event.body.type} gives no document`);
    return order;
  });
}
const last = (bodies: readonly (EventBody | undefined)[]): OrderView | undefined => states(bodies).at(-1);

describe('foldOrder', () => {
  test('shows an order on its way to confirmed, with the position of each event', () => {
    const seen = states(confirmedOrder('o-1'));
    expect(seen.map(({ status, payment, position }) => [status, payment.status, position])).toEqual([
      ['holding', 'none', '3.1'],
      ['holding', 'none', '3.2'],
      ['authorizing', 'authorizing', '3.3'],
      ['authorizing', 'authorized', '3.4'],
      ['committing', 'authorized', '3.5'],
      ['committing', 'authorized', '3.6'],
      ['capturing', 'capturing', '3.7'],
      ['capturing', 'captured', '3.8'],
      ['confirmed', 'captured', '3.9'],
    ]);
    expect(seen.map(({ holds }) => holds[0]?.state)).toEqual([
      'asked',
      ...Array.from({ length: 4 }, () => 'placed'),
      ...Array.from({ length: 4 }, () => 'committed'),
    ]);
  });

  test('keeps what the order was placed with, and the times of its first and last event', () => {
    expect(last(confirmedOrder('o-1'))).toEqual({
      orderId: 'o-1',
      store: 'demo',
      customerId: 'c-1',
      status: 'confirmed',
      reason: null,
      currency: 'GBP',
      lines: [
        {
          line: 1,
          sku: 'A',
          quantity: 2,
          unitMinor: 500,
          discountMinor: 0,
          shareMinor: 0,
          taxBp: 0,
          taxMinor: 0,
          cancelled: 0,
          shipped: 0,
          delivered: 0,
          returnAsked: 0,
          returned: 0,
        },
      ],
      discountMinor: 0,
      shippingMinor: 0,
      shippingTaxMinor: 0,
      totalMinor: 1_000,
      taxRule: 'inclusive',
      holds: [{ ...hold, state: 'committed' }],
      payment: { ...noPayment, status: 'captured', sinceMs: 1_080, capturedMinor: 1_000, pspRef: 'p1' },
      unwinding: null,
      cancelNoted: null,
      shipments: [],
      deliveries: [],
      returns: [],
      refunds: [],
      disputes: [],
      persons: [],
      commands: [],
      holdUntilMs: 900_000,
      createdAtMs: 1_010,
      updatedAtMs: 1_090,
      orderedAtMs: null,
      commandId: 'c1',
      fingerprint: 'f1',
      requestId: null,
      position: '3.9',
    });
  });

  test('never shows the sealed token or address', () => {
    const order = last([placedOrder('o-1', { paymentToken: 'sealed-token', shipTo: 'sealed-address' })]);
    expect(JSON.stringify(order)).not.toContain('sealed');
  });

  test.each([
    ['Rejected', 'rejected'],
    ['Declined', 'declined'],
    ['Expired', 'expired'],
    ['Cancelled', 'cancelled'],
  ] as const)('an order closed as %s is %s, with its reason only then', (as, status) => {
    const unwinding: EventBody = {
      type: 'UnwindStarted',
      ...of,
      to: as,
      reason: 'why',
      holds: [hold],
      commits: [],
      commandId: null,
      fingerprint: null,
      requestId: null,
    };
    const closed: EventBody = {
      type: 'OrderClosed',
      ...of,
      as,
      reason: 'why',
      currency: 'GBP',
      totalMinor: 1_000,
      placedAtMs: 1_010,
      orderedAtMs: null,
    };
    const seen = states([
      placed,
      unwinding,
      { type: 'HoldRecorded', ...of, holdId: 'o-1:A', as: 'released' },
      closed,
    ]);
    expect(seen.map((order) => [order.status, order.reason, order.holds[0]?.state])).toEqual([
      ['holding', null, 'asked'],
      ['unwinding', null, 'asked'],
      ['unwinding', null, 'released'],
      [status, 'why', 'released'],
    ]);
  });

  test('a refused hold is shown as refused, the others as they are', () => {
    const two = placedOrder('o-1', { lines: ['A', 'B'].map((sku) => ({ ...line, sku })) });
    const order = last([two, { type: 'HoldRecorded', ...of, holdId: 'o-1:B', as: 'refused' }]);
    expect(order?.holds.map(({ sku, state }) => [sku, state])).toEqual([
      ['A', 'asked'],
      ['B', 'refused'],
    ]);
  });

  test('a declined payment shows its code', () => {
    const declined: EventBody = {
      type: 'PaymentDeclined',
      ...of,
      ...authorize,
      code: 'card_declined',
      next: 'other-method',
    };
    expect(last([placed, asked, declined])?.payment).toMatchObject({
      status: 'declined',
      declineCode: 'card_declined',
    });
  });

  test('unknown money shows since when, from the first time on, until it is known', () => {
    const known: EventBody = {
      type: 'PaymentAuthorized',
      ...of,
      ...authorize,
      ...money,
      pspRef: 'p',
      captureBeforeMs: null,
    };
    const seen = states([placed, asked, unknown, unknown, known]);
    expect(seen.map(({ payment }) => [payment.status, payment.sinceMs])).toEqual([
      ['none', null],
      ['authorizing', 1_020],
      ['unknown', 1_030],
      ['unknown', 1_030],
      ['authorized', 1_050],
    ]);
  });

  test('asking for a void leaves the status, and the payment is voiding', () => {
    const opId = 'o-1:void:1';
    const after = last([placed, asked, { ...askedCapture, opId, kind: 'void' } as EventBody]);
    expect([after?.status, after?.payment.status, after?.payment.kind]).toEqual([
      'authorizing',
      'voiding',
      'void',
    ]);
  });

  test('throws on an event of an order that was never placed, and on a second placing', () => {
    expect(() => states([unknown])).toThrow('3.1: PaymentUnknown of an order that was never placed');
    expect(() => states([placed, placed])).toThrow('order o-1 is placed twice, first at 3.1');
  });
});

test('refusals, notes and watermarks belong to no order', () => {
  const ignored: EventBody = {
    type: 'CommandIgnored',
    command: 'HoldPlaced',
    key: 'o-1',
    reason: 'already-recorded',
    commandId: null,
    fingerprint: null,
  };
  expect([ignored, { type: 'TimePassed', atMs: 1 } as const, placed].map(orderIdOf)).toEqual([
    null,
    null,
    'o-1',
  ]);
});

const line = {
  sku: 'A',
  quantity: 2,
  unitMinor: 500,
  discountMinor: 0,
  taxBp: 0,
  taxMinor: 0,
  priceVersion: 1,
  shareMinor: 0,
};
