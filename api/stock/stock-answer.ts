import { z } from 'zod';
import 'zod-openapi';
import type { StockView } from '../../schemas/stock-view.ts';

const pieces = z.int().meta({ description: 'Whole pieces.' });

/** A SKU's levels as the API answers them. Counters grow for ever; levels are what they come to (domain §4). */
export const stockAnswer = z
  .object({
    sku: z.string().meta({ example: '85123A' }),
    onHand: pieces.meta({
      description: 'Sellable and unsold: received + restocked + adjusted + reversed − committed.',
      example: 120,
    }),
    held: pieces.meta({ description: 'Set aside for open orders.', example: 6 }),
    available: pieces.meta({ description: 'onHand − held.', example: 114 }),
    allocated: pieces.meta({
      description: 'Sold, not yet shipped: committed − reversed − shipped.',
      example: 30,
    }),
    received: pieces,
    restocked: pieces.meta({ description: 'Came back and can be sold again.' }),
    adjusted: pieces.meta({ description: 'Signed sum of the corrections.' }),
    committed: pieces,
    reversed: pieces.meta({ description: 'Sold and taken back before shipping.' }),
    shipped: pieces,
    halted: z.boolean(),
    perCustomer: z
      .int()
      .nullable()
      .meta({ description: 'At most so many pieces a customer; null: no limit.', example: null }),
    updatedAt: z.string(),
    position: z.string().meta({ description: 'Position of its last event; also the ETag.', example: '1.88' }),
  })
  .meta({ id: 'Stock' });

export const toStockAnswer = (view: StockView): z.output<typeof stockAnswer> => ({
  sku: view.sku,
  onHand: view.onHand,
  held: view.held,
  available: view.onHand - view.held,
  allocated: view.allocated,
  received: view.received,
  restocked: view.restocked,
  adjusted: view.adjusted,
  committed: view.committed,
  reversed: view.reversed,
  shipped: view.shipped,
  halted: view.halted,
  perCustomer: view.perCustomer,
  updatedAt: new Date(view.updatedAtMs).toISOString(),
  position: view.position,
});
