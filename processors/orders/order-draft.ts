import { evolveOrder } from './evolve-order.ts';
import type { Order, OrderEvent } from './order.ts';

/**
 * An order as a decision of several steps would leave it: a copy that folds each event as it is decided. For the rare
 * paths alone, where the next step depends on the one before; the order itself is never changed.
 */
export class OrderDraft {
  readonly order: Order;
  readonly events: OrderEvent[] = [];
  private readonly atMs: number;

  constructor(order: Order, atMs: number) {
    this.order = structuredClone(order);
    this.atMs = atMs;
  }

  /** Decides these events, and folds them. */
  emit(...events: readonly OrderEvent[]): void {
    for (const event of events) {
      evolveOrder(this.order, event, this.atMs);
      this.events.push(event);
    }
  }
}
