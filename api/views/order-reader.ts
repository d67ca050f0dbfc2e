import type { LiveViews } from '../../infra/clients/live-views.ts';
import { partitionOf } from '../../schemas/murmur2.ts';
import { type OrderView, parseOrderView } from '../../schemas/order-view.ts';
import type { ParkedOrderView } from '../../schemas/parked-order.ts';
import { type CommandReading, type ParkedPlacing, parkedPlacing } from './parked-placing.ts';
import { orUnavailable, parseViewPosition, type ViewPosition } from './view-positions.ts';

/** An order beside how far its partition's view has come, read together. */
export interface SeenOrder {
  readonly partition: number;
  readonly order: OrderView | null;
  /** Where there is no order: the parked PlaceOrder that would place it. */
  readonly placing: ParkedPlacing | null;
  readonly position: ViewPosition;
}

const parse = (text: string): ParkedOrderView => JSON.parse(text) as ParkedOrderView;

/** Reads single orders from the Redis view. */
export class OrderReader {
  readonly #views: LiveViews;
  readonly #partitions: number;
  readonly #reading: CommandReading;

  constructor(views: LiveViews, partitions: number, reading: CommandReading) {
    this.#views = views;
    this.#reading = reading;
    this.#partitions = partitions;
  }

  /** Throws `view-unavailable` if Redis does not answer. */
  async read(orderId: string): Promise<SeenOrder> {
    const partition = partitionOf(orderId, this.#partitions);
    return orUnavailable(async () => {
      // The position first: an order absent after it was read is absent at it. What is parked before the order: a
      // redrive between the two then shows the order.
      const [[cause, atMs], waiting, text] = await this.#views.orders(partition, (keys, redis) =>
        Promise.all([
          redis.hmget(keys.position(partition), 'cause', 'atMs'),
          redis.get(keys.parked(partition, orderId)),
          redis.get(keys.order(partition, orderId)),
        ]),
      );
      const position = parseViewPosition(cause, atMs);
      if (text !== null) return { partition, order: parseOrderView(text), placing: null, position };
      const placing = waiting === null ? null : await parkedPlacing(this.#reading, parse(waiting));
      // Emptied between the two, the view has no order either, and its position has gone back.
      const after = await this.#positionOf(partition);
      return { partition, order: null, placing, position: after.cause < position.cause ? after : position };
    });
  }

  async #positionOf(partition: number): Promise<ViewPosition> {
    const [cause, atMs] = await this.#views.orders(partition, (keys, redis) =>
      redis.hmget(keys.position(partition), 'cause', 'atMs'),
    );
    return parseViewPosition(cause, atMs);
  }
}
