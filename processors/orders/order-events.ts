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

/** Who asked for something from outside; remembered with the event it led to. */
export interface Asker {
  readonly commandId: string | null;
  readonly fingerprint: string | null;
  readonly requestId: string | null;
}

export const nobody: Asker = { commandId: null, fingerprint: null, requestId: null };

/** The ids of a command, for the event it leads to. */
export const askerOf = ({ commandId, fingerprint, requestId }: Asker): Asker => ({
  commandId,
  fingerprint,
  requestId,
});

/** Where an order is to end, and why. */
export interface Ending {
  readonly to: End;
  readonly reason: string;
}

/** What stock has to undo. */
export interface StockToUndo {
  readonly holds: readonly Hold[];
  readonly commits: readonly Hold[];
}

/** The undo, named before its first step: `holds` are released, `commits` reversed; neither while money is open. */
export const startUnwind = (
  order: Order,
  { to, reason }: Ending,
  { holds, commits }: StockToUndo,
  asker: Asker,
): UnwindStarted => ({
  type: 'UnwindStarted',
  store: order.store,
  orderId: order.orderId,
  to,
  reason,
  holds: holds.map(toHold),
  commits: commits.map(toHold),
  ...asker,
});

export const closeOrder = (order: Order, { to, reason }: Ending): OrderClosed => ({
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
