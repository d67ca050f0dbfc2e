import { expect, test } from 'vitest';
import type { CommandBody } from '../../../schemas/generated/orders-commands.ts';
import { lineCommands, orderTransitions } from '../../../schemas/order-transitions.ts';
import { orderStatuses, type OrderView } from '../../../schemas/order-view.ts';
import { lineOf, orderDocument, refundOf, shownOrderId as orderId } from '../../testing/order-document.ts';
import { checkAction } from './check-action.ts';

const lines = [{ line: 1, quantity: 2 }];
const bodies = {
  CancelOrder: { type: 'CancelOrder', orderId, reason: 'x' },
  CancelLines: { type: 'CancelLines', orderId, lines, reason: 'x' },
  RecordShipment: { type: 'RecordShipment', orderId, lines, carrier: null, trackingRef: null },
  RecordDelivery: { type: 'RecordDelivery', orderId, lines },
  RequestReturn: { type: 'RequestReturn', orderId, returnId: 'r', lines, reason: 'x', claimedAtMs: null },
  ReceiveReturn: {
    type: 'ReceiveReturn',
    orderId,
    returnId: 'r',
    lines,
    sellable: true,
    condition: null,
    claimedAtMs: null,
  },
  RequestRefund: {
    type: 'RequestRefund',
    orderId,
    refundId: 'r',
    lines: [],
    amountMinor: 2_000,
    currency: 'GBP',
    reason: 'x',
    claimedAtMs: null,
  },
} as const satisfies Record<string, CommandBody>;
type Action = keyof typeof bodies;

const told = (order: OrderView, body: CommandBody): string | null => {
  const refusal = checkAction(order, body);
  return refusal && `${refusal.code} ${refusal.details.reason}`;
};

const disputes: OrderView['disputes'] = [{ disputeId: 'd', status: 'open', amountMinor: 6_000, sinceMs: 0 }];
const shipped = (pieces: number, more: Partial<OrderView['lines'][number]> = {}): Partial<OrderView> => ({
  lines: [lineOf(1, 'A', { shipped: pieces, ...more }), lineOf(2, 'B')],
});
const asked: OrderView['returns'] = [
  { returnId: 'r', status: 'requested', lines: [], reason: 'x', receipts: [], atMs: 0, claimedAtMs: null },
];

test.each<[Action, string, Partial<OrderView>, string | null]>([
  ['CancelOrder', 'of which nothing is shipped', {}, null],
  ['CancelOrder', 'of which one piece is shipped', shipped(1), 'order-state-conflict partly-shipped'],
  ['CancelOrder', 'whose money the bank disputes', { disputes }, 'order-state-conflict disputed'],
  ['CancelOrder', 'in flight: it is noted', { status: 'capturing' }, null],
  [
    'CancelOrder',
    'on its way to cancelled',
    { status: 'unwinding', unwinding: { to: 'cancelled', reason: 'x' } },
    null,
  ],
  [
    'CancelOrder',
    'on its way to another end',
    { status: 'unwinding', unwinding: { to: 'expired', reason: 'x' } },
    'order-state-conflict closing',
  ],
  ['CancelOrder', 'cancelled before', { status: 'cancelled' }, null],
  ['CancelOrder', 'closed as another', { status: 'declined' }, 'order-state-conflict closed'],
  ['CancelLines', 'with so many open', {}, null],
  ['CancelLines', 'with fewer open', shipped(2), 'order-state-conflict not-open'],
  ['CancelLines', 'disputed', { disputes }, 'order-state-conflict disputed'],
  ['RecordShipment', 'with so many open', shipped(1), null],
  ['RecordShipment', 'with fewer open', shipped(1, { cancelled: 1 }), 'order-state-conflict not-open'],
  ['RecordDelivery', 'with so many on their way', shipped(2), null],
  [
    'RecordDelivery',
    'with fewer on their way',
    shipped(3, { delivered: 2 }),
    'order-state-conflict not-shipped',
  ],
  ['RequestReturn', 'with so many shipped', shipped(2), null],
  [
    'RequestReturn',
    'asked back before',
    shipped(3, { returnAsked: 2 }),
    'order-state-conflict not-returnable',
  ],
  ['ReceiveReturn', 'asked for', { returns: asked }, null],
  ['ReceiveReturn', 'never asked for', {}, 'order-state-conflict no-return'],
  ['RequestRefund', 'of what is left', { refunds: [refundOf(4_000, 'succeeded')] }, null],
  [
    'RequestRefund',
    'of more than is left',
    { refunds: [refundOf(4_001, 'unknown')] },
    'refund-exceeds-captured over-refund',
  ],
  ['RequestRefund', 'after one that failed', { refunds: [refundOf(6_000, 'due')] }, null],
  ['RequestRefund', 'disputed', { disputes }, 'order-state-conflict disputed'],
  ['RequestRefund', 'in another currency', { currency: 'EUR' }, 'currency-mismatch foreign-currency'],
])('%s of an order %s', (action, _title, change, wanted) => {
  expect(told(orderDocument(change), bodies[action])).toBe(wanted);
});

test('without lines nothing is refused but where no line has anything', () => {
  const all = { ...bodies.RecordShipment, lines: [] };
  expect(told(orderDocument(shipped(3)), all)).toBeNull();
  const none = { lines: [lineOf(1, 'A', { shipped: 3 }), lineOf(2, 'B', { cancelled: 3 })] };
  expect(told(orderDocument(none), all)).toBe('order-state-conflict not-open');
});

test('every status that is not confirmed refuses every line command as the published table does', () => {
  const confirmed = new Set(['confirmed', 'shipped', 'delivered']);
  for (const status of orderStatuses.filter((one) => !confirmed.has(one))) {
    for (const action of lineCommands) {
      const reason = told(orderDocument({ status }), bodies[action])?.split(' ')[1];
      expect(['not-confirmed', 'closing', 'closed'], `${status} ${action}`).toContain(reason);
    }
  }
  expect(orderTransitions.RequestRefund.Unwinding).toEqual({ is: 'refuse', reason: 'closing' });
});
