import { expect, test } from 'vitest';
import { eventBodyTypes, type EventBody } from '../../schemas/generated/orders-events.ts';
import { addOrderRows, noRows } from './order-rows.ts';
import { createJournal, orderConfirmed, orderPlaced, refundOf, startMs } from './testing/journal.ts';

const asked = { commandId: null, fingerprint: null, requestId: null };

const rowsOf = (body: EventBody) => {
  const journal = createJournal();
  journal.add(body);
  const rows = noRows();
  for (const { event } of journal.events) addOrderRows(rows, 3, event);
  return rows;
};

const placed = orderPlaced('k', [{ sku: 'A', quantity: 2, unitMinor: 100 }], {
  orderedAtMs: 5,
  customerId: 'c-7',
});

test('a placed order gives one row with what the customer is to pay, and one for each line', () => {
  const rows = rowsOf({
    ...placed,
    lines: placed.lines.map((line) => ({ ...line, discountMinor: 20, taxBp: 2000, taxMinor: 36 })),
    discountMinor: 20,
    shippingMinor: 500,
    shippingTaxMinor: 100,
    totalMinor: 816,
  });
  expect(rows.orders).toMatchObject([
    {
      store: 'demo',
      partition: 3,
      seq: 1,
      at: startMs,
      order_id: placed.orderId,
      event: 'OrderPlaced',
      customer_id: 'c-7',
      currency: 'GBP',
      line_count: 1,
      units: 2,
      total_minor: 816,
      discount_minor: 20,
      shipping_minor: 500,
      tax_minor: 136,
      ordered_at: 5,
    },
  ]);
  expect(rows.order_lines).toMatchObject([
    {
      line: 0,
      entry: 'placed',
      sku: 'A',
      units: 2,
      unit_minor: 100,
      net_minor: 180,
      tax_minor: 36,
      gross_minor: 216,
    },
  ]);
});

test.each([
  ['on top of', 'exclusive', 240, 240],
  ['in', 'inclusive', 200, 200],
] as const)(
  'a sold line with tax %s its price costs what the customer paid for it',
  (_, taxRule, total, gross) => {
    const taxed = {
      ...placed,
      taxRule,
      totalMinor: total,
      lines: placed.lines.map((line) => ({ ...line, taxMinor: 40 })),
    };
    const confirmed = rowsOf(orderConfirmed(taxed, startMs));
    expect(confirmed.orders).toMatchObject([
      { event: 'OrderConfirmed', total_minor: total, tax_minor: 40, units: 2 },
    ]);
    expect(confirmed.order_lines).toMatchObject([
      { entry: 'sold', net_minor: 200, tax_minor: 40, gross_minor: gross },
    ]);
    expect(rowsOf(taxed).order_lines).toMatchObject([{ gross_minor: gross }]);
  },
);

test('an order that ends without a sale keeps its outcome and reason, and null for what the event does not say', () => {
  const of = { store: 'demo', orderId: placed.orderId, reason: 'insufficient' };
  expect(
    rowsOf({ type: 'UnwindStarted', ...of, to: 'Rejected', ...asked, holds: [], commits: [] }).orders,
  ).toMatchObject([
    {
      event: 'UnwindStarted',
      outcome: 'Rejected',
      reason: 'insufficient',
      currency: null,
      total_minor: null,
    },
  ]);
  expect(
    rowsOf({
      type: 'OrderClosed',
      ...of,
      as: 'Rejected',
      currency: 'GBP',
      totalMinor: 200,
      placedAtMs: 1,
      orderedAtMs: null,
    }).orders,
  ).toMatchObject([
    { event: 'OrderClosed', outcome: 'Rejected', currency: 'GBP', total_minor: 200, placed_at: 1 },
  ]);
});

const op = { store: 'demo', orderId: 'o-1', opId: 'o-1:authorize:2', attempt: 1 };
const money = { amountMinor: 200, currency: 'GBP' };
test.each<[EventBody, object]>([
  [
    {
      type: 'PaymentOpRequested',
      ...op,
      ...money,
      customerId: 'c',
      kind: 'authorize',
      key: 'secret',
      methodRef: 'sealed',
      pspRef: null,
    },
    { kind: 'authorize', amount_minor: 200, psp_ref: null, code: null },
  ],
  [
    { type: 'PaymentAuthorized', ...op, ...money, pspRef: 'p', captureBeforeMs: null },
    { kind: 'authorize', psp_ref: 'p' },
  ],
  [
    { type: 'PaymentDeclined', ...op, code: 'no-funds', next: 'later' },
    { kind: 'authorize', amount_minor: null, code: 'no-funds' },
  ],
  [
    {
      type: 'PaymentUnknown',
      ...op,
      ...money,
      kind: 'authorize',
      cause: 'timeout',
      nextCheckAtMs: null,
      decideByMs: null,
    },
    { kind: 'authorize', code: 'timeout' },
  ],
])('the payment event $type gives one row, without keys and tokens', (body, wanted) => {
  const { payments } = rowsOf(body);
  expect(payments).toMatchObject([{ event: body.type, op_id: op.opId, attempt: 1, ...wanted }]);
  expect(JSON.stringify(payments)).not.toMatch(/secret|sealed/);
});

