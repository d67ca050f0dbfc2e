import { describe, expect, test } from 'vitest';
import type { Command } from '../../schemas/generated/orders-commands.ts';
import {
  type OrderRow,
  type OrderState,
  orderStates,
  orderTransitions,
} from '../../schemas/order-transitions.ts';
import { createPayment, evolvePayment, type Payment } from '../payments/payment.ts';
import { requestAuthorize, requestCapture } from '../payments/request-payment.ts';
import type { Order, OrderCommand } from './order.ts';
import { eventsTo, variants } from './testing/order-states.ts';
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
  startMs,
  store,
} from './testing/orders-fixture.ts';

const paidOrder = {
  store,
  orderId,
  customerId: 'c-1',
  currency: 'GBP',
  totalMinor: 500,
  paymentToken: 'sealed',
  holdUntilMs: startMs + 900_000,
};

function waitingPayment(kind: 'authorize' | 'capture'): Payment {
  const payment = createPayment();
  evolvePayment(payment, requestAuthorize(paidOrder, 'sealed'), 0);
  if (kind === 'authorize') return payment;
  const place = { store, orderId, attempt: 1, amountMinor: 500, currency: 'GBP' };
  const opId = `${orderId}:authorize:1`;
  evolvePayment(payment, { type: 'PaymentAuthorized', ...place, opId, pspRef, captureBeforeMs: null }, 0);
  evolvePayment(payment, requestCapture(paidOrder, payment), 0);
  return payment;
}

interface Try {
  readonly command: Command<OrderCommand>;
  /** Puts the money where this result can come from, whatever the order's state. */
  readonly payment?: Payment;
}

const outcomeTries = (['authorize', 'capture'] as const).flatMap((kind) =>
  (['ok', 'no', 'not_executed', 'pending', 'action', 'unknown'] as const).map(
    (is): Try => ({ command: commandOf(outcomeOf(kind, { is })) }),
  ),
);

/** Commands of a row; together they lead to every state the row's cells name. */
const tries: Readonly<Record<OrderRow, () => readonly Try[]>> = {
  PlaceOrder: () => [
    { command: commandOf(placeOrderOf([{}])) },
    { command: commandOf(placeOrderOf([{}]), { fingerprint: 'k1.bb' }) },
  ],
  HoldPlaced: () => [{ command: commandOf(replyOf('HoldPlaced', 'A')) }],
  HoldRefused: () => [{ command: commandOf(refusedOf('A')) }],
  HoldReleased: () => [{ command: commandOf(replyOf('HoldReleased', 'A')) }],
  HoldCommitted: () => [{ command: commandOf(replyOf('HoldCommitted', 'A')) }],
  ReportOutcome: () => outcomeTries,
  PaymentAuthorized: () => [
    { command: commandOf(outcomeOf('authorize')), payment: waitingPayment('authorize') },
  ],
  PaymentDeclined: () => [
    { command: commandOf(outcomeOf('authorize', { is: 'no' })), payment: waitingPayment('authorize') },
  ],
  PaymentCaptured: () => [{ command: commandOf(outcomeOf('capture')), payment: waitingPayment('capture') }],
  PaymentUnknown: () => [
    { command: commandOf(outcomeOf('authorize', { is: 'unknown' })), payment: waitingPayment('authorize') },
    { command: commandOf(outcomeOf('capture', { is: 'unknown' })), payment: waitingPayment('capture') },
  ],
  Tick: () => [{ command: commandOf({ type: 'Tick', writer: 'w' }, { store: '' }) }],
};

const rows = Object.keys(orderTransitions) as OrderRow[];
const cells = rows.flatMap((row) => orderStates.map((state) => ({ row, state })));

/** The order in `state`, once for each variant that gets there. */
function ordersIn(state: OrderState): (Order | undefined)[] {
  if (state === 'none') return [undefined];
  return variants.flatMap((variant) => {
    const events = eventsTo(state, variant);
    return events ? [given(events)] : [];
  });
}

describe.each(cells)('$row × $state', ({ row, state }) => {
  const cell = orderTransitions[row][state];

  test(`does what its cell says: ${cell.is}`, () => {
    const reached = new Set<OrderState>();
    const samples = ordersIn(state).flatMap((_, i) => tries[row]().map((tried) => ({ i, ...tried })));
    expect(samples.length).toBeGreaterThan(0);
    for (const { i, command, payment } of samples) {
      const built = ordersIn(state)[i];
      expect(built?.state ?? 'none').toBe(state);
      const order = built && payment ? { ...built, payment } : built;
      const atMs = startMs + 60_000;
      const events = orders.decide(order, command, atMs);
      const kinds = events.map(({ type }) => type);
      if (cell.is === 'ignore') {
        expect(events).toMatchObject([{ type: 'CommandIgnored', reason: cell.reason, key: orderId }]);
      } else if (cell.is === 'refuse') {
        expect(events).toMatchObject([{ type: 'CommandRefused', reason: cell.reason, key: orderId }]);
      } else if (cell.is === 'anomaly') {
        const anomaly = { type: 'AnomalyRecorded', reason: cell.reason, key: orderId };
        const refused = { type: 'CommandRefused', reason: cell.refuse, key: orderId };
        expect(events).toMatchObject(cell.refuse === null ? [anomaly] : [anomaly, refused]);
      } else if (row !== 'PlaceOrder' && row !== 'ReportOutcome') {
        expect(kinds).not.toContain('AnomalyRecorded');
        expect(kinds).not.toContain('CommandRefused');
      }
      let after = order;
      for (const event of events) after = orders.evolve(after, event, atMs);
      reached.add(after?.state ?? 'none');
    }
    expect([...reached].sort()).toEqual([...(cell.is === 'rule' ? cell.to : [state])].sort());
  });
});
