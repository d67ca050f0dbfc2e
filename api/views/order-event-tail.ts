import { streamEventsMax } from '../../schemas/redis-keys.ts';
import type { OrderEventStream, StreamedEvent } from './order-event-stream.ts';

/** Who follows one order. */
export interface Follower {
  readonly orderId: string;
  onEvent(streamed: StreamedEvent): void;
  /** Events may have been missed: the follower starts anew. */
  onGap(): void;
}

interface Tail {
  readonly followers: Set<Follower>;
  /** Seq of the last entry handed out. */
  seq: number;
}

const pollMs = 100;

/** Follows the event streams for many readers with one poll of Redis a partition, and only while somebody reads. */
export class OrderEventTail {
  readonly #stream: OrderEventStream;
  readonly #tails = new Map<number, Tail>();

  constructor(stream: OrderEventStream) {
    this.#stream = stream;
  }

  /** Hands every event of the order after the newest entry of now to the follower, until the returned function is called. */
  async follow(partition: number, follower: Follower): Promise<() => void> {
    let tail = this.#tails.get(partition);
    if (!tail) {
      const ends = await this.#stream.ends(partition);
      tail = this.#tails.get(partition) ?? { followers: new Set(), seq: ends?.newest ?? 0 };
      if (!this.#tails.has(partition)) {
        this.#tails.set(partition, tail);
        this.#pollLater(partition, tail);
      }
    }
    const { followers } = tail;
    followers.add(follower);
    return () => void followers.delete(follower);
  }

  #pollLater(partition: number, tail: Tail): void {
    setTimeout(() => void this.#poll(partition, tail), pollMs).unref();
  }

  async #poll(partition: number, tail: Tail): Promise<void> {
    if (tail.followers.size === 0) {
      this.#tails.delete(partition);
      return;
    }
    try {
      await this.#handOut(partition, tail);
    } catch {
      // Redis is away: nothing was handed out, so the next poll goes on from the same entry.
    }
    this.#pollLater(partition, tail);
  }

  async #handOut(partition: number, tail: Tail): Promise<void> {
    const ends = await this.#stream.ends(partition);
    // The first entry of a partition need not be 1; but only a full stream was ever trimmed.
    const isFull = ends !== null && ends.newest - ends.oldest >= streamEventsMax - 1;
    const trimmed = ends !== null && ends.oldest > tail.seq + 1 && (tail.seq > 0 || isFull);
    const newest = ends?.newest ?? 0;
    const rebuilt = newest < tail.seq;
    if (trimmed || rebuilt) {
      tail.seq = newest;
      for (const follower of tail.followers) follower.onGap();
      return;
    }
    if (newest === tail.seq) return;
    for (const streamed of await this.#stream.after(partition, tail.seq)) {
      tail.seq = streamed.seq;
      for (const follower of tail.followers) {
        if (follower.orderId === streamed.event.orderId) follower.onEvent(streamed);
      }
    }
  }
}
