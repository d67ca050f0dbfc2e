import { describe, expect, test } from 'vitest';
import { paymentKeyOf } from '../../schemas/ids.ts';
import {
  commandOf,
  given,
  orderId,
  orders,
  outcomeOf,
  placeOrderOf,
  pspRef,
  refusedOf,
  replyOf,
  run,
  startMs,
  store,
} from './testing/orders-fixture.ts';

const twoSkus = placeOrderOf([
  { sku: 'B', quantity: 2, unitMinor: 100 },
  { sku: 'A', quantity: 1, unitMinor: 100 },
  { sku: 'B', quantity: 1, unitMinor: 200 },
]);
const place = commandOf(twoSkus);
const held = [commandOf(replyOf('HoldPlaced', 'A')), commandOf(replyOf('HoldPlaced', 'B', 3))];
const authorized = commandOf(outcomeOf('authorize'));
const committed = [commandOf(replyOf('HoldCommitted', 'A')), commandOf(replyOf('HoldCommitted', 'B', 3))];
const captured = commandOf(outcomeOf('capture'));
const single = commandOf(placeOrderOf([{ sku: 'A' }]));
const authorizing = [single, commandOf(replyOf('HoldPlaced', 'A'))];
const capturing = [...authorizing, authorized, commandOf(replyOf('HoldCommitted', 'A'))];

const last = (commands: Parameters<typeof run>[0]) => {
  const before = run(commands.slice(0, -1));
  return run(commands.slice(-1), before).slice(before.length);
};
const types = (commands: Parameters<typeof run>[0]) => run(commands).map(({ type }) => type);

describe('placing', () => {
  test('sums the lines of one SKU into one hold and asks for the holds in SKU order', () => {
    expect(last([place])).toMatchObject([
      {
        type: 'OrderPlaced',
        holds: [
          { holdId: `${orderId}:A`, sku: 'A', quantity: 1 },
          { holdId: `${orderId}:B`, sku: 'B', quantity: 3 },
        ],
        holdUntilMs: startMs + 900_000,
        totalMinor: 500,
        fingerprint: 'k1.aa',
      },
    ]);
  });

  test('drops the same order again without an event, and refuses another body under its key', () => {
    expect(last([place, place])).toEqual([]);
    const other = commandOf(twoSkus, { fingerprint: 'k1.bb', commandId: 'cmd' });
    expect(last([place, other])).toMatchObject([
      { type: 'CommandRefused', reason: 'key-reused', command: 'PlaceOrder', commandId: 'cmd' },
    ]);
    expect(given(run([place, other]))).toEqual(given(run([place])));
  });
});

describe('the way to Confirmed', () => {
  test('authorizes when the last hold stands, under a key the journal already has', () => {
    expect(last([place, ...held])).toMatchObject([
      { type: 'HoldRecorded', holdId: `${orderId}:B`, as: 'placed' },
      {
        type: 'PaymentOpRequested',
        kind: 'authorize',
        opId: `${orderId}:authorize:1`,
        attempt: 1,
        key: paymentKeyOf(store, `${orderId}:authorize:1`, 1),
        amountMinor: 500,
        currency: 'GBP',
        methodRef: 'sealed:tok_ok',
        pspRef: null,
      },
    ]);
  });

  test('commits the holds, captures under the reference of the authorization, and confirms with the sale', () => {
    const events = run([place, ...held, authorized, ...committed, captured]);
    expect(events.map(({ type }) => type)).toEqual([
      'OrderPlaced',
      'HoldRecorded',
      'HoldRecorded',
      'PaymentOpRequested',
      'PaymentAuthorized',
      'CommitStarted',
      'CommitRecorded',
      'CommitRecorded',
      'PaymentOpRequested',
      'PaymentCaptured',
      'OrderConfirmed',
    ]);
    expect(events[8]).toMatchObject({ kind: 'capture', pspRef, methodRef: null, amountMinor: 500 });
    expect(events[10]).toMatchObject({
      lines: [
        { sku: 'B', quantity: 2, netMinor: 200, taxMinor: 0 },
        { sku: 'A', quantity: 1, netMinor: 100, taxMinor: 0 },
        { sku: 'B', quantity: 1, netMinor: 200, taxMinor: 0 },
      ],
      totalMinor: 500,
      placedAtMs: startMs,
    });
  });

  test('confirms with the tax of the lines and of shipping, and the net after the line discount', () => {
    const taxed = placeOrderOf(
      [{ sku: 'A', quantity: 3, unitMinor: 100, discountMinor: 50, taxBp: 2_000, taxMinor: 50 }],
      { shippingMinor: 100, shippingTaxMinor: 20, discountMinor: 50, paymentToken: 'sealed' },
    );
    const total = 420;
    expect(taxed.totalMinor).toBe(total);
    const ok = { amountMinor: total };
    const events = run([
      commandOf(taxed),
      commandOf(replyOf('HoldPlaced', 'A', 3)),
      commandOf(outcomeOf('authorize', ok)),
      commandOf(replyOf('HoldCommitted', 'A', 3)),
      commandOf(outcomeOf('capture', ok)),
    ]);
    expect(events.at(-1)).toMatchObject({
      type: 'OrderConfirmed',
      lines: [{ netMinor: 250, taxMinor: 50 }],
      taxMinor: 70,
      shippingMinor: 100,
      discountMinor: 50,
    });
  });

  test('asks for no payment of an order that costs nothing', () => {
    const free = commandOf(placeOrderOf([{ sku: 'A', unitMinor: 0 }]));
    expect(
      types([free, commandOf(replyOf('HoldPlaced', 'A')), commandOf(replyOf('HoldCommitted', 'A'))]),
    ).toEqual(['OrderPlaced', 'HoldRecorded', 'CommitStarted', 'CommitRecorded', 'OrderConfirmed']);
  });
});

