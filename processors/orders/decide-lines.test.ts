import { describe, expect, test } from 'vitest';
import type { Command } from '../../schemas/generated/orders-commands.ts';
import type { OrderCommand, OrderEvent } from './order.ts';
import { piecesConfirmed } from './testing/order-states.ts';
import { commandOf, given, lineCommand, orderId, outcomeOf, replyOf, run } from './testing/orders-fixture.ts';

/** Line 1: two of A at 1.00; line 2: one of B at 3.00. */
const confirmed = piecesConfirmed();
const claimedAtMs = null;
const one = (line: number, quantity = 1) => ({ line, quantity });
type Lines = readonly ReturnType<typeof one>[];

const cancelLines = (lines: Lines, id = 'c-1') =>
  lineCommand({ type: 'CancelLines', lines, reason: 'not wanted' }, id);
const ship = (lines: Lines = [], id = 's-1') =>
  lineCommand({ type: 'RecordShipment', lines, carrier: 'post', trackingRef: 't' }, id);
const deliver = (lines: Lines = [], id = 'd-1') => lineCommand({ type: 'RecordDelivery', lines }, id);
const askReturn = (lines: Lines = [], returnId = 'r-1') =>
  lineCommand({ type: 'RequestReturn', returnId, lines, reason: 'too small', claimedAtMs: 7 }, returnId);
const receive = (lines: Lines = [], id = 'rc-1', sellable = true) =>
  lineCommand(
    {
      type: 'ReceiveReturn',
      returnId: 'r-1',
      lines,
      sellable,
      condition: null,
      claimedAtMs,
    },
    id,
  );
const refund = (
  of: { readonly lines?: Lines; readonly amountMinor?: number; readonly currency?: string },
  id = 'f-1',
) =>
  lineCommand(
    {
      type: 'RequestRefund',
      refundId: id,
      lines: of.lines ?? [],
      amountMinor: of.amountMinor ?? null,
      currency: of.currency ?? 'GBP',
      reason: 'goodwill',
      claimedAtMs,
    },
    id,
  );

/** Events of the last of these commands of the confirmed order. */
function last(...commands: readonly Command<OrderCommand>[]): readonly OrderEvent[] {
  const before = run([...confirmed, ...commands.slice(0, -1)]);
  return run(commands.slice(-1), before).slice(before.length);
}
const typesOf = (events: readonly OrderEvent[]): string[] => events.map(({ type }) => type);

describe('cancelled lines', () => {
  test('give back the share of their pieces and go back on hand; the line is open for the rest', () => {
    expect(last(cancelLines([one(1)]))).toMatchObject([
      {
        type: 'LinesCancelled',
        cancellationId: 'c-1',
        lines: [{ line: 1, sku: 'A', holdId: `${orderId}:A`, quantity: 1 }],
      },
      {
        type: 'RefundRequested',
        origin: 'cancel-lines',
        refundId: 'c-1',
        lines: [{ line: 1, sku: 'A', quantity: 1, netMinor: 100 }],
        amountMinor: 100,
      },
      { type: 'PaymentOpRequested', kind: 'refund', amountMinor: 100 },
    ]);
    expect(last(cancelLines([one(1)]), ship())).toMatchObject([
      {
        lines: [
          { line: 1, quantity: 1 },
          { line: 2, quantity: 1 },
        ],
        complete: true,
      },
    ]);
  });

  test('are refused not-open beyond what is neither cancelled nor shipped, whole or not at all', () => {
    const refused = [{ type: 'CommandRefused', reason: 'not-open' }];
    expect(last(cancelLines([one(1, 3)]))).toMatchObject(refused);
    expect(last(cancelLines([one(2), one(1, 3)]))).toMatchObject(refused);
    expect(last(cancelLines([one(3)]))).toMatchObject(refused);
    expect(last(ship([one(2)]), cancelLines([one(2)]))).toMatchObject(refused);
    expect(last(cancelLines([one(2)]), cancelLines([one(2)], 'c-2'))).toMatchObject(refused);
  });

  test('that are all of an unshipped order cancel it; all that is left of a shipped one do not', () => {
    expect(last(cancelLines([one(1, 2), one(2)]))).toMatchObject([
      {
        type: 'UnwindStarted',
        to: 'Cancelled',
        commits: [
          { sku: 'A', quantity: 2 },
          { sku: 'B', quantity: 1 },
        ],
      },
      { type: 'RefundRequested', origin: 'cancel', amountMinor: 500 },
      { type: 'PaymentOpRequested' },
    ]);
    expect(typesOf(last(ship([one(2)]), cancelLines([one(1, 2)])))).toContain('LinesCancelled');
  });

  test('of an order that is cancelled afterwards are reversed once, and paid back once', () => {
    const cancel = commandOf({ type: 'CancelOrder', orderId, reason: 'all' });
    const events = run([...confirmed, cancelLines([one(1)]), cancel]);
    expect(events.slice(-3)).toMatchObject([
      {
        type: 'UnwindStarted',
        commits: [
          { sku: 'A', quantity: 1 },
          { sku: 'B', quantity: 1 },
        ],
      },
      { type: 'RefundRequested', amountMinor: 400 },
      { type: 'PaymentOpRequested' },
    ]);
    const a = commandOf(replyOf('CommitReversed', 'A'));
    const b = commandOf(replyOf('CommitReversed', 'B'));
    expect(given(run([a, b], events))?.state).toBe('Unwinding');
    expect(run([a, b, a], events).at(-1)).toMatchObject({ type: 'OrderClosed', as: 'Cancelled' });
  });
});

