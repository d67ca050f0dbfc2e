import type { Redis } from 'ioredis';
import { partitionOf } from '../../schemas/murmur2.ts';
import type { OrderView } from '../../schemas/order-view.ts';
import { orderKeys } from '../../schemas/redis-keys.ts';
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
  readonly #redis: Redis;
  readonly #partitions: number;

  constructor(redis: Redis, partitions: number) {
    this.#redis = redis;
    this.#partitions = partitions;
  }

  /** Throws `view-unavailable` if Redis does not answer. */
  async read(orderId: string): Promise<SeenOrder> {
    const partition = partitionOf(orderId, this.#partitions);
    return orUnavailable(async () => {
      // The position first: an order absent after it was read is absent at it.
      const [[cause, atMs], text] = await Promise.all([
        this.#redis.hmget(orderKeys.position(partition), 'cause', 'atMs'),
        this.#redis.get(orderKeys.order(partition, orderId)),
      ]);
      return {
        partition,
        order: text === null ? null : parseOrderView(text),
        position: parseViewPosition(cause, atMs),
      };
    });
  }
}
