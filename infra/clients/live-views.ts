import {
  firstGeneration,
  generationsKey,
  type OrderKeys,
  orderKeysOf,
  parseGeneration,
  type StockKeys,
  stockKeysOf,
  type ViewGeneration,
  type ViewName,
} from '../../schemas/redis-keys.ts';
import type { Redis } from './redis.ts';

/**
 * Reads views in the generation that is live. Which one it is stands in Redis beside the partition and is read in the
 * same pipeline, ahead of what is asked: where it is not the one that was thought, the question is put again. So no
 * answer comes of a generation that was not live when it was asked for; the other one is kept for a while after a
 * flip (`dropGeneration`), for questions of several steps.
 */
export class LiveViews {
  readonly #redis: Redis;
  /** By `generationsKey`: what was live when somebody last asked. */
  readonly #known = new Map<string, ViewGeneration>();

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Asks with the live keys of an order view; `ask` sends its first command at once. Rejects as `ask` does. */
  orders<T>(partition: number, ask: (keys: OrderKeys, redis: Redis) => Promise<T>): Promise<T> {
    return this.#ask('orders', partition, (generation) => ask(orderKeysOf(generation), this.#redis));
  }

  /** The same for a stock view. */
  stock<T>(partition: number, ask: (keys: StockKeys, redis: Redis) => Promise<T>): Promise<T> {
    return this.#ask('stock', partition, (generation) => ask(stockKeysOf(generation), this.#redis));
  }

  async #ask<T>(
    view: ViewName,
    partition: number,
    ask: (generation: ViewGeneration) => Promise<T>,
  ): Promise<T> {
    const key = generationsKey(view, partition);
    for (;;) {
      const thought = this.#known.get(key) ?? firstGeneration;
      const [stored, answer] = await Promise.all([this.#redis.hget(key, 'live'), ask(thought)]);
      const live = parseGeneration(stored ?? '') ?? firstGeneration;
      if (live === thought) return answer;
      this.#known.set(key, live);
    }
  }
}
