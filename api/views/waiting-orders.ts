import type { LiveViews } from '../../infra/clients/live-views.ts';
import type { Redis } from '../../infra/clients/redis.ts';
import { type OrderView, parseOrderView } from '../../schemas/order-view.ts';
import { type Completeness, readList } from './read-list.ts';

/** What an order may be stuck on: money nobody knows of, or a person's word. */
export const stuckOn = ['money', 'person'] as const;
export type StuckOn = (typeof stuckOn)[number];

export interface StuckOrder {
  readonly order: OrderView;
  readonly on: StuckOn;
  /** Epoch ms by the log's clock. */
  readonly sinceMs: number;
}

export interface StuckOrders {
  /** The longest waiting first. */
  readonly orders: readonly StuckOrder[];
  /** Orders that wait in all, listed or not; one that waits for both counts twice. */
  readonly count: number;
}

/** Lists the orders of a store that do not move by themselves, from the sorted sets of the Redis views. */
export class WaitingOrders {
  readonly #views: LiveViews;
  readonly #partitions: number;

  constructor(views: LiveViews, partitions: number) {
    this.#views = views;
    this.#partitions = partitions;
  }

  /** At most `limit` orders. Throws `view-unavailable` if Redis does not answer, or is emptied meanwhile. */
  stuck(store: string, on: readonly StuckOn[], limit: number): Promise<StuckOrders & Completeness> {
    const positionOf = (p: number) =>
      this.#views.orders(p, (keys, redis) => redis.hmget(keys.position(p), 'cause', 'atMs'));
    return readList({ partitions: this.#partitions, positionOf }, async (all) => {
      const places = await Promise.all(all.map((partition) => this.#placesOf(partition, store, on, limit)));
      const oldest = places
        .flatMap(({ found }) => found)
        .toSorted((a, b) => a.sinceMs - b.sinceMs)
        .slice(0, limit);
      const orders = await Promise.all(oldest.map((place) => this.#orderAt(place)));
      return {
        orders: orders.filter((order) => order !== null),
        count: places.reduce((sum, { count }) => sum + count, 0),
      };
    });
  }

  #placesOf(partition: number, store: string, on: readonly StuckOn[], limit: number) {
    return this.#views.orders(partition, async (keys, redis) => {
      const keyOf = (one: StuckOn): string =>
        one === 'money' ? keys.unknownMoney(partition, store) : keys.person(partition, store);
      const lists = await Promise.all(on.map((one) => listOf(redis, partition, one, keyOf(one), limit)));
      const found = lists.flatMap((list) => list.found);
      return { found, count: lists.reduce((sum, { count }) => sum + count, 0) };
    });
  }

  async #orderAt({ partition, orderId, on, sinceMs }: Place): Promise<StuckOrder | null> {
    const text = await this.#views.orders(partition, (keys, redis) =>
      redis.get(keys.order(partition, orderId)),
    );
    return text === null ? null : { order: parseOrderView(text), on, sinceMs };
  }
}

interface Place {
  readonly partition: number;
  readonly orderId: string;
  readonly on: StuckOn;
  readonly sinceMs: number;
}

/** The longest waiting of one list of one partition, and how many it has. */
async function listOf(redis: Redis, partition: number, on: StuckOn, key: string, limit: number) {
  const [flat, count] = await Promise.all([
    redis.zrangebyscore(key, '-inf', '+inf', 'WITHSCORES', 'LIMIT', 0, limit),
    redis.zcard(key),
  ]);
  return { count, found: toPlaces(partition, on, flat) };
}

/** Members and scores by turns. */
const toPlaces = (partition: number, on: StuckOn, flat: readonly string[]): readonly Place[] =>
  flat.flatMap((orderId, i) =>
    i % 2 === 0 ? [{ partition, orderId, on, sinceMs: Number(flat[i + 1]) }] : [],
  );
