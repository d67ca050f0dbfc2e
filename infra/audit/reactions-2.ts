import { assertNever } from '../../schemas/assert-never.ts';
import type { EventBody as OrderBody } from '../../schemas/generated/orders-events.ts';
import type { EventBody as StockBody } from '../../schemas/generated/stock-events.ts';
import { type ExpectedMessage, toSku } from './message-words.ts';
import * as version1 from './reactions-1.ts';
import { oneOf } from './one-of.ts';

/** Events whose messages version 1 does not say. */
const isOfVersion2 = oneOf('UnwindStarted', 'LinesCancelled', 'ShipmentRecorded', 'ReturnReceived');

/**
 * The auditor's own evaluation of version 2 of the reaction table (messages §5): what version 1 says of holds, and the
 * pieces of a sale that are reversed, shipped and put back on hand.
 */
export function messagesOfOrder(body: OrderBody): readonly ExpectedMessage[] {
  if (!isOfVersion2(body)) return version1.messagesOfOrder(body);
  switch (body.type) {
    case 'UnwindStarted': {
      const { store, orderId, commits } = body;
      const reversed = commits.map(({ holdId, sku, quantity }) =>
        toSku(store, sku, ['ReverseCommit', holdId, orderId, sku, quantity]),
      );
      return [...version1.messagesOfOrder(body), ...reversed];
    }
    case 'LinesCancelled': {
      const { store, orderId, lines } = body;
      return lines.map(({ holdId, sku, quantity }) =>
        toSku(store, sku, ['ReverseCommit', holdId, orderId, sku, quantity]),
      );
    }
    case 'ShipmentRecorded': {
      const { store, orderId, shipmentId, lines } = body;
      return lines.map(({ holdId, sku, quantity }) =>
        toSku(store, sku, ['ShipAllocated', holdId, orderId, sku, quantity, shipmentId]),
      );
    }
    case 'ReturnReceived': {
      if (!body.sellable) return [];
      const { store, orderId, returnId, receiptId } = body;
      // Two lines of one SKU are two movements: each says which line of the receipt it is of.
      return body.lines.map(({ line, sku, quantity }) =>
        toSku(store, sku, ['Restock', orderId, sku, quantity, returnId, `${receiptId}:${line}`]),
      );
    }
    default:
      return assertNever(body);
  }
}

export const messagesOfStock = (body: StockBody): readonly ExpectedMessage[] =>
  body.type === 'AllocationShipped' ? [] : version1.messagesOfStock(body);
