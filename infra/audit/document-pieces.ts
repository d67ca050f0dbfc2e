import type { EventBody, OrderedPieces } from '../../schemas/generated/orders-events.ts';
import type { OrderView } from '../../schemas/order-view.ts';
import type { Document } from './order-document.ts';
import { oneOf } from './one-of.ts';

/** Events about pieces. */
const isAboutPieces = oneOf(
  'LinesCancelled',
  'ShipmentRecorded',
  'DeliveryRecorded',
  'ReturnRequested',
  'ReturnReceived',
  'ReturnLapsed',
);

type Line = OrderView['lines'][number];
type Count = 'cancelled' | 'shipped' | 'delivered' | 'returnAsked' | 'returned';

/** What an event about pieces changes in the document of its order: lines, shipments, deliveries, returns, status. */
export function notePieces(order: Document, body: EventBody, atMs: number): void {
  if (!isAboutPieces(body)) return;
  switch (body.type) {
    case 'LinesCancelled':
      count(order, body.lines, 'cancelled');
      break;
    case 'ShipmentRecorded': {
      const { shipmentId, carrier, trackingRef } = body;
      count(order, body.lines, 'shipped');
      order.shipments = [
        ...order.shipments,
        { shipmentId, lines: pieces(body.lines), carrier, trackingRef, atMs },
      ];
      break;
    }
    case 'DeliveryRecorded':
      count(order, body.lines, 'delivered');
      order.deliveries = [
        ...order.deliveries,
        { deliveryId: body.deliveryId, lines: pieces(body.lines), atMs },
      ];
      break;
    case 'ReturnRequested': {
      const { returnId, reason, claimedAtMs } = body;
      count(order, body.lines, 'returnAsked');
      const lines = pieces(body.lines);
      order.returns = [
        ...order.returns,
        { returnId, status: 'requested', lines, reason, receipts: [], atMs, claimedAtMs },
      ];
      break;
    }
    case 'ReturnReceived': {
      const { receiptId, sellable, condition } = body;
      count(order, body.lines, 'returned');
      const receipt = { receiptId, lines: pieces(body.lines), sellable, condition, atMs };
      order.returns = order.returns.map((one) => {
        if (one.returnId !== body.returnId) return one;
        const receipts = [...one.receipts, receipt];
        const came = receipts.reduce((sum, { lines }) => sum + sumOf(lines), 0);
        return { ...one, receipts, status: came < sumOf(one.lines) ? one.status : 'received' };
      });
      break;
    }
    case 'ReturnLapsed':
      count(order, body.lines, 'returnAsked', -1);
      order.returns = order.returns.map((one) =>
        one.returnId === body.returnId ? { ...one, status: 'lapsed' } : one,
      );
      break;
  }
  if (order.status === 'confirmed' || order.status === 'shipped' || order.status === 'delivered')
    order.status = soldAs(order.lines);
}

/** Shipped when nothing is open and something left; delivered when all that left has arrived. */
function soldAs(lines: readonly Line[]): OrderView['status'] {
  let [open, shipped, delivered] = [0, 0, 0];
  for (const line of lines) {
    open += line.quantity - line.cancelled - line.shipped;
    shipped += line.shipped;
    delivered += line.delivered;
  }
  if (open > 0 || shipped === 0) return 'confirmed';
  return delivered < shipped ? 'shipped' : 'delivered';
}

function count(order: Document, told: readonly OrderedPieces[], name: Count, sign: 1 | -1 = 1): void {
  const lines = order.lines.map((line) => ({ ...line }));
  for (const { line, quantity } of told) {
    const of = lines[line - 1];
    if (of) of[name] += sign * quantity;
  }
  order.lines = lines;
}

const pieces = (lines: readonly OrderedPieces[]) =>
  lines.map(({ line, sku, quantity }) => ({ line, sku, quantity }));

const sumOf = (lines: readonly { readonly quantity: number }[]): number =>
  lines.reduce((sum, { quantity }) => sum + quantity, 0);
