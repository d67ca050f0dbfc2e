import { describe, expect, test } from 'vitest';
import type { Command } from '../../schemas/generated/orders-commands.ts';
import { lineNetMinor } from '../../schemas/order-total.ts';
import { returnWithinMs } from './after-sales.ts';
import type { Order, OrderCommand, OrderEvent } from './order.ts';
import { piecesConfirmed } from './testing/order-states.ts';
import {
  commandOf,
  factsOf,
  given,
  hintOf,
  lineCommand,
  orderId,
  orders,
  outcomeOf,
  placedIn,
  placeOrderOf,
  refusedOf,
  replyOf,
  run,
  startMs,
  stateAfter,
} from './testing/orders-fixture.ts';

const place = commandOf(placeOrderOf([{ sku: 'A' }]));
const placeTwo = commandOf(
  placeOrderOf([
    { sku: 'A', unitMinor: 200 },
    { sku: 'B', unitMinor: 300 },
  ]),
);
const cancel = commandOf({ type: 'CancelOrder', orderId, reason: 'customer' });
const held = [place, commandOf(replyOf('HoldPlaced', 'A'))];
const authorized = [...held, commandOf(outcomeOf('authorize'))];
const capturing = [...authorized, commandOf(replyOf('HoldCommitted', 'A'))];
const confirmed = [...capturing, commandOf(outcomeOf('capture'))];
const reversed = commandOf(replyOf('CommitReversed', 'A'));

const typesOf = (events: readonly OrderEvent[]): string[] =>
  events.map((event) => (event.type === 'PaymentOpRequested' ? `${event.type} ${event.kind}` : event.type));
/** Events of the last of these commands. */
function last(commands: readonly Command<OrderCommand>[]): readonly OrderEvent[] {
  const before = run(commands.slice(0, -1));
  return run(commands.slice(-1), before).slice(before.length);
}
const orderAfter = (commands: readonly Command<OrderCommand>[]): Order => {
  const order = given(run(commands));
  if (!order) throw new Error('no order');
  return order;
};
/** Fires what is due at `atMs`, once. */
const due = (order: Order, atMs: number): readonly OrderEvent[] =>
  orders.dueAtMs(order) <= atMs ? orders.due(order, atMs) : [];
/** Fires all that falls due up to `atMs`. */
function through(
  order: Order,
  atMs: number,
): { readonly order: Order; readonly events: readonly OrderEvent[] } {
  let now = order;
  const events: OrderEvent[] = [];
  for (let dueMs = orders.dueAtMs(now); dueMs <= atMs; dueMs = orders.dueAtMs(now)) {
    for (const event of orders.due(now, dueMs)) {
      now = placedIn(orders.evolve(now, event, dueMs)) ?? now;
      events.push(event);
    }
  }
  return { order: now, events };
}
const refundOf = (refundId: string, amountMinor: number): Command<OrderCommand> =>
  lineCommand({
    type: 'RequestRefund',
    refundId,
    lines: [],
    amountMinor,
    currency: 'GBP',
    reason: 'goodwill',
    claimedAtMs: null,
  });

