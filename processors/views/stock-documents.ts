import { firstGeneration, stockKeysOf, type ViewGeneration } from '../../schemas/redis-keys.ts';
import { parseStockView, type StockView } from '../../schemas/stock-view.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import { foldStock, skuOf, type StockEvent } from './stock-view.ts';
import type { View } from './view-update.ts';

/** SKU levels in Redis, in one generation: the document, and its place in the store's list from its first receipt on. */
export function stockDocumentsOf(generation: ViewGeneration): View<StockEvent, StockView> {
  const stockKeys = stockKeysOf(generation);
  return {
    name: 'stock',
    topic: journalOf('stock'),
    positionKey: stockKeys.position,
    allKeys: stockKeys.all,
    keyOf: ({ body }, partition) => {
      const at = skuOf(body);
      return at && stockKeys.sku(partition, at.store, at.sku);
    },
    parse: parseStockView,
    fold: foldStock,
    isGone: () => false,
    noteOf: () => [],
    listsOf: (before, after, partition) =>
      before
        ? []
        : [{ does: 'list', key: stockKeys.skus(partition, after.store), score: 0, member: after.sku }],
    updatesMax: () => 2,
  };
}

/** Of the first generation. */
export const stockDocuments = stockDocumentsOf(firstGeneration);
