import type { Event, Price } from '../../schemas/generated/catalogue-events.ts';
import type { ProductContent } from '../../schemas/product-state.ts';
import { WordIndex } from './word-index.ts';

/** A product on sale, as the catalogue journal last put it. */
export interface Product {
  readonly sku: string;
  readonly version: number;
  readonly name: string;
  readonly prices: readonly Price[];
  readonly taxBp: number;
  /** By the log's clock. */
  readonly updatedAtMs: number;
}

/** A product that was taken off sale: its number goes on counting. */
interface Retired {
  readonly version: number;
}

interface Shelf {
  readonly products: Map<string, Product | Retired>;
  readonly words: WordIndex;
  /** SKUs on sale in code unit order; null after a change, until somebody asks. */
  sorted: readonly string[] | null;
}

/** A page of products, and whether more come behind it. */
export interface ProductPage {
  readonly products: readonly Product[];
  readonly more: boolean;
}

/** Products, prices and words of every store, folded in memory from `catalogue.events.v1`: what the API prices with. */
export class Catalogue {
  readonly #shelves = new Map<string, Shelf>();
  /** Highest inbox offset decided, by partition. */
  readonly #causes = new Map<number, number>();

  /** Applies one valid event of a journal partition. */
  apply(partition: number, { body, atMs, cause }: Event): void {
    this.learnCause(partition, cause.offset);
    switch (body.type) {
      case 'ProductPut': {
        const { store, sku, version, name, prices, taxBp } = body;
        this.put(store, sku, version, { name, prices, taxBp }, atMs);
        return;
      }
      case 'ProductRetired':
        this.put(body.store, body.sku, body.version, null, atMs);
        return;
      case 'Barrier':
      case 'TimePassed':
      case 'CommandIgnored':
      case 'CommandRefused':
      case 'CommandQuarantined':
      case 'CommandParked':
      case 'CommandRedriven':
      case 'RedriveAnswered':
      case 'AnomalyRecorded':
        return;
    }
  }

  /** A product as it stands, from an event or a snapshot; without content it is off sale. */
  put(
    store: string,
    sku: string,
    version: number,
    content: ProductContent | null,
    updatedAtMs: number,
  ): void {
    const shelf = this.#shelfOf(store);
    const before = this.productOf(store, sku);
    shelf.words.put(sku, before?.name ?? null, content?.name ?? null);
    if ((before === undefined) !== (content === null)) shelf.sorted = null;
    const { products } = shelf;
    products.set(sku, content === null ? { version } : { sku, version, ...content, updatedAtMs });
  }

  /** The product on sale, upper-case SKU; undefined if there is none or it was retired. */
  productOf(store: string, sku: string): Product | undefined {
    const held = this.#shelves.get(store)?.products.get(sku);
    return held && 'sku' in held ? held : undefined;
  }

  /** Version of the product, also of a retired one; 0 = it never was. */
  versionOf(store: string, sku: string): number {
    return this.#shelves.get(store)?.products.get(sku)?.version ?? 0;
  }

  /**
   * Products on sale in order of their SKUs, those behind `behind`: whose name has every word of `words`, which must
   * hold one; null: all of them.
   */
  page(store: string, words: string | null, behind: string, limit: number): ProductPage {
    const shelf = this.#shelfOf(store);
    shelf.sorted ??= [...shelf.products.keys()].filter((sku) => this.productOf(store, sku)).sort();
    const skus = words === null ? shelf.sorted : shelf.words.find(words).toSorted();
    const from = firstBehind(skus, behind);
    const products = skus.slice(from, from + limit).flatMap((sku) => this.productOf(store, sku) ?? []);
    return { products, more: skus.length > from + limit };
  }

  /** Highest offset of the inbox partition whose decision is folded; −1 = none. */
  causeOf(partition: number): number {
    return this.#causes.get(partition) ?? -1;
  }

  /** Everything up to this offset of the inbox partition is folded. */
  learnCause(partition: number, offset: number): void {
    if (offset > this.causeOf(partition)) this.#causes.set(partition, offset);
  }

  #shelfOf(store: string): Shelf {
    const held = this.#shelves.get(store);
    if (held) return held;
    const shelf: Shelf = { products: new Map(), words: new WordIndex(), sorted: null };
    this.#shelves.set(store, shelf);
    return shelf;
  }
}

/** Index of the first that sorts behind `key`, by halves. */
function firstBehind(sorted: readonly string[], key: string): number {
  let from = 0;
  let end = sorted.length;
  while (from < end) {
    const middle = (from + end) >>> 1;
    if ((sorted[middle] ?? '') <= key) from = middle + 1;
    else end = middle;
  }
  return from;
}