describe('stock', () => {
  test('trap 3: min(wanted, available): one short SKU rejects the whole order and ends its other holds', () => {
    const events = run([placeTwo, commandOf(replyOf('HoldPlaced', 'A')), commandOf(refusedOf('B'))]);
    expect(events.at(-1)).toMatchObject({
      type: 'UnwindStarted',
      to: 'Rejected',
      reason: 'insufficient',
      holds: [{ sku: 'A', quantity: 1 }],
    });
    expect(typesOf(events)).not.toContain('CommitStarted');
  });

  test('trap 4: a hold nobody ends: at holdUntil the order releases each of its holds, and closes when they ended', () => {
    const order = orderAfter([placeTwo, commandOf(replyOf('HoldPlaced', 'A'))]);
    expect(orders.dueAtMs(order)).toBe(order.holdUntilMs);
    expect(due(order, order.holdUntilMs - 1)).toEqual([]);
    const events = orders.due(order, order.holdUntilMs);
    expect(events).toMatchObject([
      { type: 'UnwindStarted', to: 'Expired', holds: [{ sku: 'A' }, { sku: 'B' }] },
    ]);
    // B was never placed: its end is a tombstone
    const before = [...run([placeTwo, commandOf(replyOf('HoldPlaced', 'A'))]), ...events];
    const released = [commandOf(replyOf('HoldReleased', 'A')), commandOf(replyOf('HoldReleased', 'B', 0))];
    expect(run(released, before).at(-1)).toMatchObject({ type: 'OrderClosed', as: 'Expired' });
  });

  test('trap 5: a hold lapses during payment: money in flight or unknown pins it past holdUntil', () => {
    const order = orderAfter([
      ...held,
      commandOf(outcomeOf('authorize', { is: 'unknown', cause: 'timeout' })),
    ]);
    const later = through(order, order.holdUntilMs + 60_000);
    expect(later.order.state).toBe('Authorizing');
    expect(later.order.holds).toMatchObject([{ state: 'placed' }]);
    expect(typesOf(later.events)).not.toContain('UnwindStarted');
    const ok = orders.decide(later.order, commandOf(outcomeOf('authorize')), order.holdUntilMs + 90_000);
    expect(typesOf(ok)).toEqual(['PaymentAuthorized', 'CommitStarted']);
  });

  test('trap 7: release by quantity, twice: the undo names holds, and a second answer ends nothing', () => {
    const released = commandOf(replyOf('HoldReleased', 'A'));
    const commands = [placeTwo, commandOf(replyOf('HoldPlaced', 'A')), commandOf(refusedOf('B')), released];
    expect(last(commands).at(-1)).toMatchObject({ type: 'OrderClosed' });
    expect(last([...commands, released])).toMatchObject([{ type: 'CommandIgnored' }]);
    const undo = run([placeTwo, cancel]).at(-1);
    expect(undo && orders.react(undo).map(({ body }) => body)).toMatchObject([
      { type: 'ReleaseHold', holdId: `${orderId}:A` },
      { type: 'ReleaseHold', holdId: `${orderId}:B` },
    ]);
  });

  test('trap 8: undo before do: a hold stock never saw is undone too, and its late answers change nothing', () => {
    const undone = [place, cancel];
    expect(last(undone)).toMatchObject([{ type: 'UnwindStarted', to: 'Cancelled', holds: [{ sku: 'A' }] }]);
    const placed = commandOf(replyOf('HoldPlaced', 'A'));
    const released = commandOf(replyOf('HoldReleased', 'A'));
    expect(typesOf(run([...undone, placed, released])).slice(-3)).toEqual([
      'HoldRecorded',
      'HoldRecorded',
      'OrderClosed',
    ]);
    expect(last([...undone, commandOf(replyOf('HoldReleased', 'A', 0))]).at(-1)?.type).toBe('OrderClosed');
  });
});

