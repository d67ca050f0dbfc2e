import type { Command } from '../../../schemas/generated/orders-commands.ts';
import type { OrderState } from '../../../schemas/order-transitions.ts';
import type { OrderEvent, OrderCommand } from '../order.ts';
import { commandOf, outcomeOf, placeOrderOf, refusedOf, replyOf, run } from './orders-fixture.ts';

/** How large the order of a walk is; the last SKU is the one refused. */
export interface Variant {
  readonly skus: readonly string[];
  readonly unitMinor: number;
}

export const variants: readonly Variant[] = [
  { skus: ['A'], unitMinor: 500 },
  { skus: ['A', 'B'], unitMinor: 250 },
  { skus: ['A', 'B', 'D', 'E', 'F'], unitMinor: 100 },
  { skus: ['A'], unitMinor: 0 },
  { skus: ['A', 'B'], unitMinor: 0 },
];

/** The events that bring an order of this variant into `state` by commands alone; null where it never gets there. */
export function eventsTo(state: OrderState, { skus, unitMinor }: Variant): OrderEvent[] | null {
  const isFree = unitMinor === 0;
  const place = commandOf(placeOrderOf(skus.map((sku) => ({ sku, unitMinor }))));
  const placed = skus.map((sku) => commandOf(replyOf('HoldPlaced', sku)));
  const committed = skus.map((sku) => commandOf(replyOf('HoldCommitted', sku)));
  const authorized = isFree ? [] : [commandOf(outcomeOf('authorize'))];
  const captured = isFree ? [] : [commandOf(outcomeOf('capture'))];
  const refused = commandOf(refusedOf(skus.at(-1) ?? ''));
  const released = skus.slice(0, -1).map((sku) => commandOf(replyOf('HoldReleased', sku)));
  const paths: Readonly<Record<OrderState, readonly Command<OrderCommand>[] | null>> = {
    none: [],
    Holding: [place],
    Authorizing: isFree ? null : [place, ...placed],
    Committing: [place, ...placed, ...authorized],
    Capturing: isFree ? null : [place, ...placed, ...authorized, ...committed],
    Confirmed: [place, ...placed, ...authorized, ...committed, ...captured],
    Unwinding: skus.length === 1 ? null : [place, refused],
    Closed: [place, refused, ...released],
  };
  const path = paths[state];
  return path && run(path);
}
