import type { CommandBody } from '../../schemas/generated/catalogue-commands.ts';
import type { EventBody, ProductPut } from '../../schemas/generated/catalogue-events.ts';
import { isRuntimeEvent } from '../../schemas/notes.ts';
import type { Product, ProductContent } from '../../schemas/product-state.ts';
import { createRecentIds, rememberId } from '../../schemas/recent-ids.ts';

/** A Redrive is the runtime's alone. */
export type CatalogueCommand = Exclude<CommandBody, { type: 'Redrive' }>;
export type CatalogueEvent = EventBody;

export type { Product, ProductContent } from '../../schemas/product-state.ts';

export const createProduct = (store: string, sku: string): Product => ({
  store,
  sku,
  version: 0,
  content: null,
  updatedAtMs: 0,
  commands: createRecentIds(),
});

/** Folds one event into the product, in place; owns `product`. Throws if a version does not follow. */
export function evolveProduct(
  product: Product | undefined,
  event: CatalogueEvent,
  atMs: number,
): Product | undefined {
  if (isRuntimeEvent(event) || event.type === 'AnomalyRecorded') return product;
  if (event.type === 'CommandIgnored' || event.type === 'CommandRefused') {
    if (event.commandId === null) return product;
    const slash = event.key.lastIndexOf('/');
    const known = product ?? createProduct(event.key.slice(0, slash), event.key.slice(slash + 1));
    // a late copy of a refused or ignored command must find the same answer
    rememberId(known.commands, event.commandId, event.fingerprint, atMs);
    return known;
  }
  const known = product ?? createProduct(event.store, event.sku);
  if (event.version !== known.version + 1) {
    throw new Error(`${event.sku} version ${event.version} cannot follow ${known.version}`);
  }
  known.version = event.version;
  known.content = event.type === 'ProductPut' ? contentOf(event) : null;
  known.updatedAtMs = atMs;
  if (event.commandId !== null) rememberId(known.commands, event.commandId, event.fingerprint, atMs);
  return known;
}

const contentOf = ({ name, prices, taxBp }: ProductPut): ProductContent => ({ name, prices, taxBp });