describe('Rejected and Declined', () => {
  test('a refused hold releases the others, placed or not yet answered, and closes when all have ended', () => {
    const three = commandOf(placeOrderOf([{ sku: 'A' }, { sku: 'B' }, { sku: 'D' }]));
    const first = [three, commandOf(replyOf('HoldPlaced', 'A')), commandOf(refusedOf('B'))];
    expect(last(first)).toMatchObject([
      { type: 'HoldRecorded', holdId: `${orderId}:B`, as: 'refused' },
      {
        type: 'UnwindStarted',
        to: 'Rejected',
        reason: 'insufficient',
        holds: [{ sku: 'A' }, { sku: 'D' }],
        commits: [],
      },
    ]);
    const late = [...first, commandOf(replyOf('HoldPlaced', 'D')), commandOf(replyOf('HoldReleased', 'A'))];
    expect(last(late)).toMatchObject([{ type: 'HoldRecorded', as: 'released' }]);
    expect(last([...late, commandOf(replyOf('HoldReleased', 'D'))])).toMatchObject([
      { type: 'HoldRecorded', holdId: `${orderId}:D`, as: 'released' },
      { type: 'OrderClosed', as: 'Rejected', reason: 'insufficient', totalMinor: 1_500, placedAtMs: startMs },
    ]);
  });

  test('a tombstone of a hold that stock never placed ends it too', () => {
    const events = run([place, commandOf(refusedOf('A')), commandOf(replyOf('HoldReleased', 'B', 0))]);
    expect(events.at(-1)).toMatchObject({ type: 'OrderClosed', as: 'Rejected' });
  });

  test('with nothing left to end, the order closes in the same decision', () => {
    expect(types([single, commandOf(refusedOf('A'))])).toEqual([
      'OrderPlaced',
      'HoldRecorded',
      'UnwindStarted',
      'OrderClosed',
    ]);
  });

  test('a decline releases every hold and keeps the code as the reason', () => {
    const no = commandOf(outcomeOf('authorize', { is: 'no', code: 'card_declined', next: 'later' }));
    expect(last([...authorizing, no])).toMatchObject([
      { type: 'PaymentDeclined', code: 'card_declined', next: 'later' },
      { type: 'UnwindStarted', to: 'Declined', reason: 'card_declined', holds: [{ sku: 'A' }] },
    ]);
    expect(last([...authorizing, no, commandOf(replyOf('HoldReleased', 'A'))])).toMatchObject([
      { type: 'HoldRecorded', as: 'released' },
      { type: 'OrderClosed', as: 'Declined', reason: 'card_declined' },
    ]);
  });
});

