import { assertNever } from '../../schemas/assert-never.ts';
import type { Command } from '../../schemas/generated/stock-commands.ts';
import { skuKeyOf } from '../../schemas/ids.ts';
import { noteSubject, refused } from '../../schemas/notes.ts';
import { recallId } from '../../schemas/recent-ids.ts';
import { commitHold, placeHold, releaseHold, reverseCommit, shipAllocated } from './decide-hold.ts';
import { decideMovement, restock } from './decide-movement.ts';
import { createStock, type StockCommand, type Stock, type StockEvent } from './stock.ts';

/**
 * Decides one command for one SKU by `skuTransitions` and `holdTransitions`. Quantities are whole pieces, `atMs` is
 * the log's clock. Units are checked and taken in this one step. A refusal is an event; throws only on a bug.
 */
export function decideStock(
  known: Stock | undefined,
  command: Command<StockCommand>,
  atMs: number,
): readonly StockEvent[] {
  const { body, store } = command;
  if (body.type === 'Tick') return [{ type: 'TimePassed', atMs }];
  const stock = known ?? createStock(store, body.sku);
  const about = noteSubject(command, skuKeyOf(store, body.sku), stock.state);
  switch (body.type) {
    case 'PlaceHold':
      return placeHold({ stock, body, about, atMs });
    case 'CommitHold':
      return commitHold({ stock, body, about, atMs });
    case 'ReleaseHold':
      return releaseHold({ stock, body, about, atMs });
    case 'ReverseCommit':
      return reverseCommit({ stock, body, about, atMs });
    case 'ShipAllocated':
      return shipAllocated({ stock, body, about, atMs });
    case 'Restock':
      return restock({ stock, body, about, atMs });
    case 'ReceiveStock':
    case 'AdjustStock':
    case 'Halt':
    case 'Resume':
    case 'LimitPurchases': {
      const before = about.commandId === null ? undefined : recallId(stock.commands, about.commandId, atMs);
      if (before !== undefined) {
        return before === about.fingerprint ? [] : [refused(about, 'key-reused')];
      }
      return decideMovement({ stock, body, about, atMs });
    }
    default:
      return assertNever(body);
  }
}
