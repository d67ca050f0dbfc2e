import type { Price } from './generated/catalogue-commands.ts';
import { readRecentIds, type RecentIds, writeRecentIds } from './recent-ids.ts';
import type { StateFormat } from './state-format.ts';

/** What a product says of itself, apart from its version. */
export interface ProductContent {
  readonly name: string;
  /** One for each currency, in the order of the codes. */
  readonly prices: readonly Price[];
  readonly taxBp: number;
}

/** One SKU of one store's catalogue, folded from its events; changed in place by `evolveProduct` alone. */
export interface Product {
  readonly store: string;
  readonly sku: string;
  /** 0 before the first put, then 1, 2, …; a retirement counts too. */
  version: number;
  /** Null while it is not on sale. */
  content: ProductContent | null;
  /** When it last changed, by the log's clock; 0 before the first put. */
  updatedAtMs: number;
  /** Fingerprint of each command of the last 24 h, by command id. */
  readonly commands: RecentIds<string | null>;
}

/** A product in the snapshots of the catalogue. It stands here, not with its processor, for others who load it. */
export const productFormat: StateFormat<Product> = {
  version: 'catalogue-2',
  write(product, to) {
    to.text(product.store);
    to.text(product.sku);
    to.uint(product.version);
    to.optional(product.content, ({ name, prices, taxBp }) => {
      to.text(name);
      to.list(prices, ({ currency, unitMinor }) => {
        to.text(currency);
        to.int(unitMinor);
      });
      to.int(taxBp);
    });
    to.uint(product.updatedAtMs);
    writeRecentIds(product.commands, to, (fingerprint) => to.optional(fingerprint, (text) => to.text(text)));
  },
  read: (from) => ({
    store: from.text(),
    sku: from.text(),
    version: from.uint(),
    content: from.optional(() => ({
      name: from.text(),
      prices: from.list(() => ({ currency: from.text(), unitMinor: from.int() })),
      taxBp: from.int(),
    })),
    updatedAtMs: from.uint(),
    commands: readRecentIds(from, () => from.optional(() => from.text())),
  }),
};