describe('outcomes', () => {
  test('an unknown keeps the holds, a second one changes no state, and the ok that follows counts', () => {
    const unknown = commandOf(outcomeOf('capture', { is: 'unknown', cause: 'reset' }));
    expect(last([...capturing, unknown])).toMatchObject([{ type: 'PaymentUnknown', cause: 'reset' }]);
    expect(given(run([...capturing, unknown, unknown]))?.state).toBe('Capturing');
    expect(last([...capturing, unknown, unknown, captured])).toMatchObject([
      { type: 'PaymentCaptured' },
      { type: 'OrderConfirmed' },
    ]);
  });

  test('the same outcome five times gives one capture', () => {
    const events = run([...capturing, captured, captured, captured, captured, captured]);
    expect(events.filter(({ type }) => type === 'PaymentCaptured')).toHaveLength(1);
    expect(events.at(-1)?.type).toBe('OrderConfirmed');
  });

  test('a no after the ok is a discrepancy and changes nothing', () => {
    const no = commandOf(outcomeOf('capture', { is: 'no', code: 'card_declined' }));
    expect(last([...capturing, captured, no])).toMatchObject([
      { type: 'DiscrepancyRecorded', class: 'contradiction' },
      { type: 'LookUpRequested' },
    ]);
  });

  test('an ok of another amount, currency or reference is unknown, with an alarm', () => {
    for (const of of [{ amountMinor: 499 }, { currency: 'EUR' }, { pspRef: 'psp-2' }, { pspRef: null }]) {
      const events = last([...capturing, commandOf(outcomeOf('capture', of))]);
      expect(events).toMatchObject([
        { type: 'PaymentUnknown', cause: 'mismatch' },
        { type: 'DiscrepancyRecorded' },
      ]);
    }
  });

  test('an outcome of an operation never asked is refused, and an ok of one is an anomaly too', () => {
    const never = { opId: `${orderId}:capture:9` };
    const no = commandOf(outcomeOf('capture', { ...never, is: 'no' }));
    expect(last([...capturing, no])).toMatchObject([{ type: 'CommandRefused', reason: 'stale-intent' }]);
    const attempt = commandOf(outcomeOf('capture', { attempt: 2 }));
    expect(last([...capturing, attempt])).toMatchObject([
      { type: 'AnomalyRecorded', reason: 'money-without-intent' },
      { type: 'CommandRefused', reason: 'stale-intent' },
    ]);
  });

  test('an outcome of an order nobody placed is an anomaly and refused', () => {
    expect(last([captured])).toMatchObject([
      { type: 'AnomalyRecorded', reason: 'unknown-order', state: 'none', key: orderId },
      { type: 'CommandRefused', reason: 'unknown-order', key: orderId },
    ]);
  });
});

describe('replies that do not fit', () => {
  test.each([
    ['another hold', replyOf('HoldPlaced', 'Z'), 'unknown-hold'],
    ['another quantity', replyOf('HoldPlaced', 'B', 2), 'quantity-differs'],
  ])('a reply for %s is an anomaly', (_, reply, reason) => {
    expect(last([place, commandOf(reply)])).toMatchObject([{ type: 'AnomalyRecorded', reason }]);
  });

  test('a refusal of a hold that stands is an anomaly', () => {
    expect(last([place, commandOf(replyOf('HoldPlaced', 'A')), commandOf(refusedOf('A'))])).toMatchObject([
      { type: 'AnomalyRecorded', reason: 'contradicts-placed' },
    ]);
  });

  test('the same reply again is ignored', () => {
    const again = commandOf(replyOf('HoldPlaced', 'A'));
    expect(last([place, again, again])).toMatchObject([
      { type: 'CommandIgnored', reason: 'already-recorded' },
    ]);
    expect(
      last([place, ...held, authorized, ...committed.slice(0, 1), ...committed.slice(0, 1)]),
    ).toMatchObject([{ type: 'CommandIgnored', reason: 'already-recorded' }]);
  });
});

test('the fold stops at an event that cannot stand in its state', () => {
  const order = given(run([place]));
  expect(() =>
    orders.evolve(order, { type: 'CommitRecorded', store, orderId, holdId: `${orderId}:A` }, startMs),
  ).toThrow(/CommitRecorded of .* cannot stand in state Holding/);
  expect(() => given(run([place, place]).concat(run([place])))).toThrow(/cannot stand in state Holding/);
});

test('keys every command and event by its order', () => {
  expect(orders.keyOfCommand(place)).toBe(orderId);
  expect(run([place, ...held, captured]).map(orders.keyOfEvent)).toEqual(Array(6).fill(orderId));
  expect(orders.keyOfEvent({ type: 'TimePassed', atMs: 1 })).toBe('');
});
