import type { EventBody } from '../../schemas/generated/stock-events.ts';
import type { StockView } from '../../schemas/stock-view.ts';

const zero = {
  halted: false,
  onHand: 0,
  held: 0,
  allocated: 0,
  received: 0,
  adjusted: 0,
  restocked: 0,
  committed: 0,
  reversed: 0,
  shipped: 0,
  perCustomer: null,
} satisfies Partial<StockView>;

/**
 * The auditor's own fold of a SKU into the document Redis must hold (`schemas/stock-view.ts`). A SKU has one from
 * its first receipt on; refusals and repeated replies change nothing of it.
 */
export function foldStockDocument(
  before: StockView | undefined,
  body: EventBody,
  at: { readonly atMs: number; readonly position: string },
): StockView | undefined {
  if (!('sku' in body) || body.type === 'HoldRefused') return before;
  if ('repeat' in body && body.repeat) return before;
  if (!before && body.type !== 'StockReceived') return undefined;
  const { store, sku } = body;
  const stock: { -readonly [K in keyof StockView]: StockView[K] } = {
    store,
    sku,
    ...zero,
    ...before,
    updatedAtMs: at.atMs,
    position: at.position,
  };
  const quantity = 'quantity' in body ? body.quantity : 0;
  switch (body.type) {
    case 'StockReceived':
      stock.received += quantity;
      stock.onHand += quantity;
      break;
    case 'StockAdjusted':
      stock.adjusted += quantity;
      stock.onHand += quantity;
      break;
    case 'StockRestocked':
      stock.restocked += quantity;
      stock.onHand += quantity;
      break;
    case 'PurchasesLimited':
      stock.perCustomer = body.perCustomer;
      break;
    case 'CommitReversed':
      stock.reversed += quantity;
      stock.allocated -= quantity;
      stock.onHand += quantity;
      break;
    case 'AllocationShipped':
      stock.shipped += quantity;
      stock.allocated -= quantity;
      break;
    case 'SkuHalted':
      stock.halted = true;
      break;
    case 'SkuResumed':
      stock.halted = false;
      break;
    case 'HoldPlaced':
      stock.held += quantity;
      break;
    case 'HoldReleased':
      stock.held -= quantity;
      break;
    case 'HoldCommitted':
      stock.held -= quantity;
      stock.onHand -= quantity;
      stock.committed += quantity;
      stock.allocated += quantity;
      break;
  }
  return stock;
}
