import type {
  AdjustStock,
  Halt,
  LimitPurchases,
  ReceiveStock,
  Restock,
  Resume,
} from '../../schemas/generated/stock-commands.ts';
import { eventsOfCell, ignored, refused } from '../../schemas/notes.ts';
import { recallId } from '../../schemas/recent-ids.ts';
import { skuTransitions } from '../../schemas/stock-transitions.ts';
import type { StockDecision } from './stock-decision.ts';
import { restockIdOf, type Stock, type StockEvent } from './stock.ts';

type Movement = ReceiveStock | AdjustStock | Halt | Resume | LimitPurchases;

/** Decides a movement from outside that is no repeat. */
export function decideMovement({ stock, body, about }: StockDecision<Movement>): readonly StockEvent[] {
  const moved = {
    store: stock.store,
    sku: stock.sku,
    reason: body.reason,
    commandId: about.commandId,
    fingerprint: about.fingerprint,
    requestId: about.requestId,
  };
  const quantity = 'quantity' in body ? body.quantity : 0;
  return eventsOfCell<string, string, StockEvent>(skuTransitions[body.type][stock.state], about, {
    receive: () =>
      hasRoomFor(stock, quantity, stock.received)
        ? [{ type: 'StockReceived', ...moved, quantity }]
        : [refused(about, 'out-of-range')],
    adjust: () => {
      if (stock.onHand + quantity < stock.held) return [refused(about, 'would-break-holds', heldBy(stock))];
      const corrects = body.type === 'AdjustStock' ? body.corrects : null;
      return hasRoomFor(stock, quantity, stock.adjusted)
        ? [{ type: 'StockAdjusted', ...moved, quantity, corrects }]
        : [refused(about, 'out-of-range')];
    },
    halt: () => [{ type: 'SkuHalted', ...moved }],
    resume: () => [{ type: 'SkuResumed', ...moved }],
    limit: () => {
      const perCustomer = body.type === 'LimitPurchases' ? body.perCustomer : null;
      return perCustomer === (stock.limit?.perCustomer ?? null)
        ? [ignored(about, 'same-limit')]
        : [{ type: 'PurchasesLimited', ...moved, perCustomer }];
    },
  });
}

/** Decides a Restock, which comes from an order and has no command id: its return and receipt tell a repeat. */
export function restock({ stock, body, about, atMs }: StockDecision<Restock>): readonly StockEvent[] {
  const { returnId, receiptId, orderId, quantity } = body;
  return eventsOfCell<string, string, StockEvent>(skuTransitions.Restock[stock.state], about, {
    restock: () => {
      const repeat = recallId(stock.commands, restockIdOf(body), atMs) !== undefined;
      if (!repeat && !hasRoomFor(stock, quantity, stock.restocked)) return [refused(about, 'out-of-range')];
      const { store, sku } = stock;
      return [{ type: 'StockRestocked', store, sku, returnId, receiptId, orderId, quantity, repeat }];
    },
  });
}

/** True if all numbers stay exact, also when every committed piece comes back on hand. */
const hasRoomFor = (stock: Stock, quantity: number, counter: number): boolean =>
  Number.isSafeInteger(stock.onHand + stock.allocated + quantity) && Number.isSafeInteger(counter + quantity);

const namedMax = 5;

/** The orders whose holds stand in the way, the oldest first; null if no hold is open. */
function heldBy({ open }: Stock): string | null {
  const named: string[] = [];
  for (const holdId of open.keys()) {
    if (named.length === namedMax) break;
    named.push(holdId.slice(0, holdId.indexOf(':')));
  }
  if (named.length === 0) return null;
  const more = open.size > namedMax ? ` and ${open.size - namedMax} more` : '';
  return `held by ${named.join(', ')}${more}`;
}
