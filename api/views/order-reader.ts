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
      // redrive between the two then shows the order. And the position once more: it has gone back where the view was
      // emptied between the two.
      const [before, waiting, text, after] = await this.#views.orders(partition, (keys, redis) =>
        Promise.all([
          redis.hmget(keys.position(partition), 'cause', 'atMs'),
          redis.get(keys.parked(partition, orderId)),
          redis.get(keys.order(partition, orderId)),
          redis.hmget(keys.position(partition), 'cause', 'atMs'),
        ]),
      );
      return {
        partition,
        order: text === null ? null : parseOrderView(text),
        placing:
          text === null && waiting !== null ? await parkedPlacing(this.#reading, parse(waiting)) : null,
        position: lower(parseViewPosition(before[0], before[1]), parseViewPosition(after[0], after[1])),
      };
    });
  }
}

const lower = (a: ViewPosition, b: ViewPosition): ViewPosition => (b.cause < a.cause ? b : a);