describe('money', () => {
  test('trap 17: one key, two partial refunds: two equal refunds have operations and keys of their own', () => {
    const events = run([...confirmed, refundOf('r-1', 100), refundOf('r-2', 100)]);
    const ops = events.filter((event) => event.type === 'PaymentOpRequested' && event.kind === 'refund');
    expect(ops).toMatchObject([
      { opId: `${orderId}:refund:r-1`, amountMinor: 100 },
      { opId: `${orderId}:refund:r-2`, amountMinor: 100 },
    ]);
    expect(new Set(ops.map((op) => 'key' in op && op.key)).size).toBe(2);
    expect(last([...confirmed, refundOf('r-1', 100), refundOf('r-1', 100)])).toEqual([]);
  });

  test('trap 18: charged, next step fails: the undo is recorded before each of its steps', () => {
    const noted = [...capturing, cancel, commandOf(outcomeOf('capture'))];
    expect(typesOf(last(noted))).toEqual([
      'PaymentCaptured',
      'UnwindStarted',
      'RefundRequested',
      'PaymentOpRequested refund',
    ]);
    const action = [...held, commandOf(outcomeOf('authorize', { is: 'action' })), cancel];
    const [started, voided] = last(action);
    // stock waits for the void
    expect(started).toMatchObject({ type: 'UnwindStarted', holds: [], commits: [] });
    expect(voided).toMatchObject({ type: 'PaymentOpRequested', kind: 'void' });
    expect(last([...action, commandOf(outcomeOf('void'))])).toMatchObject([
      { type: 'PaymentVoided' },
      { type: 'UnwindStarted', holds: [{ sku: 'A' }] },
    ]);
  });

  test('trap 21: a refund that succeeded is final: it may fail later, and is owed again', () => {
    const opId = `${orderId}:refund:r-1`;
    const ok = commandOf(outcomeOf('refund', { opId, amountMinor: 100 }));
    const no = commandOf(outcomeOf('refund', { opId, is: 'no', code: 'closed_account', try: 2 }));
    const refunded = [...confirmed, refundOf('r-1', 100), ok];
    expect(last(refunded)).toMatchObject([{ type: 'RefundRecorded', as: 'succeeded' }]);
    expect(typesOf(last([...refunded, no]))).toEqual(['RefundRecorded', 'RefundDue']);
    expect(last([...refunded, refundOf('r-2', 401)])).toMatchObject([{ reason: 'over-refund' }]);
    expect(typesOf(last([...refunded, no, refundOf('r-2', 500)]))[0]).toBe('RefundRequested');
  });

  test('trap 22: cancel races capture: it is noted, and the truth decides', () => {
    const noted = [...capturing, cancel];
    expect(last(noted)).toMatchObject([{ type: 'CancelNoted', reason: 'customer' }]);
    expect(last([...noted, commandOf({ type: 'CancelOrder', orderId, reason: 'again' })])).toMatchObject([
      { type: 'CommandIgnored', reason: 'already-noted' },
    ]);
    const captured = run([...noted, commandOf(outcomeOf('capture')), reversed]);
    expect(captured.at(-1)).toMatchObject({ type: 'OrderClosed', as: 'Cancelled', reason: 'customer' });
    const lapsed = [
      ...noted,
      commandOf(outcomeOf('capture', { is: 'unknown', cause: 'reset' })),
      commandOf(factsOf({ ended: 'lapsed', authorizedMinor: 0 })),
    ];
    const order = through(orderAfter(lapsed.slice(0, -1)), startMs + 120_000);
    expect(typesOf(order.events)).toContain('LookUpRequested');
    const n = order.order.payment.lookUp?.n ?? 0;
    const facts = commandOf(factsOf({ n, ended: 'lapsed', authorizedMinor: 0 }));
    expect(orders.decide(order.order, facts, startMs + 130_000)).toMatchObject([
      { type: 'PaymentLapsed' },
      { type: 'UnwindStarted', to: 'Cancelled', commits: [{ sku: 'A' }] },
    ]);
  });

  test('trap 24: a late charge on a dead order is given back, and captured − refunded ends at 0', () => {
    const unknown = outcomeOf('capture', { is: 'unknown', cause: 'timeout' });
    const asked = through(orderAfter([...capturing, commandOf(unknown)]), startMs + 60_000).order;
    const lapsed = factsOf({ n: asked.payment.lookUp?.n ?? 0, ended: 'lapsed', authorizedMinor: 0 });
    let order: Order = asked;
    const decide = (command: Command<OrderCommand>): readonly OrderEvent[] => {
      const events = orders.decide(order, command, startMs + 70_000);
      for (const event of events) order = placedIn(orders.evolve(order, event, startMs + 70_000)) ?? order;
      return events;
    };
    decide(commandOf(lapsed));
    expect(decide(reversed).at(-1)).toMatchObject({ type: 'OrderClosed', as: 'Expired' });
    expect(decide(commandOf(outcomeOf('capture', { try: 2 })))).toMatchObject([
      { type: 'PaymentCaptured', amountMinor: 500 },
      { type: 'RefundRequested', origin: 'late-money', amountMinor: 500 },
      { type: 'PaymentOpRequested', kind: 'refund', amountMinor: 500 },
    ]);
    decide(commandOf(outcomeOf('refund', { opId: `${orderId}:refund:undo-1` })));
    expect([order.state, order.payment.refunds]).toMatchObject(['Closed', [{ state: 'Succeeded' }]]);
    const late = [...held, commandOf(outcomeOf('authorize', { is: 'no', code: 'x', next: 'never' }))];
    const ok = commandOf(outcomeOf('authorize', { try: 2 }));
    expect(typesOf(last([...late, commandOf(replyOf('HoldReleased', 'A')), ok]))).toEqual([
      'PaymentAuthorized',
      'PaymentOpRequested void',
    ]);
  });

  test('trap 25: refund plus chargeback: an open dispute freezes refunds, a lost one is no money to give back', () => {
    const hinted = orderAfter([...confirmed, commandOf(hintOf())]);
    const n = hinted.payment.lookUp?.n ?? 0;
    const disputed = (status: 'open' | 'won' | 'lost') =>
      commandOf(
        factsOf({
          n,
          authorizedMinor: 500,
          capturedMinor: 500,
          disputes: [{ id: 'd-1', amountMinor: 500, status }],
        }),
      );
    const open = [...confirmed, commandOf(hintOf()), disputed('open')];
    expect(last(open).map(({ type }) => type)).toContain('DisputeRecorded');
    expect(last([...open, refundOf('r-1', 1)])).toMatchObject([{ reason: 'disputed' }]);
    expect(last([...open, cancel])).toMatchObject([{ reason: 'disputed' }]);
    const lines = lineCommand({ type: 'CancelLines', lines: [{ line: 1, quantity: 1 }], reason: '' });
    const many = [...piecesConfirmed(), commandOf(hintOf()), disputed('open'), lines];
    expect(last(many)).toMatchObject([{ reason: 'disputed' }]);
    expect(typesOf(last([...open, disputed('won'), refundOf('r-1', 500)]))[0]).toBe('RefundRequested');
    expect(last([...open, disputed('lost'), refundOf('r-1', 1)])).toMatchObject([{ reason: 'over-refund' }]);
    expect(typesOf(last([...open, disputed('lost'), cancel]))).toEqual(['UnwindStarted']);
  });

  test('trap 36: a discount spread anew after a refund: shares are frozen, and any pieces sum to the line', () => {
    const line = { sku: 'A', quantity: 3, unitMinor: 100, shareMinor: 50, taxBp: 2_000, taxMinor: 50 };
    const other = { sku: 'B', quantity: 1, unitMinor: 100, shareMinor: 17, taxBp: 2_000, taxMinor: 17 };
    const body = placeOrderOf([line, other], { discountMinor: 67 });
    const paid = [
      commandOf(body),
      commandOf(replyOf('HoldPlaced', 'A', 3)),
      commandOf(replyOf('HoldPlaced', 'B')),
      commandOf(outcomeOf('authorize', { amountMinor: body.totalMinor })),
      commandOf(replyOf('HoldCommitted', 'A', 3)),
      commandOf(replyOf('HoldCommitted', 'B')),
      commandOf(outcomeOf('capture', { amountMinor: body.totalMinor })),
    ];
    const one = { type: 'CancelLines', lines: [{ line: 1, quantity: 1 }], reason: '' } as const;
    const b = { type: 'CancelLines', lines: [{ line: 2, quantity: 1 }], reason: '' } as const;
    const events = run([...paid, lineCommand(one, 'c-1'), lineCommand(b, 'c-2'), lineCommand(one, 'c-3')]);
    const refunds = events.flatMap((event) => (event.type === 'RefundRequested' ? event.lines : []));
    const net = lineNetMinor({ ...line, discountMinor: 0 });
    expect(refunds).toMatchObject([
      { line: 1, quantity: 1, netMinor: Math.floor(net / 3) },
      { line: 2, quantity: 1, netMinor: 83, taxMinor: 17 },
      { line: 1, quantity: 1, netMinor: Math.floor((net * 2) / 3) - Math.floor(net / 3) },
    ]);
    // the last piece is all that is left: the order is cancelled
    const rest = last([
      ...paid,
      lineCommand(one, 'c-1'),
      lineCommand(b, 'c-2'),
      lineCommand(one, 'c-3'),
      lineCommand(one, 'c-4'),
    ]);
    const given = [...events, ...rest].flatMap((event) =>
      event.type === 'RefundRequested' ? [event.amountMinor] : [],
    );
    expect(given.reduce((sum, amountMinor) => sum + amountMinor, 0)).toBe(body.totalMinor);
  });
});

