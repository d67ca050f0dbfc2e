import type { LiveViews } from '../../infra/clients/live-views.ts';
import { partitionOf } from '../../schemas/murmur2.ts';
import type { OrderView } from '../../schemas/order-view.ts';
import { orUnavailable, parseViewPosition, type ViewPosition } from './view-positions.ts';

/** An order beside how far its partition's view has come, read together. */
export interface SeenOrder {
  readonly partition: number;
  readonly order: OrderView | null;
  readonly position: ViewPosition;
}

/** The order views write as JSON; they alone write these keys. */
export const parseOrderView = (text: string): OrderView => JSON.parse(text) as OrderView;

/** Reads single orders from the Redis view. */
export class OrderReader {
  readonly #views: LiveViews;
  readonly #partitions: number;

  constructor(views: LiveViews, partitions: number) {
    this.#views = views;
    this.#partitions = partitions;
  }

  /** Throws `view-unavailable` if Redis does not answer. */
  async read(orderId: string): Promise<SeenOrder> {
    const partition = partitionOf(orderId, this.#partitions);
    return orUnavailable(async () => {
      // The position first: an order absent after it was read is absent at it.
      const [[cause, atMs], text] = await this.#views.orders(partition, (keys, redis) =>
        Promise.all([
          redis.hmget(keys.position(partition), 'cause', 'atMs'),
          redis.get(keys.order(partition, orderId)),
        ]),
      );
      return {
        partition,
        order: text === null ? null : parseOrderView(text),
        position: parseViewPosition(cause, atMs),
      };
    });
  }
}
