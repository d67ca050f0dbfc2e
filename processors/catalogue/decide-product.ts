import type { Command, Price, PutProduct } from '../../schemas/generated/catalogue-commands.ts';
import { skuKeyOf } from '../../schemas/ids.ts';
import { ignored, noteSubject, type NoteSubject, refused } from '../../schemas/notes.ts';
import { recallId } from '../../schemas/recent-ids.ts';
import {
  type CatalogueEvent,
  createProduct,
  type Product,
  type ProductContent,
  type CatalogueCommand,
} from './product.ts';

/**
 * Decides one command for one product; `atMs` is the log's clock. A put that changes nothing is ignored, so that a
 * replay of the same catalogue gives no new versions. Refusals are events; throws only on a bug.
 */
export function decideProduct(
  known: Product | undefined,
  command: Command<CatalogueCommand>,
  atMs: number,
): readonly CatalogueEvent[] {
  const { body, store } = command;
  if (body.type === 'Tick') return [{ type: 'TimePassed', atMs }];
  const product = known ?? createProduct(store, body.sku);
  const about = noteSubject(command, skuKeyOf(store, body.sku), stateOf(product));
  const before = about.commandId === null ? undefined : recallId(product.commands, about.commandId, atMs);
  if (before !== undefined) return before === about.fingerprint ? [] : [refused(about, 'key-reused')];
  if (body.ifVersion !== null && body.ifVersion !== product.version) {
    return [refused(about, 'version-mismatch', `version is ${product.version}`)];
  }
  return body.type === 'PutProduct' ? put(product, body, about) : retire(product, about);
}

function put(product: Product, body: PutProduct, about: NoteSubject): readonly CatalogueEvent[] {
  const content: ProductContent = {
    name: body.name,
    prices: body.prices.toSorted((a, b) => (a.currency < b.currency ? -1 : 1)),
    taxBp: body.taxBp,
  };
  if (product.content && isSameContent(product.content, content)) return [ignored(about, 'unchanged')];
  return [{ type: 'ProductPut', ...changeOf(product, about), ...content }];
}

function retire(product: Product, about: NoteSubject): readonly CatalogueEvent[] {
  if (product.version === 0) return [refused(about, 'unknown-sku')];
  if (product.content === null) return [ignored(about, 'already-retired')];
  return [{ type: 'ProductRetired', ...changeOf(product, about) }];
}

const stateOf = ({ version, content }: Product): string => {
  if (version === 0) return 'none';
  return content === null ? 'Retired' : 'OnSale';
};

const changeOf = (product: Product, about: NoteSubject) => ({
  store: product.store,
  sku: product.sku,
  version: product.version + 1,
  commandId: about.commandId,
  fingerprint: about.fingerprint,
  requestId: about.requestId,
});

const isSameContent = (a: ProductContent, b: ProductContent): boolean =>
  a.name === b.name &&
  a.taxBp === b.taxBp &&
  a.prices.length === b.prices.length &&
  a.prices.every((price, i) => isSamePrice(price, b.prices[i]));

const isSamePrice = (a: Price, b: Price | undefined): boolean =>
  a.currency === b?.currency && a.unitMinor === b.unitMinor;
