import type { LiveViews } from '../../infra/clients/live-views.ts';
import { TurnBatch } from '../../infra/clients/turn-batch.ts';
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

/** What stands in Redis of one order. */
interface OrderTexts {
  readonly partition: number;
  readonly parked: string | null;
  readonly order: string | null;
  readonly position: ViewPosition;
}

/** Reads single orders from the Redis view, those of one turn of the event loop together. */
export class OrderReader {
  readonly #views: LiveViews;
  readonly #partitions: number;
  readonly #reading: CommandReading;
  readonly #reads = new TurnBatch((orderIds: readonly string[]) => this.#readAll(orderIds));

  constructor(views: LiveViews, partitions: number, reading: CommandReading) {
    this.#views = views;
    this.#reading = reading;
    this.#partitions = partitions;
  }

  /** Throws `view-unavailable` if Redis does not answer. */
  async read(orderId: string): Promise<SeenOrder> {
    return orUnavailable(async () => {
      const { partition, parked, order, position } = await this.#reads.ask(orderId);
      if (order !== null) return { partition, order: parseOrderView(order), placing: null, position };
      const placing =
        parked === null ? null : await parkedPlacing(this.#reading, JSON.parse(parked) as ParkedOrderView);
      return { partition, order: null, placing, position };
    });
  }

  /**
   * The position first: an order absent after it was read is absent at it. What is parked and the order in one step: a
   * redrive between the two would hide both. And the position once more: it has gone back where the view was emptied
   * between the two.
   */
  async #readAll(orderIds: readonly string[]): Promise<readonly OrderTexts[]> {
    const asked = orderIds.map((orderId) => ({ orderId, partition: partitionOf(orderId, this.#partitions) }));
    const byPartition = Map.groupBy(asked, ({ partition }) => partition);
    const answers = await this.#views.ordersOfEach([...byPartition.keys()], (partition, keys, pipeline) => {
      const texts = (byPartition.get(partition) ?? []).flatMap(({ orderId }) => [
        keys.parked(partition, orderId),
        keys.order(partition, orderId),
      ]);
      const position = keys.position(partition);
      pipeline.hmget(position, 'cause', 'atMs').mget(texts).hmget(position, 'cause', 'atMs');
    });
    const textsOf = new Map<string, OrderTexts>();
    for (const [partition, of] of byPartition) {
      const [before = [], texts = [], after = []] = answers.get(partition) as readonly (string | null)[][];
      const position = lower(parseViewPosition(before[0], before[1]), parseViewPosition(after[0], after[1]));
      for (const [i, { orderId }] of of.entries()) {
        const [parked = null, order = null] = texts.slice(2 * i, 2 * i + 2);
        textsOf.set(orderId, { partition, parked, order, position });
      }
    }
    return orderIds.map((orderId) => textsOf.get(orderId) as OrderTexts);
  }
}

const lower = (a: ViewPosition, b: ViewPosition): ViewPosition => (b.cause < a.cause ? b : a);