describe('shipments and deliveries', () => {
  test('name pieces by line, all that is open where none are named, and say when nothing is left', () => {
    expect(last(ship([one(1)]))).toMatchObject([
      { type: 'ShipmentRecorded', shipmentId: 's-1', carrier: 'post', lines: [{ line: 1 }], complete: false },
    ]);
    expect(last(ship([one(1)]), ship([], 's-2'))).toMatchObject([
      {
        lines: [
          { line: 1, quantity: 1 },
          { line: 2, quantity: 1 },
        ],
        complete: true,
      },
    ]);
    expect(last(ship(), ship([], 's-2'))).toMatchObject([{ reason: 'not-open' }]);
    expect(last(ship([one(1)]), deliver())).toMatchObject([{ lines: [{ line: 1 }], complete: false }]);
    expect(last(ship(), deliver([one(2)]), deliver([], 'd-2'))).toMatchObject([
      { type: 'DeliveryRecorded', lines: [{ line: 1, quantity: 2 }], complete: true },
    ]);
  });

  test('more than was shipped cannot arrive', () => {
    expect(last(deliver())).toMatchObject([{ reason: 'not-shipped' }]);
    expect(last(ship([one(1)]), deliver([one(1, 2)]))).toMatchObject([{ reason: 'not-shipped' }]);
    expect(last(ship(), deliver(), deliver([], 'd-2'))).toMatchObject([{ reason: 'not-shipped' }]);
  });

  test('a shipped piece keeps the order from being cancelled', () => {
    const cancel = commandOf({ type: 'CancelOrder', orderId, reason: 'late' });
    expect(last(ship([one(2)]), cancel)).toMatchObject([
      { type: 'CommandRefused', reason: 'partly-shipped' },
    ]);
  });
});

describe('returns', () => {
  test('are requested of what was shipped, received as they come, and paid back by what came', () => {
    expect(last(askReturn())).toMatchObject([{ reason: 'not-returnable' }]);
    expect(last(ship([one(1)]), askReturn([one(1, 2)]))).toMatchObject([{ reason: 'not-returnable' }]);
    expect(last(ship(), askReturn([one(1, 2)]))).toMatchObject([
      { type: 'ReturnRequested', returnId: 'r-1', claimedAtMs: 7, lines: [{ line: 1, quantity: 2 }] },
    ]);
    expect(last(ship(), askReturn(), askReturn([one(1)], 'r-2'))).toMatchObject([
      { reason: 'not-returnable' },
    ]);
    const asked = [ship(), askReturn()] as const;
    expect(last(...asked, receive([one(1)]))).toMatchObject([
      {
        type: 'ReturnReceived',
        receiptId: 'rc-1',
        sellable: true,
        condition: null,
        lines: [{ quantity: 1 }],
      },
      { type: 'RefundRequested', origin: 'return', refundId: 'rc-1', amountMinor: 100 },
      { type: 'PaymentOpRequested', kind: 'refund' },
    ]);
    expect(last(...asked, receive([one(1)]), receive([], 'rc-2'))).toMatchObject([
      {
        lines: [
          { line: 1, quantity: 1 },
          { line: 2, quantity: 1 },
        ],
      },
      { amountMinor: 400 },
      {},
    ]);
    const none = [{ reason: 'no-return' }];
    expect(last(...asked, receive([one(1, 3)]))).toMatchObject(none);
    expect(last(...asked, receive(), receive([], 'rc-2'))).toMatchObject(none);
    expect(last(ship(), receive())).toMatchObject(none);
  });

  test('that cannot be sold are paid back all the same', () => {
    const damaged = receive([], 'rc-1', false);
    expect(last(ship(), askReturn(), damaged)).toMatchObject([
      { type: 'ReturnReceived', sellable: false, condition: 'damaged' },
      { type: 'RefundRequested', amountMinor: 500 },
      {},
    ]);
  });

  test('of what was paid back before give nothing back twice', () => {
    expect(typesOf(last(refund({ lines: [one(2)] }), ship(), askReturn([one(2)]), receive()))).toEqual([
      'ReturnReceived',
    ]);
  });
});

