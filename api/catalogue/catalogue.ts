import type { Event, Price } from '../../schemas/generated/catalogue-events.ts';
import { skuKeyOf } from '../../schemas/ids.ts';

/** A product as the catalogue journal last put it. */
export interface Product {
  readonly sku: string;
  readonly version: number;
  readonly name: string;
  readonly prices: readonly Price[];
  readonly taxBp: number;
  readonly updatedAtMs: number;
  /** Off sale: known, but not sold. */
  readonly retired: boolean;
}

/** Products and prices of every store, folded in memory from `catalogue.events.v1`: what the API prices with. */
export class Catalogue {
  readonly #products = new Map<string, Product>();
  /** Highest inbox offset decided, by partition. */
  readonly #causes = new Map<number, number>();

  /** Applies one valid event of a journal partition. */
  apply(partition: number, { body, atMs, cause }: Event): void {
    if (cause.offset > this.causeOf(partition)) this.#causes.set(partition, cause.offset);
    switch (body.type) {
      case 'ProductPut': {
        const { store, sku, version, name, prices, taxBp } = body;
        this.#products.set(skuKeyOf(store, sku), {
          sku,
          version,
          name,
          prices,
          taxBp,
          updatedAtMs: atMs,
          retired: false,
        });
        return;
      }
      case 'ProductRetired': {
        const key = skuKeyOf(body.store, body.sku);
        const held = this.#products.get(key);
        if (held)
          this.#products.set(key, { ...held, version: body.version, updatedAtMs: atMs, retired: true });
        return;
      }
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

  /** The product on sale, upper-case SKU; undefined if there is none or it was retired. */
  productOf(store: string, sku: string): Product | undefined {
    const held = this.#products.get(skuKeyOf(store, sku));
    return held?.retired ? undefined : held;
  }

  /** Highest offset of the inbox partition whose decision is folded; −1 = none. */
  causeOf(partition: number): number {
    return this.#causes.get(partition) ?? -1;
  }
}
