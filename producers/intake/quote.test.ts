import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Pricing, priceOrder } from './price-order.ts';
import { differsFromQuote, pricingOfQuote, type Quote, quoteLines, quoteTtlMs } from './quote.ts';
import { formatQuote, readQuote } from './quote-token.ts';

const atMs = 1_700_000_000_000;
const secrets = ['the newest secret of this test', 'one that signed before it'];
const store = {
  currencies: ['GBP'],
  taxRule: 'exclusive' as const,
  shippingMinor: 300,
  shippingTaxBp: 2_000,
};
const catalogueOf = (unitMinor: number): Omit<Pricing, 'mayPrice'> => ({
  store,
  productOf: (sku) =>
    sku === 'NONE'
      ? undefined
      : { version: unitMinor, prices: [{ currency: 'GBP', unitMinor }], taxBp: 2_000 },
});
const asked = { currency: 'GBP', lines: [{ sku: '85123A', quantity: 6 }] };

function quoted(of = asked): Quote {
  const made = quoteLines('s-1', of, catalogueOf(255), atMs);
  if (made.is !== 'quoted') throw new Error(made.fault.code);
  return made.quote;
}

test('a quote holds the price, its version and the rules of the store for 15 minutes', () => {
  expect(quoteLines('s-1', asked, catalogueOf(255), atMs)).toMatchObject({
    is: 'quoted',
    quote: {
      expiresAtMs: atMs + quoteTtlMs,
      shippingMinor: 300,
      lines: [{ unitMinor: 255, taxBp: 2_000, version: 255 }],
    },
    order: { totalMinor: 1_530 + 306 + 360, shippingTaxMinor: 60, pricedBy: 'catalogue' },
  });
  expect(quoteTtlMs).toBe(15 * 60_000);
});

test('an order is priced as it was quoted, whatever the catalogue says now', () => {
  const promised = priceOrder(asked, pricingOfQuote(quoted()));
  expect(promised).toEqual(priceOrder(asked, { ...catalogueOf(255), mayPrice: false }));
  expect(priceOrder(asked, { ...catalogueOf(999), mayPrice: false })).not.toEqual(promised);
});

test('a quote is of its store, currency and lines alone', () => {
  const quote = quoted();
  expect(differsFromQuote(quote, 's-1', asked)).toEqual([]);
  expect(differsFromQuote(quote, 's-2', asked)).toEqual(['/quoteId']);
  expect(differsFromQuote(quote, 's-1', { ...asked, currency: 'EUR' })).toEqual(['/currency']);
  const others = [
    [],
    [{ sku: '85123A', quantity: 7 }],
    [{ sku: '71053', quantity: 6 }],
    [...asked.lines, ...asked.lines],
  ];
  for (const lines of others) {
    expect(differsFromQuote(quote, 's-1', { ...asked, lines })).toEqual(['/lines']);
  }
});

test('what cannot be priced is not quoted', () => {
  const of = { currency: 'GBP', lines: [{ sku: 'NONE', quantity: 1 }] };
  expect(quoteLines('s-1', of, catalogueOf(1), atMs)).toMatchObject({ fault: { code: 'unknown-sku' } });
});

describe('its token', () => {
  test('gives back the quote, also after the secret has been rotated', () => {
    const quote = quoted();
    expect(readQuote(secrets, formatQuote(secrets, quote))).toEqual(quote);
    expect(readQuote(secrets, formatQuote(secrets.slice(1), quote))).toEqual(quote);
    expect(readQuote(secrets.slice(0, 1), formatQuote(secrets.slice(1), quote))).toBeNull();
  });

  test('of 100 lines fits into a body of 64 KB', () => {
    const lines = Array.from({ length: 100 }, (_, i) => ({
      sku: `${'X'.repeat(29)}${100 + i}`,
      quantity: 100_000,
    }));
    const token = formatQuote(secrets, quoted({ currency: 'GBP', lines }));
    expect(token.length).toBeLessThan(10_000);
    expect(readQuote(secrets, token)?.lines).toHaveLength(100);
  });

  test('that was changed anywhere, or is something else, is none', () => {
    const token = formatQuote(secrets, quoted());
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom('A', 'B', '.', '_', ''), (at, character) => {
        const changed = token.slice(0, at) + character + token.slice(at + 1);
        const decodesAlike = at === token.length - 1 && readQuote(secrets, changed) !== null;
        // the last character of 32 bytes in base64url holds 4 bits: others may stand for the same signature
        if (changed !== token && !decodesAlike) expect(readQuote(secrets, changed)).toBeNull();
      }),
    );
    for (const text of ['', '.', 'q1', 'q1...', 'q1.x.y.z', 'x'.repeat(20_000)]) {
      expect(readQuote(secrets, text)).toBeNull();
    }
  });
});
