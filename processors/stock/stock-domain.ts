import type { Command } from '../../schemas/generated/stock-commands.ts';
import { skuKeyOf } from '../../schemas/ids.ts';
import { isNote, isParkingEvent, isPartitionEvent } from '../../schemas/notes.ts';
import { stockFormat } from './stock-format.ts';
import { reactionVersions } from '../../schemas/reactions.ts';
import { checkStock } from './check-stock.ts';
import { decideStock } from './decide-stock.ts';
import { reactStock } from './react-stock.ts';
import { evolveStock, type StockEvent, type StockCommand } from './stock.ts';

/** The stock processor as plain functions, in the shape the runtime asks for (`processors/runtime/processor.ts`). */
export const createStockDomain = () =>
  ({
    name: 'stock',
    reactionVersion: reactionVersions.stock,
    keyOfCommand: ({ store, body }: Command<StockCommand>): string =>
      body.type === 'Tick' ? '' : skuKeyOf(store, body.sku),
    keyOfEvent: stockKeyOf,
    check: checkStock,
    decide: decideStock,
    evolve: evolveStock,
    react: reactStock,
    format: stockFormat,
  }) as const;

/** The SKU an event belongs to; the partition's own events have no key. */
function stockKeyOf(event: StockEvent): string {
  if (isPartitionEvent(event)) return '';
  return isNote(event) || isParkingEvent(event) ? event.key : skuKeyOf(event.store, event.sku);
}
