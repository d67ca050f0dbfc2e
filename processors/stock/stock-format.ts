import type { ByteReader } from '../../schemas/byte-reader.ts';
import type { ByteWriter } from '../../schemas/byte-writer.ts';
import { readRecentIds, writeRecentIds } from '../../schemas/recent-ids.ts';
import type { StateFormat } from '../../schemas/state-format.ts';
import type { SkuState } from '../../schemas/stock-transitions.ts';
import type { Stock } from './stock.ts';

/** A SKU in the snapshots of stock. Only this processor reads them. */
export const stockFormat: StateFormat<Stock> = {
  version: 'stock-1',
  write(stock, to) {
    to.text(stock.store);
    to.text(stock.sku);
    to.text(stock.state);
    to.int(stock.onHand);
    to.int(stock.held);
    to.int(stock.allocated);
    to.int(stock.received);
    to.int(stock.adjusted);
    to.int(stock.committed);
    writeHolds(stock.open, to);
    writeHolds(stock.sold, to);
    writeRecentIds(stock.ended, to, (quantity) => to.uint(quantity));
    writeRecentIds(stock.commands, to, (fingerprint) => to.optional(fingerprint, (text) => to.text(text)));
  },
  read: (from) => ({
    store: from.text(),
    sku: from.text(),
    state: from.text() as SkuState,
    onHand: from.int(),
    held: from.int(),
    allocated: from.int(),
    received: from.int(),
    adjusted: from.int(),
    committed: from.int(),
    open: readHolds(from),
    sold: readHolds(from),
    ended: readRecentIds(from, () => from.uint()),
    commands: readRecentIds(from, () => from.optional(() => from.text())),
  }),
};

/** Oldest first; in place of a list, for a hot SKU has 100,000. */
function writeHolds(holds: ReadonlyMap<string, number>, to: ByteWriter): void {
  to.uint(holds.size);
  for (const [holdId, quantity] of holds) {
    to.text(holdId);
    to.uint(quantity);
  }
}

function readHolds(from: ByteReader): Map<string, number> {
  const holds = new Map<string, number>();
  for (let left = from.uint(); left > 0; left -= 1) holds.set(from.text(), from.uint());
  return holds;
}
