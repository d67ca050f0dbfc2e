import { z } from 'zod';
import 'zod-openapi';
import type { PricedOrder } from '../../producers/intake/price-order.ts';
import { lineNetMinor } from '../../schemas/order-total.ts';
import type { Quote } from '../../producers/intake/quote.ts';
import { formatQuote } from '../../producers/intake/quote-token.ts';

const minor = (description: string, example: number) => z.int().meta({ description, example });

/** Body of the 200 of `POST /v1/quotes`; also the `quote` of the problem `quote-stale`. */
export const quoteAnswer = z
  .object({
    quoteId: z.string().meta({
      description: 'Signed by us, stored nowhere: send it with the order.',
      example: 'q1.5f2c…',
    }),
    expiresAt: z.string().meta({
      description: 'Until then the prices are honoured. RFC 3339, UTC.',
      example: '2026-01-02T03:19:05.678Z',
    }),
    currency: z.string().meta({ example: 'GBP' }),
    lines: z.array(
      z.object({
        sku: z.string().meta({ example: '85123A' }),
        quantity: z.int().meta({ example: 6 }),
        unitPriceMinor: minor('Of one piece.', 255),
        netMinor: minor('Quantity times price.', 1_530),
        taxBasisPoints: z.int().meta({ example: 2_000 }),
        taxMinor: minor('In the net already where the tax rule is inclusive.', 306),
        priceVersion: z
          .int()
          .meta({ description: 'Version of the product that gave the price.', example: 3 }),
      }),
    ),
    taxRule: z.enum(['exclusive', 'inclusive']),
    shippingMinor: minor('Before exclusive tax.', 0),
    shippingTaxMinor: minor('In the shipping already where the tax rule is inclusive.', 0),
    totalMinor: minor('What the order will cost: expectedTotalMinor of the order.', 1_836),
  })
  .meta({ id: 'Quote' });

export type QuoteAnswer = z.output<typeof quoteAnswer>;

/** The quote as its customer reads it. The lines of a quote bear no discount: net is what they cost. */
export function toQuoteAnswer(secrets: readonly string[], quote: Quote, order: PricedOrder): QuoteAnswer {
  const { taxRule, shippingMinor, shippingTaxMinor, totalMinor } = order;
  return {
    quoteId: formatQuote(secrets, quote),
    expiresAt: new Date(quote.expiresAtMs).toISOString(),
    currency: quote.currency,
    lines: order.lines.map((line) => ({
      sku: line.sku,
      quantity: line.quantity,
      unitPriceMinor: line.unitMinor,
      netMinor: lineNetMinor(line),
      taxBasisPoints: line.taxBp,
      taxMinor: line.taxMinor,
      priceVersion: line.priceVersion,
    })),
    taxRule,
    shippingMinor,
    shippingTaxMinor,
    totalMinor,
  };
}
