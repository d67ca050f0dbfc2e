import { assertNever } from '../../schemas/assert-never.ts';
import type {
  DeliveryRecorded,
  LinesCancelled,
  OrderedPieces,
  ReturnLapsed,
  ReturnReceived,
  ReturnRequested,
  ShipmentRecorded,
} from '../../schemas/generated/orders-events.ts';
import type { OrderLineView, OrderView, PiecesView, ReturnView } from '../../schemas/order-view.ts';

/** The events that say what became of pieces of lines. */
export type PiecesEvent =
  | LinesCancelled
  | ShipmentRecorded
  | DeliveryRecorded
  | ReturnRequested
  | ReturnReceived
  | ReturnLapsed;

type PiecesChange = Pick<OrderView, 'lines'> &
  Partial<Pick<OrderView, 'shipments' | 'deliveries' | 'returns' | 'status'>>;

/** What one event about pieces changes of an order; pure. A status changes from confirmed on alone. */
export function foldPieces(order: OrderView, body: PiecesEvent, atMs: number): PiecesChange {
  const lines = order.lines.map((line) => ({ ...line, ...countsAfter(line, body) }));
  const change = { lines, ...listsAfter(order, body, atMs) };
  return isSold(order) ? { ...change, status: soldStatus(lines) } : change;
}

const isSold = ({ status }: OrderView): boolean =>
  status === 'confirmed' || status === 'shipped' || status === 'delivered';

/** Shipped once no piece is open, delivered once all that was shipped has arrived too. */
function soldStatus(
  lines: readonly OrderLineView[],
): Extract<OrderView['status'], 'confirmed' | 'shipped' | 'delivered'> {
  const isOpen = lines.some(({ quantity, cancelled, shipped }) => quantity > cancelled + shipped);
  if (isOpen || lines.every(({ shipped }) => shipped === 0)) return 'confirmed';
  return lines.every(({ shipped, delivered }) => delivered >= shipped) ? 'delivered' : 'shipped';
}

function countsAfter(line: OrderLineView, body: PiecesEvent): Partial<OrderLineView> {
  const pieces = body.lines.reduce((sum, of) => sum + (of.line === line.line ? of.quantity : 0), 0);
  if (pieces === 0) return {};
  switch (body.type) {
    case 'LinesCancelled':
      return { cancelled: line.cancelled + pieces };
    case 'ShipmentRecorded':
      return { shipped: line.shipped + pieces };
    case 'DeliveryRecorded':
      return { delivered: line.delivered + pieces };
    case 'ReturnRequested':
      return { returnAsked: line.returnAsked + pieces };
    case 'ReturnReceived':
      return { returned: line.returned + pieces };
    case 'ReturnLapsed':
      return { returnAsked: line.returnAsked - pieces };
    default:
      return assertNever(body);
  }
}

function listsAfter(order: OrderView, body: PiecesEvent, atMs: number): Partial<OrderView> {
  switch (body.type) {
    case 'ShipmentRecorded': {
      const { shipmentId, carrier, trackingRef } = body;
      const shipment = { shipmentId, lines: piecesOf(body.lines), carrier, trackingRef, atMs };
      return { shipments: [...order.shipments, shipment] };
    }
    case 'DeliveryRecorded': {
      const delivery = { deliveryId: body.deliveryId, lines: piecesOf(body.lines), atMs };
      return { deliveries: [...order.deliveries, delivery] };
    }
    case 'ReturnRequested': {
      const { returnId, reason, claimedAtMs } = body;
      const lines = piecesOf(body.lines);
      const requested: ReturnView = {
        returnId,
        status: 'requested',
        lines,
        reason,
        receipts: [],
        atMs,
        claimedAtMs,
      };
      return { returns: [...order.returns, requested] };
    }
    case 'ReturnReceived':
      return { returns: withReturn(order, body.returnId, (was) => received(was, body, atMs)) };
    case 'ReturnLapsed':
      return { returns: withReturn(order, body.returnId, (was) => ({ ...was, status: 'lapsed' })) };
    case 'LinesCancelled':
      return {};
    default:
      return assertNever(body);
  }
}

const piecesOf = (lines: readonly OrderedPieces[]): readonly PiecesView[] =>
  lines.map(({ line, sku, quantity }) => ({ line, sku, quantity }));

const withReturn = (
  { returns }: OrderView,
  returnId: string,
  change: (was: ReturnView) => ReturnView,
): readonly ReturnView[] => returns.map((each) => (each.returnId === returnId ? change(each) : each));

function received(was: ReturnView, body: ReturnReceived, atMs: number): ReturnView {
  const { receiptId, sellable, condition } = body;
  const receipts = [...was.receipts, { receiptId, lines: piecesOf(body.lines), sellable, condition, atMs }];
  const came = unitsOf(receipts.flatMap(({ lines }) => lines));
  return { ...was, receipts, status: came >= unitsOf(was.lines) ? 'received' : was.status };
}

const unitsOf = (lines: readonly PiecesView[]): number =>
  lines.reduce((sum, { quantity }) => sum + quantity, 0);
