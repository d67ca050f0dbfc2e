import { expect, test } from 'vitest';
import { type EventBody, eventBodyTypes } from '../../schemas/generated/stock-events.ts';
import { noRows } from './order-rows.ts';
import { addStockRows } from './stock-rows.ts';
import { startMs } from './testing/journal.ts';
import { holdOf, received, stockEvent } from './testing/stock-journal.ts';

const rowsOf = (...bodies: readonly EventBody[]) => {
  const rows = noRows();
  for (const [i, body] of bodies.entries()) addStockRows(rows, 3, stockEvent(i + 1, body));
  return rows.stock_movements;
};

test.each([
  [received(5), { units: 5, on_hand_change: 5, held_change: 0, allocated_change: 0, ref: 'c-1' }],
  [
    { ...received(5), type: 'StockAdjusted', quantity: -2, corrects: null } as const,
    { units: -2, on_hand_change: -2, held_change: 0, allocated_change: 0 },
  ],
  [holdOf('HoldPlaced', 3), { units: 3, on_hand_change: 0, held_change: 3, allocated_change: 0 }],
  [holdOf('HoldCommitted', 3), { units: 3, on_hand_change: -3, held_change: -3, allocated_change: 3 }],
  [holdOf('HoldReleased', 3), { units: 3, on_hand_change: 0, held_change: -3, allocated_change: 0 }],
  [holdOf('CommitReversed', 2), { units: 2, on_hand_change: 2, held_change: 0, allocated_change: -2 }],
  [
    holdOf('AllocationShipped', 1),
    { units: 1, on_hand_change: 0, held_change: 0, allocated_change: -1, ref: 's-1' },
  ],
])('a row says what the event moved: %o', (body, change) => {
  expect(rowsOf(body)).toMatchObject([{ partition: 3, seq: 1, sku: 'A', event: body.type, ...change }]);
});

test('a refused hold moves nothing and says what was asked and what was there', () => {
  expect(rowsOf(holdOf('HoldRefused', 4))).toEqual([
    {
      store: 'demo',
      partition: 3,
      seq: 1,
      at: startMs,
      order_id: 'o-1',
      event: 'HoldRefused',
      sku: 'A',
      units: 4,
      on_hand_change: 0,
      held_change: 0,
      allocated_change: 0,
      available: 1,
      reason: 'insufficient',
      ref: 'o-1:A',
    },
  ]);
});

test('an answer given again has no row, and a tombstone moves nothing', () => {
  const again = [
    holdOf('HoldPlaced', 3),
    holdOf('HoldCommitted', 3),
    holdOf('HoldReleased', 3),
    holdOf('CommitReversed', 3),
  ].map((body): EventBody => ({ ...body, repeat: true }) as EventBody);
  expect(rowsOf(...again)).toEqual([]);
  expect(rowsOf(holdOf('HoldReleased', 0))).toMatchObject([{ units: 0, held_change: 0 }]);
});

test('the changes of a whole life add up to what is there (domain.md §4)', () => {
  const rows = rowsOf(
    received(10),
    holdOf('HoldPlaced', 4),
    holdOf('HoldCommitted', 4),
    holdOf('CommitReversed', 1),
    holdOf('AllocationShipped', 3),
    {
      type: 'StockRestocked',
      store: 'demo',
      sku: 'A',
      returnId: 'r-1',
      receiptId: 'k',
      orderId: 'o-1',
      quantity: 2,
      repeat: false,
    },
  );
  const sum = (column: 'on_hand_change' | 'held_change' | 'allocated_change') =>
    rows.reduce((total, row) => total + row[column], 0);
  expect([sum('on_hand_change'), sum('held_change'), sum('allocated_change')]).toEqual([9, 0, 0]);
});

test('no other event of the journal gives a row', () => {
  const rows = /^(Stock|Hold|Commit(Reversed)|AllocationShipped|Sku)/;
  const others = eventBodyTypes.filter((type) => !rows.test(type));
  expect(others).toHaveLength(10);
  for (const type of others) expect(rowsOf({ type } as EventBody)).toEqual([]);
});

test('an event this build does not know stops the sink', () => {
  expect(() => rowsOf({ type: 'StockSplit' } as unknown as EventBody)).toThrow(/StockSplit/);
});
