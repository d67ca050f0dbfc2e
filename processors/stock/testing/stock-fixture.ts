import type { Command, PlaceHold } from '../../../schemas/generated/stock-commands.ts';
import { holdIdOf, orderIdOf } from '../../../schemas/ids.ts';
import { createStockDomain } from '../stock-domain.ts';
import type { Stock, StockCommand, StockEvent } from '../stock.ts';

export const store = 's-1';
export const sku = 'A';
export const startMs = 1_700_000_000_000;
export const stock = createStockDomain();

export const commandOf = (
  body: StockCommand,
  of: Partial<Command<StockCommand>> = {},
): Command<StockCommand> => ({
  store,
  commandId: null,
  fingerprint: null,
  requestId: null,
  ...of,
  body,
});

export const orderIdAt = (n: number): string => orderIdOf(store, `cart-${n}`);
const holdAt = (n: number) => ({ holdId: holdIdOf(orderIdAt(n), sku), orderId: orderIdAt(n), sku });

export const receive = (quantity: number): Command<StockCommand> =>
  commandOf({ type: 'ReceiveStock', sku, quantity, reason: 'opening' });
export const adjust = (quantity: number): Command<StockCommand> =>
  commandOf({ type: 'AdjustStock', sku, quantity, reason: 'correction', corrects: null });
export const halt = commandOf({ type: 'Halt', sku, reason: 'recall' });
export const resume = commandOf({ type: 'Resume', sku, reason: 'checked' });
/** Pieces of return `returnId` of order 1 come back. */
export const restock = (returnId: string, quantity: number, receiptId = 'receipt-1'): Command<StockCommand> =>
  commandOf({ type: 'Restock', sku, returnId, receiptId, orderId: orderIdAt(1), quantity });
export const limit = (perCustomer: number | null): Command<StockCommand> =>
  commandOf({ type: 'LimitPurchases', sku, perCustomer, reason: 'drop' });

/** Commands for the hold of order number `n`. */
export const placeHold = (n: number, quantity = 1, of: Partial<PlaceHold> = {}): Command<StockCommand> =>
  commandOf({
    type: 'PlaceHold',
    ...holdAt(n),
    customerId: 'c-1',
    quantity,
    untilMs: startMs + 900_000,
    ...of,
  });
export const commitHold = (n: number): Command<StockCommand> =>
  commandOf({ type: 'CommitHold', ...holdAt(n) });
export const releaseHold = (n: number): Command<StockCommand> =>
  commandOf({ type: 'ReleaseHold', ...holdAt(n), reason: 'rejected' });
export const reverseCommit = (n: number, quantity = 1): Command<StockCommand> =>
  commandOf({ type: 'ReverseCommit', ...holdAt(n), quantity });
export const shipAllocated = (n: number, quantity = 1): Command<StockCommand> =>
  commandOf({ type: 'ShipAllocated', ...holdAt(n), quantity, shipmentId: `ship-${n}` });

/** Decides and folds the commands one after the other, a millisecond apart. */
export function run(commands: readonly Command<StockCommand>[], from?: Stock, fromMs = startMs) {
  let state = from;
  const events: StockEvent[] = [];
  commands.forEach((command, i) => {
    const decided = stock.decide(state, command, fromMs + i);
    for (const event of decided) state = stock.evolve(state, event, fromMs + i);
    events.push(...decided);
  });
  return { state, events };
}
