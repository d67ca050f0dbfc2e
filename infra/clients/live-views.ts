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
import type { ChainableCommander } from 'ioredis';
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

  /**
   * Asks order views of several partitions in one pipeline: `ask` adds its commands for one of them. Gives the replies of
   * each, in their order. Rejects with the first error of any.
   */
  async ordersOfEach(
    partitions: readonly number[],
    ask: (partition: number, keys: OrderKeys, pipeline: ChainableCommander) => void,
  ): Promise<ReadonlyMap<number, readonly unknown[]>> {
    const answers = new Map<number, readonly unknown[]>();
    for (let left = partitions; left.length > 0; ) {
      const pipeline = this.#redis.pipeline();
      const asked = left.map((partition) => {
        const key = generationsKey('orders', partition);
        const thought = this.#thought(key);
        const from = pipeline.length;
        pipeline.hget(key, 'live');
        ask(partition, orderKeysOf(thought), pipeline);
        return { partition, key, thought, from, to: pipeline.length };
      });
      const replies = await repliesOf(pipeline);
      left = asked.flatMap(({ partition, key, thought, from, to }) => {
        const [stored, ...answer] = replies.slice(from, to);
        if (this.#learn(key, stored as string | null) !== thought) return [partition];
        answers.set(partition, answer);
        return [];
      });
    }
    return answers;
  }

  async #ask<T>(
    view: ViewName,
    partition: number,
    ask: (generation: ViewGeneration) => Promise<T>,
  ): Promise<T> {
    const key = generationsKey(view, partition);
    for (;;) {
      const thought = this.#thought(key);
      const [stored, answer] = await Promise.all([this.#redis.hget(key, 'live'), ask(thought)]);
      if (this.#learn(key, stored) === thought) return answer;
    }
  }

  #thought(key: string): ViewGeneration {
    return this.#known.get(key) ?? firstGeneration;
  }

  /** The generation that is live by what stands in Redis; from now on it is the one that is thought to be. */
  #learn(key: string, stored: string | null): ViewGeneration {
    const live = parseGeneration(stored ?? '') ?? firstGeneration;
    this.#known.set(key, live);
    return live;
  }
}

async function repliesOf(pipeline: ChainableCommander): Promise<readonly unknown[]> {
  return ((await pipeline.exec()) ?? []).map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
}
