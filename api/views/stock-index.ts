import type { LiveViews } from '../../infra/clients/live-views.ts';
import { parseStockView, type StockView } from '../../schemas/stock-view.ts';
import { type Completeness, readList } from './read-list.ts';

export interface StockPageRequest {
  readonly store: string;
  readonly limit: number;
  /** The page begins behind this SKU. */
  readonly behind: string | null;
}

export interface StockPage {
  /** By name. */
  readonly skus: readonly StockView[];
  /** The last SKU of the page where more follow, else null. */
  readonly end: string | null;
}

/** Lists the SKUs of a store by name, merged over the partitions of the Redis view. */
export class StockIndex {
  readonly #views: LiveViews;
  readonly #partitions: number;

  constructor(views: LiveViews, partitions: number) {
    this.#views = views;
    this.#partitions = partitions;
  }

  /** Throws `view-unavailable` if Redis does not answer, or is emptied meanwhile. */
  page(request: StockPageRequest): Promise<StockPage & Completeness> {
    const positionOf = (p: number) =>
      this.#views.stock(p, (keys, redis) => redis.hmget(keys.position(p), 'cause', 'atMs'));
    return readList({ partitions: this.#partitions, positionOf }, (all) => this.#page(request, all));
  }

  async #page({ store, limit, behind }: StockPageRequest, partitions: readonly number[]): Promise<StockPage> {
    const from = behind === null ? '-' : `(${behind}`;
    const lists = await Promise.all(
      partitions.map(async (p) => {
        const skus = await this.#views.stock(p, (keys, redis) =>
          redis.zrangebylex(keys.skus(p, store), from, '+', 'LIMIT', 0, limit + 1),
        );
        return skus.map((sku) => ({ partition: p, sku }));
      }),
    );
    const merged = lists.flat().toSorted((a, b) => (a.sku < b.sku ? -1 : 1));
    const shown = merged.slice(0, limit);
    const texts = await Promise.all(
      shown.map(({ partition, sku }) =>
        this.#views.stock(partition, (keys, redis) => redis.get(keys.sku(partition, store, sku))),
      ),
    );
    return {
      skus: texts.filter((text) => text !== null).map(parseStockView),
      end: merged.length > limit ? (shown.at(-1)?.sku ?? null) : null,
    };
  }
}