describe('time and order', () => {
  test('trap 31: order across topics assumed: each hold answers when it likes, and news may come before the order', () => {
    const a = commandOf(replyOf('HoldPlaced', 'A'));
    const b = commandOf(replyOf('HoldPlaced', 'B'));
    for (const replies of [
      [a, b],
      [b, a],
    ]) {
      expect(last([placeTwo, ...replies])).toMatchObject([
        { type: 'HoldRecorded' },
        { type: 'PaymentOpRequested', kind: 'authorize' },
      ]);
    }
    const kept = run([commandOf(hintOf()), commandOf(hintOf()), commandOf(hintOf({ eventId: 'e-2' }))]);
    expect(typesOf(kept)).toEqual(['HintKept', 'HintKept']);
    expect(stateAfter([...kept, ...run([place], kept).slice(2)])?.state).toBe('Holding');
  });

  test('trap 31: news of an order nobody placed calls a person once, after 10 minutes', () => {
    const kept = stateAfter(run([commandOf(hintOf({ orderId: `psp:psp-1` }))]));
    expect(kept && orders.dueAtMs(kept)).toBe(startMs + 600_000);
    const [alarm] = kept ? orders.due(kept, startMs + 600_000) : [];
    expect(alarm).toMatchObject({ type: 'AnomalyRecorded', key: 'psp:psp-1', reason: 'hint-without-order' });
    expect(alarm && orders.evolve(kept, alarm, startMs + 600_000)).toBeUndefined();
  });

  test('trap 32: a timer undoes a finished order: nothing of it falls due but its archive, and Closed is final', () => {
    const order = orderAfter(confirmed);
    expect(due(order, order.holdUntilMs + 86_400_000)).toEqual([]);
    const closed = orderAfter([place, commandOf(refusedOf('A'))]);
    expect(due(closed, closed.holdUntilMs + 86_400_000)).toEqual([]);
    const undo = orders.due(orderAfter(held.slice(0, 1)), order.holdUntilMs)[0];
    expect(() => undo && orders.evolve(closed, undo, order.holdUntilMs)).toThrow(
      'cannot stand in state Closed',
    );
  });

  test('trap 33: a compensation error swallowed: the undo is asked again until it is done, and calls a person', () => {
    const undone = [
      ...held,
      commandOf(outcomeOf('authorize', { is: 'action' })),
      cancel,
      commandOf(outcomeOf('void', { is: 'unknown', cause: 'timeout' })),
    ];
    const { order, events } = through(orderAfter(undone), startMs + 48 * 3_600_000);
    expect(order.state).toBe('Unwinding');
    expect(order.holds).toMatchObject([{ state: 'placed' }]);
    expect(events.filter(({ type }) => type === 'LookUpRequested').length).toBeGreaterThan(20);
    expect(typesOf(events)).toContain('PersonNeeded');
  });

  test('trap 35: days × 24 + minutes: a return lapses to the millisecond 30 days after it was asked for', () => {
    const order = orderAfter([
      ...piecesConfirmed(),
      lineCommand({ type: 'RecordShipment', lines: [], carrier: null, trackingRef: null }),
      lineCommand({ type: 'RequestReturn', returnId: 'r-1', lines: [], reason: '', claimedAtMs: null }),
    ]);
    const askedAtMs = order.after?.returns[0]?.requestedAtMs ?? 0;
    expect(returnWithinMs).toBe(2_592_000_000);
    expect(due(order, askedAtMs + returnWithinMs - 1)).toEqual([]);
    expect(due(order, askedAtMs + returnWithinMs)).toMatchObject([
      { type: 'ReturnLapsed', returnId: 'r-1', lines: [{ quantity: 2 }, { quantity: 1 }] },
    ]);
  });
});
