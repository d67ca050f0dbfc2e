import type { LiveViews } from '../../infra/clients/live-views.ts';
import { type OrderStatus, type OrderView, parseOrderView } from '../../schemas/order-view.ts';
import type { OrderKeys } from '../../schemas/redis-keys.ts';
import { type Completeness, readList } from './read-list.ts';

export interface OrderFilter {
  readonly store: string;
  readonly status: OrderStatus | null;
  readonly customerId: string | null;
  /** Upper case. */
  readonly sku: string | null;
  /** Created at or after, epoch ms. */
  readonly fromMs: number | null;
  /** Created before, epoch ms. */
  readonly toMs: number | null;
}

export interface PagePlace {
  readonly createdAtMs: number;
  readonly orderId: string;
}

export interface PageRequest {
  readonly filter: OrderFilter;
  readonly newestFirst: boolean;
  readonly limit: number;
  /** The page begins behind this order. */
  readonly behind: PagePlace | null;
}

export interface OrderPage {
  readonly orders: readonly OrderView[];
  /** Where the next page begins, null at the end. */
  readonly end: PagePlace | null;
}

/** Orders looked at for one page at most: a rare combination of filters ends its page early instead of late. */
const scannedMax = 2_000;

/** Lists orders from the sorted sets of the Redis views, merged over the partitions by creation, then id. */
export class OrderIndex {
  readonly #views: LiveViews;
  readonly #partitions: number;

  constructor(views: LiveViews, partitions: number) {
    this.#views = views;
    this.#partitions = partitions;
  }

  /** Throws `view-unavailable` if Redis does not answer, or is emptied meanwhile. */
  page(request: PageRequest): Promise<OrderPage & Completeness> {
    const positionOf = (p: number) =>
      this.#views.orders(p, (keys, redis) => redis.hmget(keys.position(p), 'cause', 'atMs'));
    return readList({ partitions: this.#partitions, positionOf }, (all) => this.#page(request, all));
  }

  async #page(
    { filter, newestFirst, limit, behind }: PageRequest,
    all: readonly number[],
  ): Promise<OrderPage> {
    const orders: OrderView[] = [];
    let place = behind;
    let scanned = 0;
    for (;;) {
      const from = place;
      const lists = await Promise.all(
        all.map((p) => this.#candidates(p, filter, newestFirst, limit + 1, from)),
      );
      const merged = lists.flat().toSorted((a, b) => comparePlaces(a, b) * (newestFirst ? -1 : 1));
      const batch = merged.slice(0, limit + 1);
      const views = await Promise.all(batch.map(({ partition, orderId }) => this.#view(partition, orderId)));
      for (const [i, candidate] of batch.entries()) {
        const view = views[i];
        if (view && matches(view, filter)) {
          if (orders.length === limit) return { orders, end: place };
          orders.push(view);
        }
        place = candidate;
        scanned += 1;
      }
      if (merged.length <= limit) return { orders, end: null };
      if (scanned >= scannedMax) return { orders, end: place };
    }
  }

  /** The next `count` orders of a partition's narrowest set, behind a place. */
  async #candidates(
    partition: number,
    filter: OrderFilter,
    newestFirst: boolean,
    count: number,
    behind: PagePlace | null,
  ): Promise<readonly Candidate[]> {
    const edge = behind?.createdAtMs;
    const min =
      newestFirst || edge === undefined ? (filter.fromMs ?? '-inf') : Math.max(edge, filter.fromMs ?? 0);
    const to = filter.toMs === null ? '+inf' : `(${filter.toMs}`;
    const max =
      newestFirst && edge !== undefined && edge < (filter.toMs ?? Number.POSITIVE_INFINITY) ? edge : to;
    const found: Candidate[] = [];
    // Orders created in the very millisecond of the place stand on both of its sides: those before it are passed by.
    for (let offset = 0; found.length < count; offset += count) {
      const window = ['LIMIT', offset, count] as const;
      const flat = await this.#views.orders(partition, (keys, redis) => {
        const key = narrowestKey(keys, partition, filter);
        return newestFirst
          ? redis.zrevrangebyscore(key, max, min, 'WITHSCORES', ...window)
          : redis.zrangebyscore(key, min, max, 'WITHSCORES', ...window);
      });
      for (let i = 0; i < flat.length; i += 2) {
        const candidate = { partition, orderId: flat[i] ?? '', createdAtMs: Number(flat[i + 1]) };
        const isBehind = behind === null || comparePlaces(candidate, behind) * (newestFirst ? -1 : 1) > 0;
        if (isBehind) found.push(candidate);
      }
      if (flat.length < count * 2) break;
    }
    return found.slice(0, count);
  }

  async #view(partition: number, orderId: string): Promise<OrderView | null> {
    const text = await this.#views.orders(partition, (keys, redis) =>
      redis.get(keys.order(partition, orderId)),
    );
    return text === null ? null : parseOrderView(text);
  }
}

interface Candidate extends PagePlace {
  readonly partition: number;
}

const comparePlaces = (a: PagePlace, b: PagePlace): number =>
  a.createdAtMs - b.createdAtMs || (a.orderId < b.orderId ? -1 : a.orderId > b.orderId ? 1 : 0);

function narrowestKey(
  keys: OrderKeys,
  partition: number,
  { store, customerId, sku, status }: OrderFilter,
): string {
  if (customerId !== null) return keys.byCustomer(partition, store, customerId);
  if (sku !== null) return keys.bySku(partition, store, sku);
  if (status !== null) return keys.byStatus(partition, store, status);
  return keys.created(partition, store);
}

const matches = (view: OrderView, { store, status, customerId, sku }: OrderFilter): boolean =>
  view.store === store &&
  (status === null || view.status === status) &&
  (customerId === null || view.customerId === customerId) &&
  (sku === null || view.lines.some((line) => line.sku === sku));