test.each<[EventBody, object]>([
  [
    { type: 'PaymentVoided', ...op, ...money, pspRef: 'p' },
    { amount_minor: 200, psp_ref: 'p', code: null },
  ],
  [
    { type: 'PaymentLapsed', ...op, reason: 'not-found' },
    { amount_minor: null, code: 'not-found' },
  ],
  [{ type: 'PaymentCaptureFailed', ...op, code: 'expired' }, { code: 'expired' }],
  [{ type: 'PaymentPending', ...op, kind: 'authorize', pspRef: 'p' }, { psp_ref: 'p' }],
  [{ type: 'PaymentActionRequired', ...op, pspRef: null, client: 'secret' }, { psp_ref: null }],
])('money that is not taken gives one row too: $type', (body, wanted) => {
  const { payments } = rowsOf(body);
  expect(payments).toMatchObject([{ event: body.type, op_id: op.opId, ...wanted }]);
  expect(JSON.stringify(payments)).not.toContain('secret');
});

test('a refund is a row when it is asked for and one for each word on it, and never a change of the sale', () => {
  const [requested, , recorded] = refundOf(placed, 150, { origin: 'cancel-lines', claimedAtMs: 7 });
  expect(rowsOf(requested)).toEqual({
    ...noRows(),
    money_back: [
      {
        store: 'demo',
        partition: 3,
        seq: 1,
        at: startMs,
        order_id: placed.orderId,
        event: 'RefundRequested',
        kind: 'refund',
        ref: 'r-1',
        state: 'requested',
        why: 'cancel-lines',
        currency: 'GBP',
        amount_minor: 150,
        shipping_minor: 0,
        psp_ref: null,
        code: null,
        claimed_at: 7,
      },
    ],
  });
  const rows = rowsOf({ ...recorded, as: 'failed', code: 'card-closed' });
  expect(rows.orders).toEqual([]);
  expect(rows.money_back).toMatchObject([
    { ref: 'r-1', state: 'failed', code: 'card-closed', psp_ref: 're-1' },
  ]);
  expect(rows.payments).toMatchObject([{ event: 'RefundRecorded', kind: 'refund', code: 'card-closed' }]);
});

test('a dispute is a row of each of its states', () => {
  const dispute = { store: 'demo', orderId: 'o-1', disputeId: 'dp-1', ...money, pspRef: 'p' } as const;
  for (const as of ['open', 'won', 'lost'] as const) {
    expect(rowsOf({ type: 'DisputeRecorded', ...dispute, as }).money_back).toMatchObject([
      { kind: 'chargeback', ref: 'dp-1', state: as, why: null, amount_minor: 200 },
    ]);
  }
});

test('pieces are a row for each line, counted from 0 as the lines of the sale are', () => {
  const of = { store: 'demo', orderId: 'o-1', ...asked };
  const lines = [1, 3].map((line) => ({ line, sku: `S${line}`, holdId: 'h', quantity: line }));
  const shipped = rowsOf({
    type: 'ShipmentRecorded',
    ...of,
    shipmentId: 's-1',
    lines,
    carrier: null,
    trackingRef: 'secret',
    complete: false,
  });
  expect(shipped.fulfilment).toMatchObject([
    { event: 'ShipmentRecorded', ref: 's-1', line: 0, sku: 'S1', units: 1, condition: null },
    { event: 'ShipmentRecorded', ref: 's-1', line: 2, sku: 'S3', units: 3, condition: null },
  ]);
  const back = {
    type: 'ReturnReceived',
    ...of,
    returnId: 'r-1',
    receiptId: 'k',
    lines,
    claimedAtMs: 5,
  } as const;
  const conditions = [true, false].map(
    (sellable) =>
      rowsOf({ ...back, sellable, condition: sellable ? null : 'damaged' }).fulfilment[0]?.condition,
  );
  expect(conditions).toEqual(['sellable', 'damaged']);
});

test('no other event of the journal gives a row', () => {
  const rows =
    /^(OrderPlaced|OrderConfirmed|UnwindStarted|OrderClosed|Refund|Dispute|Payment(?!Resolved)|Lines|Shipment|Delivery|Return)/;
  const others = eventBodyTypes.filter((type) => !rows.test(type));
  expect(others).toHaveLength(19);
  for (const type of others) expect(rowsOf({ type } as EventBody)).toEqual(noRows());
});

test('an event this build does not know stops the sink', () => {
  expect(() => rowsOf({ type: 'OrderSplit' } as unknown as EventBody)).toThrow(/OrderSplit/);
});
