import { type PricedOrder, priceOrder, type Pricing } from '../../producers/intake/price-order.ts';
import { differsFromQuote, pricingOfQuote, quoteLines } from '../../producers/intake/quote.ts';
import { readQuote } from '../../producers/intake/quote-token.ts';
import type { Principal } from '../auth/store-directory.ts';
import { storePricing, toPriceProblem } from '../catalogue/store-pricing.ts';
import { Problem } from '../http/problem.ts';
import type { PlaceOrderBody } from '../orders/place-order-request.ts';
import { type QuoteParts, refuseUntakable } from './create-quote.ts';
import { toQuoteAnswer } from './quote-answer.ts';

/**
 * What an order costs: by its quote until that expires, else by the catalogue. Throws a Problem: `quote-stale` with the
 * new quote, or what is wrong with the order. A retry has been looked up before: it is not priced again.
 */
export function priceRequest(parts: QuoteParts, principal: Principal, body: PlaceOrderBody): PricedOrder {
  const { store, scopes } = principal;
  const pricing: Pricing =
    body.quoteId === undefined
      ? { ...storePricing(parts, store), mayPrice: scopes.has('orders:priced') }
      : promisedPricing(parts, store, body, body.quoteId);
  const priced = priceOrder(body, pricing);
  if (priced.is === 'fault') throw toPriceProblem(priced.fault);
  refuseUntakable(parts, { minor: priced.order.totalMinor, currency: body.currency });
  return priced.order;
}

function promisedPricing(parts: QuoteParts, store: string, body: PlaceOrderBody, quoteId: string): Pricing {
  const quote = readQuote(parts.quoteSecrets, quoteId);
  const pointers = quote === null ? [] : differsFromQuote(quote, store, body);
  if (pointers.length > 0) {
    const code = pointers[0] === '/currency' ? 'currency-mismatch' : 'validation-failed';
    throw new Problem(code, {
      errors: pointers.map((pointer) => ({ pointer, code, message: 'not what was quoted' })),
    });
  }
  const nowMs = parts.nowMs();
  if (quote !== null && nowMs < quote.expiresAtMs) return pricingOfQuote(quote);
  const renewed = quoteLines(store, body, storePricing(parts, store), nowMs);
  if (renewed.is === 'fault') throw toPriceProblem(renewed.fault);
  const { quote: fresh, order } = renewed;
  refuseUntakable(parts, { minor: order.totalMinor, currency: fresh.currency });
  throw new Problem('quote-stale', { quote: toQuoteAnswer(parts.quoteSecrets, fresh, order) });
}
