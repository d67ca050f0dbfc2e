import { z } from 'zod';
import 'zod-openapi';
import { quoteLines } from '../../producers/intake/quote.ts';
import { type StorePricingParts, storePricing, toPriceProblem } from '../catalogue/store-pricing.ts';
import type { Money } from '../../schemas/money.ts';
import { ok } from '../http/answer.ts';
import { Problem } from '../http/problem.ts';
import { defineRoute, jsonType, type Route } from '../http/route.ts';
import { currency, linesOf, quantityOfLine, sku } from '../orders/place-order-request.ts';
import { quoteAnswer, toQuoteAnswer } from './quote-answer.ts';

export interface QuoteParts extends StorePricingParts {
  /** The first signs, all are known. */
  readonly quoteSecrets: readonly string[];
  readonly nowMs: () => number;
  /** The payment provider can be asked for such a total. */
  readonly takes: (total: Money) => boolean;
}

/** A total no provider of this deployment can take is refused before anybody is promised it (payments §2). */
export function refuseUntakable({ takes }: Pick<QuoteParts, 'takes'>, total: Money): void {
  if (takes(total)) return;
  throw new Problem('amount-out-of-range', {
    errors: [
      {
        pointer: '/lines',
        code: 'amount-out-of-range',
        message: 'the payment provider takes no such total in this currency',
      },
    ],
  });
}

/** Body of `POST /v1/quotes`. */
const quoteRequest = z
  .strictObject({
    currency,
    lines: linesOf(z.strictObject({ sku, quantity: quantityOfLine }).meta({ id: 'QuoteLineRequest' })),
  })
  .meta({ id: 'QuoteRequest' });

/** `POST /v1/quotes`: what the lines cost now, promised for 15 minutes. It has no effect, so it takes no key. */
export const createQuoteRoute = (parts: QuoteParts): Route =>
  defineRoute({
    method: 'POST',
    path: '/v1/quotes',
    scope: 'orders:read',
    visitors: true,
    idempotencyKey: 'none',
    params: {},
    query: z.strictObject({}),
    body: quoteRequest,
    produces: [jsonType],
    docs: {
      summary: 'Price lines',
      description:
        'Prices, tax, shipping and total, honoured for 15 minutes by an order that names the quoteId. Nothing is stored or set aside.',
      tag: 'Orders',
      answers: { 200: { description: 'The price, and its promise.', schema: quoteAnswer } },
      problems: ['unsupported-currency', 'unknown-sku', 'amount-out-of-range'],
    },
    handle: ({ principal, body }) => {
      const { store } = principal;
      const quoted = quoteLines(store, body, storePricing(parts, store), parts.nowMs());
      if (quoted.is === 'fault') throw toPriceProblem(quoted.fault);
      refuseUntakable(parts, { minor: quoted.order.totalMinor, currency: body.currency });
      return Promise.resolve(ok(toQuoteAnswer(parts.quoteSecrets, quoted.quote, quoted.order)));
    },
  });
