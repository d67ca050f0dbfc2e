import { within } from '../idempotency/soft-deadline.ts';
import type { OrderReader, SeenOrder } from './order-reader.ts';
import type { ViewPositions } from './view-positions.ts';

export interface OrderLookParts {
  readonly orders: Pick<OrderReader, 'read'>;
  readonly positions: Pick<ViewPositions, 'reach'>;
  /** Offset the next record of each partition of the orders inbox will get; rejects while the log is away. */
  readonly endsOfInbox: () => Promise<ReadonlyMap<number, number>>;
}

/** An order as the view has it, and what may be said of it. */
export interface OrderSight {
  readonly seen: SeenOrder;
  /** The view holds all that stood in the inbox when it was asked: a refusal from it is what the log would say. */
  readonly current: boolean;
}

/** How long a look may take in all, and a view to come to the end of the inbox, ms. */
const lookMsMax = 1_500;
/**
 * The same for an order that no view has: without the view only 503 could be said of it. As long as a consumer's
 * session, so that a young order is still found while partitions of orders or views change hands (decision 0026).
 */
const absentMsMax = 6_000;

/** Looks at an order before a command about it goes into the log. Never rejects: what cannot be seen is null. */
export class OrderLook {
  readonly #parts: OrderLookParts;

  constructor(parts: OrderLookParts) {
    this.#parts = parts;
  }

  /**
   * The order now; where `suffices` says no (it would be refused), once more after the view has come to the end that
   * the inbox has now, so that nobody is refused for an answer of ours the view has not folded yet.
   */
  async at(orderId: string, suffices: (seen: SeenOrder) => boolean): Promise<OrderSight | null> {
    const seen = await this.#read(orderId);
    if (!seen || suffices(seen)) return seen && { seen, current: false };
    const isAbsent = seen.order === null && seen.placing === null;
    const waitMs = isAbsent ? absentMsMax : lookMsMax;
    const reached = await this.#reachEnd(seen.partition, waitMs);
    if (reached === null) return { seen, current: false };
    const again = await this.#read(orderId);
    // a view that was emptied meanwhile is not there any more
    return again && { seen: again, current: again.position.cause >= reached };
  }

  async #read(orderId: string): Promise<SeenOrder | null> {
    try {
      return await within(lookMsMax, this.#parts.orders.read(orderId));
    } catch {
      return null; // Redis is away or slow: the log decides
    }
  }

  /** The last offset that stood in the inbox, once the view includes it; null: it may not be judged by. */
  async #reachEnd(partition: number, waitMs: number): Promise<number | null> {
    try {
      const offset = ((await within(lookMsMax, this.#parts.endsOfInbox())).get(partition) ?? 0) - 1;
      await this.#parts.positions.reach({ partition, offset }, waitMs);
      return offset;
    } catch {
      return null; // the view is behind, or nobody says where the end is
    }
  }
}
