import type { Command } from '../../schemas/generated/catalogue-commands.ts';
import { skuKeyOf } from '../../schemas/ids.ts';
import { productFormat } from '../../schemas/product-state.ts';
import { isNote, isParkingEvent, isPartitionEvent } from '../../schemas/notes.ts';
import { type ReactionMessage, reactionVersions } from '../../schemas/reactions.ts';
import { checkProduct } from './check-product.ts';
import { decideProduct } from './decide-product.ts';
import { type CatalogueEvent, evolveProduct, type CatalogueCommand } from './product.ts';

/** The catalogue processor as plain functions, in the shape the runtime asks for (`processors/runtime/processor.ts`). */
export const createCatalogueDomain = () =>
  ({
    name: 'catalogue',
    reactionVersion: reactionVersions.catalogue,
    keyOfCommand: ({ store, body }: Command<CatalogueCommand>): string =>
      body.type === 'Tick' ? '' : skuKeyOf(store, body.sku),
    keyOfEvent: productKeyOf,
    check: checkProduct,
    decide: decideProduct,
    evolve: evolveProduct,
    react: reactProduct,
    format: productFormat,
  }) as const;

/** Version 1 of `catalogueReactions`: who wants to know a product reads the journal. */
const reactProduct = (_event: CatalogueEvent): readonly ReactionMessage[] => [];

/** The SKU an event belongs to; the partition's own events have no key. */
function productKeyOf(event: CatalogueEvent): string {
  if (isPartitionEvent(event)) return '';
  return isNote(event) || isParkingEvent(event) ? event.key : skuKeyOf(event.store, event.sku);
}
