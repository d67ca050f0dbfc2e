import type { Command, PlaceOrder } from '../../schemas/generated/orders-commands.ts';
import type {
  CommitStarted,
  Hold,
  OrderClosed,
  OrderConfirmed,
  OrderPlaced,
  UnwindStarted,
} from '../../schemas/generated/orders-events.ts';
import { holdIdOf } from '../../schemas/ids.ts';
import { sumMinor } from '../../schemas/money.ts';
import { lineNetMinor } from '../../schemas/order-total.ts';
import type { Order, OrderCommand } from './order.ts';

type End = OrderClosed['as'];

/** The order as asked for, with one hold for each SKU: its lines summed, in SKU order. */
export function placeOrder(
  command: Command<OrderCommand>,
  body: PlaceOrder,
  holdUntilMs: number,
): OrderPlaced {
  return {
    ...body,
    type: 'OrderPlaced',
    store: command.store,
    commandId: command.commandId,
    fingerprint: command.fingerprint,
    requestId: command.requestId,
    holds: holdsOf(body),
    holdUntilMs,
  };
}

/** Code unit order, the same on every machine and in every locale. */
function holdsOf({ orderId, lines }: PlaceOrder): readonly Hold[] {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  return [...quantities]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([sku, quantity]) => ({ holdId: holdIdOf(orderId, sku), sku, quantity }));
}

export const commitHolds = (order: Order): CommitStarted => ({
  type: 'CommitStarted',
  store: order.store,
  orderId: order.orderId,
  holds: order.holds.map(toHold),
});

/** The undo, named before its first step: `holds` are released; with none to end the order is closed at once. */
export function unwindOrder(
  order: Order,
  to: End,
  reason: string,
  holds: readonly Hold[],
): readonly (UnwindStarted | OrderClosed)[] {
  const { store, orderId } = order;
  const started: UnwindStarted = {
    type: 'UnwindStarted',
    store,
    orderId,
    to,
    reason,
    holds: holds.map(toHold),
    commits: [],
    commandId: null,
    fingerprint: null,
    requestId: null,
  };
  return holds.length === 0 ? [started, closeOrder(order, to, reason)] : [started];
}

export const closeOrder = (order: Order, to: End, reason: string): OrderClosed => ({
  type: 'OrderClosed',
  store: order.store,
  orderId: order.orderId,
  as: to,
  reason,
  currency: order.currency,
  totalMinor: order.totalMinor,
  placedAtMs: order.placedAtMs,
  orderedAtMs: order.orderedAtMs,
});

/** The sale with all its money, for those who fold it without the order. Minor units. */
export function confirmOrder(order: Order): OrderConfirmed {
  return {
    type: 'OrderConfirmed',
    store: order.store,
    orderId: order.orderId,
    customerId: order.customerId,
    currency: order.currency,
    lines: order.lines.map((line) => ({
      sku: line.sku,
      quantity: line.quantity,
      netMinor: lineNetMinor(line),
      taxMinor: line.taxMinor,
    })),
    totalMinor: order.totalMinor,
    discountMinor: order.discountMinor,
    shippingMinor: order.shippingMinor,
    taxMinor: sumMinor([...order.lines.map((line) => line.taxMinor), order.shippingTaxMinor]),
    placedAtMs: order.placedAtMs,
    orderedAtMs: order.orderedAtMs,
  };
}

const toHold = ({ holdId, sku, quantity }: Hold): Hold => ({ holdId, sku, quantity });
