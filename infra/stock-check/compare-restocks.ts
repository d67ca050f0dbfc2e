import { type Difference, repairable } from './difference.ts';
import type { AskedRestock } from './order-asks.ts';
import type { LedgerSku } from './stock-ledger.ts';

/** Compares what came back on hand with what orders took back, and looks at the corrections. Pure. */
export function compareRestocks(
  of: LedgerSku,
  askedOfSku: ReadonlyMap<string, AskedRestock>,
): readonly Difference[] {
  const key = `${of.store}/${of.sku}`;
  const differences: Difference[] = [];
  for (const [receipt, { orderId, quantity }] of of.restocks) {
    const asked = askedOfSku.get(receipt);
    if (asked?.quantity === quantity) continue;
    const over = quantity - (asked?.quantity ?? 0);
    differences.push({
      class: 'restock-unasked',
      key,
      about: receipt,
      what: `${quantity} put on hand for order ${orderId}, which took back ${asked?.quantity ?? 0}`,
      mend: adjust(of.sku, -over, over > 0 ? 'count-loss' : 'count-gain'),
      repair: null,
    });
  }
  for (const [receipt, asked] of askedOfSku) {
    if (of.restocks.has(receipt) || !asked.isDecided) continue;
    const { orderId, returnId, receiptId, sku, quantity } = asked;
    differences.push(
      repairable({
        class: 'restock-missing',
        key,
        about: receipt,
        what: `order ${orderId} took back ${quantity}, none of it is on hand`,
        repair: { type: 'Restock', sku, returnId, receiptId, orderId, quantity },
      }),
    );
  }
  for (const { movementId, corrects, quantity } of of.lost) {
    differences.push({
      class: 'correction-of-nothing',
      key,
      about: movementId,
      what: `a correction of ${quantity} names ${corrects}, which is no movement of the SKU before it`,
      mend: `${adjust(of.sku, -quantity, 'correction')} --corrects ${movementId}`,
      repair: null,
    });
  }
  return differences;
}

const adjust = (sku: string, quantity: number, reason: string): string =>
  `npx millrace stock adjust ${sku} --quantity ${quantity} --reason ${reason}`;
