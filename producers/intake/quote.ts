import type { StorePut } from '../../schemas/generated/stores-config.ts';
import { type PricedProduct, type Priced, type PriceFault, priceOrder, type Pricing } from './price-order.ts';

/** So long the prices of a quote are honoured (messages §3). */
export const quoteTtlMs = 15 * 60_000;

/** A line with the price it was shown, before any tax. */
export interface QuotedLine extends Pick<PricedProduct, 'version' | 'taxBp'> {
  readonly sku: string;
  readonly quantity: number;
  readonly unitMinor: number;
}

/** All that the price of an order hangs on, frozen: nothing of a quote is stored but in the token the customer holds. */
export interface Quote extends Pick<StorePut, 'taxRule' | 'shippingMinor' | 'shippingTaxBp'> {
  readonly store: string;
  /** ISO 4217. */
  readonly currency: string;
  readonly expiresAtMs: number;
  readonly lines: readonly QuotedLine[];
}

/** Lines as a customer names them; SKUs in upper case. */
export interface LinesToQuote {
  readonly currency: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
}

export type Quoted =
  | {
      readonly is: 'quoted';
      readonly quote: Quote;
      readonly order: Extract<Priced, { is: 'priced' }>['order'];
    }
  | { readonly is: 'fault'; readonly fault: PriceFault };

/** Prices the lines from the catalogue as it stands. `atMs` is the time of the process that promises the price. */
export function quoteLines(
  store: string,
  { currency, lines }: LinesToQuote,
  pricing: Omit<Pricing, 'mayPrice'>,
  atMs: number,
): Quoted {
  const asked = lines.map(({ sku, quantity }) => ({ sku, quantity }));
  const priced = priceOrder({ currency, lines: asked }, { ...pricing, mayPrice: false });
  if (priced.is === 'fault') return priced;
  const { taxRule, shippingMinor, shippingTaxBp } = pricing.store;
  const quote: Quote = {
    store,
    currency,
    expiresAtMs: atMs + quoteTtlMs,
    taxRule,
    shippingMinor,
    shippingTaxBp,
    lines: priced.order.lines.map(({ sku, quantity, unitMinor, taxBp, priceVersion }) => ({
      sku,
      quantity,
      unitMinor,
      taxBp,
      version: priceVersion,
    })),
  };
  return { is: 'quoted', quote, order: priced.order };
}

/** What a quote was asked of and an order asks for must be the same; the fields that differ (RFC 6901), none if they do not. */
export function differsFromQuote(quote: Quote, store: string, asked: LinesToQuote): readonly string[] {
  if (quote.store !== store) return ['/quoteId'];
  if (quote.currency !== asked.currency) return ['/currency'];
  const isSame = ({ sku, quantity }: LinesToQuote['lines'][number], i: number): boolean =>
    sku === quote.lines[i]?.sku && quantity === quote.lines[i].quantity;
  return asked.lines.length === quote.lines.length && asked.lines.every(isSame) ? [] : ['/lines'];
}

/** The pricing that was promised, in place of the catalogue's: nobody brings prices of his own beside it. */
export function pricingOfQuote({ currency, lines, ...rules }: Quote): Pricing {
  const products = new Map(
    lines.map(({ sku, version, unitMinor, taxBp }) => [
      sku,
      { version, taxBp, prices: [{ currency, unitMinor }] },
    ]),
  );
  return {
    store: { ...rules, currencies: [currency] },
    productOf: (sku) => products.get(sku),
    mayPrice: false,
  };
}
