import { assertNever } from '../../schemas/assert-never.ts';
import { adjustStockReasonValues, type Command } from '../../schemas/generated/stock-commands.ts';
import { holdIdOf, parseOrderId, parseSku } from '../../schemas/ids.ts';
import type { Stock, StockCommand } from './stock.ts';

/** Bounds of a movement and of a hold (`messages.md` §4, `domain.md` §4), in pieces. */
const stockBounds = {
  movementQuantityMax: 1_000_000_000,
  holdQuantityMax: 1_000_000,
  reasonLengthMax: 200,
  idLengthMax: 64,
} as const;

/** Why a readable command makes no sense and is quarantined, or null. */
export function checkStock(
  stock: Stock | undefined,
  command: Command<StockCommand>,
): 'semantic' | 'store-mismatch' | null {
  const { body, store } = command;
  if (body.type === 'Tick') return null;
  if (store === '' || parseSku(body.sku) !== body.sku) return 'semantic';
  if (stock && stock.store !== store) return 'store-mismatch';
  return makesSense(body) ? null : 'semantic';
}

function makesSense(body: Exclude<StockCommand, { type: 'Tick' }>): boolean {
  switch (body.type) {
    case 'ReceiveStock':
      return isWhole(body.quantity, 1, stockBounds.movementQuantityMax) && isReason(body.reason);
    case 'AdjustStock':
      return (
        isWhole(Math.abs(body.quantity), 1, stockBounds.movementQuantityMax) &&
        adjustStockReasonValues.includes(body.reason) &&
        (body.corrects === null || (body.reason === 'correction' && isId(body.corrects)))
      );
    case 'Halt':
    case 'Resume':
      return isReason(body.reason);
    case 'LimitPurchases':
      return (
        isReason(body.reason) &&
        (body.perCustomer === null || isWhole(body.perCustomer, 1, stockBounds.holdQuantityMax))
      );
    case 'Restock':
      return (
        parseOrderId(body.orderId) !== null &&
        isId(body.returnId) &&
        (body.receiptId === '' || isId(body.receiptId)) &&
        isWhole(body.quantity, 1, stockBounds.holdQuantityMax)
      );
    case 'PlaceHold':
    case 'ReverseCommit':
      return isHold(body) && isWhole(body.quantity, 1, stockBounds.holdQuantityMax);
    case 'ShipAllocated':
      return isHold(body) && isWhole(body.quantity, 1, stockBounds.holdQuantityMax) && isId(body.shipmentId);
    case 'CommitHold':
    case 'ReleaseHold':
      return isHold(body);
    default:
      return assertNever(body);
  }
}

const isHold = (body: { readonly holdId: string; readonly orderId: string; readonly sku: string }): boolean =>
  parseOrderId(body.orderId) !== null && body.holdId === holdIdOf(body.orderId, body.sku);
const isId = (id: string): boolean => id.length > 0 && id.length <= stockBounds.idLengthMax;
const isReason = (reason: string): boolean => reason.length <= stockBounds.reasonLengthMax;
const isWhole = (value: number, min: number, max: number): boolean =>
  Number.isSafeInteger(value) && value >= min && value <= max;
