import { describe, expect, test } from 'vitest';
import type { EventBody } from '../../schemas/generated/stock-events.ts';
import type { StockView } from '../../schemas/stock-view.ts';
import { foldStock, skuOf } from './stock-view.ts';
import { acceptedJournal } from './testing/order-journal.ts';

const at = { store: 'demo', sku: 'A' } as const;
const hold = { ...at, holdId: 'o-1:A', orderId: 'o-1', quantity: 3 } as const;
const outside = { reason: 'opening', commandId: null, fingerprint: null, requestId: null } as const;
const received = (quantity: number): EventBody => ({ type: 'StockReceived', ...at, ...outside, quantity });
const adjusted = (quantity: number): EventBody => ({
  type: 'StockAdjusted',
  ...at,
  ...outside,
  quantity,
  corrects: null,
});
const halted: EventBody = { type: 'SkuHalted', ...at, ...outside };
const resumed: EventBody = { type: 'SkuResumed', ...at, ...outside };
const placed = (repeat = false): EventBody => ({
  type: 'HoldPlaced',
  ...hold,
  customerId: 'c',
  untilMs: 1,
  repeat,
});
const committed = (repeat = false): EventBody => ({ type: 'HoldCommitted', ...hold, repeat });
const released = (repeat = false): EventBody => ({
  type: 'HoldReleased',
  ...hold,
  reason: 'declined',
  repeat,
});
const reversed = (quantity: number, repeat = false): EventBody => ({
  type: 'CommitReversed',
  ...hold,
  quantity,
  repeat,
});
const shipped = (quantity: number): EventBody => ({
  type: 'AllocationShipped',
  ...hold,
  quantity,
  shipmentId: 's-1',
});
const restocked = (quantity: number, repeat = false): EventBody => ({
  type: 'StockRestocked',
  ...at,
  returnId: 'r-1',
  receiptId: 'k-1',
  orderId: 'o-1',
  quantity,
  repeat,
});
const limited = (perCustomer: number | null): EventBody => ({
  type: 'PurchasesLimited',
  ...at,
  ...outside,
  perCustomer,
});
const sold = [received(10), placed(), committed()];
const refused: EventBody = { type: 'HoldRefused', ...hold, reason: 'insufficient', available: 0 };

function fold(bodies: readonly EventBody[]): StockView | undefined {
  let stock: StockView | undefined;
  for (const { event } of acceptedJournal(bodies)) {
    if (skuOf(event.body)) stock = foldStock(stock, event, 2);
  }
  return stock;
}

describe('foldStock', () => {
  test.each<[string, EventBody[], Partial<StockView>]>([
    ['a first receipt', [received(10)], {}],
    ['two receipts', [received(10), received(5)], { onHand: 15, received: 15 }],
    ['a loss', [received(10), adjusted(-4)], { onHand: 6, adjusted: -4 }],
    ['a hold', [received(10), placed()], { held: 3 }],
    ['a commit', [received(10), placed(), committed()], { onHand: 7, held: 0, allocated: 3, committed: 3 }],
    ['a release', [received(10), placed(), released()], {}],
    [
      'a sale that is partly reversed',
      [...sold, reversed(1)],
      { onHand: 8, allocated: 2, committed: 3, reversed: 1 },
    ],
    ['a shipment', [...sold, shipped(2)], { onHand: 7, allocated: 1, committed: 3, shipped: 2 }],
    [
      'a return that can be sold again',
      [...sold, shipped(3), restocked(2)],
      { onHand: 9, allocated: 0, committed: 3, shipped: 3, restocked: 2 },
    ],
    ['a limit for each customer', [received(10), limited(4)], { perCustomer: 4 }],
    ['a limit that was lifted', [received(10), limited(4), limited(null)], {}],
    ['a halt', [received(10), halted], { halted: true }],
    ['a halt and its end', [received(10), halted, resumed], {}],
  ])('%s gives the levels', (_, bodies, levels) => {
    expect(fold(bodies)).toEqual({
      store: 'demo',
      sku: 'A',
      halted: false,
      onHand: 10,
      held: 0,
      allocated: 0,
      received: 10,
      adjusted: 0,
      restocked: 0,
      committed: 0,
      reversed: 0,
      shipped: 0,
      perCustomer: null,
      updatedAtMs: 1_000 + bodies.length * 10,
      position: `2.${bodies.length}`,
      ...levels,
    });
  });

  test.each<[string, EventBody[], EventBody]>([
    ['placed', [received(10), placed()], placed(true)],
    ['committed', [received(10), placed(), committed()], committed(true)],
    ['released', [received(10), placed(), released()], released(true)],
    ['reversed', [...sold, reversed(3)], reversed(3, true)],
    ['restocked', [...sold, restocked(3)], restocked(3, true)],
    ['refused', [received(10)], refused],
  ])('a repeated reply, or a refusal, changes nothing: %s', (_, bodies, more) => {
    expect(fold([...bodies, more])).toEqual(fold(bodies));
  });

  test('a refusal or a tombstone of a SKU nobody knows makes no document', () => {
    expect(fold([refused, released()])).toBeUndefined();
  });

  test('throws where levels of an unknown SKU would change', () => {
    expect(() => fold([placed()])).toThrow('2.1: HoldPlaced of a SKU that was never received');
  });
});
