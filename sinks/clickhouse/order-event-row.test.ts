import { expect, test } from 'vitest';
import type { EventBody } from '../../schemas/generated/orders-events.ts';
import { orderEventRow } from './order-event-row.ts';
import { createJournal, orderPlaced, startMs } from './testing/journal.ts';

const rowOf = (body: EventBody) => {
  const journal = createJournal();
  journal.add(body);
  const [accepted] = journal.events;
  return accepted ? orderEventRow(3, accepted.event, accepted.position.offset) : null;
};
const orderId = 'o-1';

test('an event of an order keeps its place in the log, its cause, and what it says', () => {
  const body: EventBody = {
    type: 'PaymentOpRequested',
    store: 'demo',
    orderId,
    customerId: 'c-7',
    opId: 'o-1:authorize:1',
    attempt: 2,
    kind: 'authorize',
    key: 'key-1',
    amountMinor: 5,
    currency: 'GBP',
    methodRef: 'sealed',
    pspRef: null,
  };
  const row = rowOf(body);
  expect(row).toEqual({
    store: 'demo',
    partition: 3,
    seq: 1,
    at: startMs,
    order_id: orderId,
    event: 'PaymentOpRequested',
    offset: 1,
    cause_offset: 1,
    cause_source: null,
    cause_seq: null,
    cause_index: null,
    detail: JSON.stringify({
      opId: 'o-1:authorize:1',
      attempt: 2,
      kind: 'authorize',
      key: 'key-1',
      amountMinor: 5,
      currency: 'GBP',
    }),
  });
});

test('nothing sealed, nothing of a person and no line of the order stands in its detail', () => {
  const placed = orderPlaced('k', [{ sku: 'A', quantity: 1, unitMinor: 5 }], {
    paymentToken: 'sealed-token',
    shipTo: 'sealed-address',
    customerId: 'c-secret',
  });
  const row = rowOf(placed);
  expect(row?.detail).not.toMatch(/sealed|secret|lines/);
  expect(JSON.parse(row?.detail ?? '')).toMatchObject({ totalMinor: 5, taxRule: 'exclusive' });
});

test('an answer to a command of an order belongs to it; watermarks, parking and news of no order do not', () => {
  const refused = {
    type: 'CommandRefused',
    command: 'CancelOrder',
    reason: 'closing',
    commandId: 'c',
    fingerprint: null,
    requestId: null,
    detail: null,
  } as const;
  expect(rowOf({ ...refused, key: orderId })).toMatchObject({ store: '', order_id: orderId });
  const hint = {
    type: 'HintKept',
    store: 'demo',
    orderId: 'psp:p1',
    command: 'ProviderHint',
    psp: 'sim',
    eventId: 'e',
    kind: 'charge',
    pspRef: 'p1',
    opId: null,
  } as const;
  const others: EventBody[] = [{ ...refused, key: 'psp:p1' }, hint, { type: 'TimePassed', atMs: 1 }];
  expect(others.map(rowOf)).toEqual([null, null, null]);
});