describe('refunds', () => {
  test('are of pieces or of an amount spread over what is left; never more than is left', () => {
    expect(last(refund({ lines: [one(1)] }))).toMatchObject([
      { type: 'RefundRequested', origin: 'request', lines: [{ line: 1, quantity: 1, netMinor: 100 }] },
      { amountMinor: 100 },
    ]);
    expect(last(refund({ amountMinor: 50 }))).toMatchObject([
      {
        lines: [
          { line: 1, quantity: 0, netMinor: 20 },
          { line: 2, quantity: 0, netMinor: 30 },
        ],
      },
      { amountMinor: 50 },
    ]);
    expect(last(refund({ amountMinor: 50 }), refund({}, 'f-2'))).toMatchObject([
      { amountMinor: 450, lines: [{ quantity: 2 }, { quantity: 1 }] },
      {},
    ]);
    const over = [{ type: 'CommandRefused', reason: 'over-refund' }];
    expect(last(refund({ amountMinor: 501 }))).toMatchObject(over);
    expect(last(refund({ lines: [one(1, 3)] }))).toMatchObject(over);
    expect(last(refund({ amountMinor: 300 }), refund({ amountMinor: 201 }, 'f-2'))).toMatchObject(over);
    expect(last(refund({}), refund({}, 'f-2'))).toMatchObject(over);
    expect(last(refund({ lines: [one(2)] }), refund({ lines: [one(2)] }, 'f-2'))).toMatchObject(over);
    expect(last(refund({ amountMinor: 1, currency: 'EUR' }))).toMatchObject([
      { reason: 'currency-mismatch' },
    ]);
  });

  test('asked for once are one refund, whatever comes again; another body under its id is refused', () => {
    expect(last(refund({ amountMinor: 10 }), refund({ amountMinor: 10 }))).toEqual([]);
    const other = { ...refund({ amountMinor: 10 }), fingerprint: 'k1.bb' };
    expect(last(refund({ amountMinor: 10 }), other)).toMatchObject([{ reason: 'key-reused' }]);
    // the refund's id is known as long as the order lives, also without the command's
    const without = { ...refund({ amountMinor: 10 }), commandId: null };
    expect(last(without, without)).toEqual([]);
    expect(last(without, { ...without, fingerprint: 'k1.bb' })).toMatchObject([{ reason: 'key-reused' }]);
  });

  test('a refused command is remembered: a late copy is not decided anew', () => {
    const early = ship([one(1, 3)]);
    expect(last(early)).toMatchObject([{ reason: 'not-open' }]);
    expect(last(early, early)).toEqual([]);
  });

  test('a refund in flight does not keep a cancel from undoing stock', () => {
    const cancel = commandOf({ type: 'CancelOrder', orderId, reason: 'x' });
    const done = run([
      ...confirmed,
      cancel,
      commandOf(replyOf('CommitReversed', 'A', 2)),
      commandOf(replyOf('CommitReversed', 'B')),
    ]);
    expect(done.at(-1)).toMatchObject({ type: 'OrderClosed', as: 'Cancelled' });
    const failed = outcomeOf('refund', { opId: `${orderId}:refund:undo-1`, is: 'no', code: 'closed' });
    expect(typesOf(run([commandOf(failed)], done).slice(done.length))).toEqual([
      'RefundRecorded',
      'RefundDue',
    ]);
  });
});
