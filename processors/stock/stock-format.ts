import type { ByteReader } from '../../schemas/byte-reader.ts';
import type { ByteWriter } from '../../schemas/byte-writer.ts';
import { readRecentIds, writeRecentIds } from '../../schemas/recent-ids.ts';
import type { StateFormat } from '../../schemas/state-format.ts';
import { endedHoldStates, type SkuState } from '../../schemas/stock-transitions.ts';
import type { PurchaseLimit } from './purchase-limit.ts';
import type { EndedHold, Stock } from './stock.ts';

/** A SKU in the snapshots of stock. Only this processor reads them. */
export const stockFormat: StateFormat<Stock> = {
  version: 'stock-2',
  write(stock, to) {
    to.text(stock.store);
    to.text(stock.sku);
    to.text(stock.state);
    to.int(stock.onHand);
    to.int(stock.held);
    to.int(stock.allocated);
    to.int(stock.received);
    to.int(stock.restocked);
    to.int(stock.adjusted);
    to.int(stock.committed);
    to.int(stock.reversed);
    to.int(stock.shipped);
    writeCounts(stock.open, to);
    writeCounts(stock.sold, to);
    writeCounts(stock.gone, to);
    writeRecentIds(stock.ended, to, (hold) => writeEnded(hold, to));
    writeRecentIds(stock.commands, to, (fingerprint) => to.optional(fingerprint, (text) => to.text(text)));
    to.optional(stock.limit, (limit) => writeLimit(limit, to));
  },
  read: (from) => ({
    store: from.text(),
    sku: from.text(),
    state: from.text() as SkuState,
    onHand: from.int(),
    held: from.int(),
    allocated: from.int(),
    received: from.int(),
    restocked: from.int(),
    adjusted: from.int(),
    committed: from.int(),
    reversed: from.int(),
    shipped: from.int(),
    open: readCounts(from),
    sold: readCounts(from),
    gone: readCounts(from),
    ended: readRecentIds(from, () => readEnded(from)),
    commands: readRecentIds(from, () => from.optional(() => from.text())),
    limit: from.optional(() => readLimit(from)),
  }),
};

/** Oldest first; in place of a list, for a hot SKU has 100,000. */
function writeCounts(counts: ReadonlyMap<string, number>, to: ByteWriter): void {
  to.uint(counts.size);
  for (const [id, quantity] of counts) {
    to.text(id);
    to.uint(quantity);
  }
}

function readCounts(from: ByteReader): Map<string, number> {
  const counts = new Map<string, number>();
  for (let left = from.uint(); left > 0; left -= 1) counts.set(from.text(), from.uint());
  return counts;
}

function writeEnded({ as, quantity }: EndedHold, to: ByteWriter): void {
  to.uint(endedHoldStates.indexOf(as));
  to.uint(quantity);
}

function readEnded(from: ByteReader): EndedHold {
  const index = from.uint();
  const as = endedHoldStates[index];
  if (as === undefined) throw new RangeError(`no hold ends as ${index}`);
  return { as, quantity: from.uint() };
}

function writeLimit({ perCustomer, pieces, buyers }: PurchaseLimit, to: ByteWriter): void {
  to.uint(perCustomer);
  writeCounts(pieces, to);
  to.uint(buyers.size);
  for (const [holdId, customerId] of buyers) {
    to.text(holdId);
    to.text(customerId);
  }
}

function readLimit(from: ByteReader): PurchaseLimit {
  const perCustomer = from.uint();
  const pieces = readCounts(from);
  const buyers = new Map<string, string>();
  for (let left = from.uint(); left > 0; left -= 1) buyers.set(from.text(), from.text());
  return { perCustomer, pieces, buyers };
}
