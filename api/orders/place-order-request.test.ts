import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { toFieldErrors } from '../http/field-errors.ts';
import { isOrderedAt, placeOrderRequest } from './place-order-request.ts';

const nowMs = Date.UTC(2026, 5, 1);
const schema = placeOrderRequest(() => nowMs);
const valid = {
  customerId: 'c-1',
  currency: 'GBP',
  lines: [{ sku: '85123a', quantity: 6 }],
  paymentToken: 'tok_ok',
};
const address = {
  name: 'A. Buyer',
  line1: '1 Mill Lane',
  city: 'Leeds',
  postalCode: 'LS1 4AB',
  country: 'GB',
};
const errorsOf = (body: unknown) => {
  const parsed = schema.safeParse(body, { reportInput: true });
  return parsed.success ? [] : toFieldErrors(parsed.error);
};
const pointersOf = (body: unknown) => errorsOf(body).map((error) => error.pointer);

test('reads a SKU in upper case and leaves all else as it is', () => {
  expect(schema.parse({ ...valid, shipTo: { ...address, name: ' Jose\u0301 ' } })).toEqual({
    ...valid,
    lines: [{ sku: '85123A', quantity: 6 }],
    shipTo: { ...address, name: ' Jose\u0301 ' },
  });
});

const withLine = (line: object) => ({ ...valid, lines: [{ sku: '85123A', quantity: 6, ...line }] });
const withAddress = (field: object) => ({ ...valid, shipTo: { ...address, ...field } });

test.each([
  [{ ...valid, status: 'CONFIRMED' }, ['/status']],
  [{ ...valid, customerId: 'buyer@example.com' }, ['/customerId']],
  [{ ...valid, customerId: undefined }, ['/customerId']],
  [{ ...valid, currency: 'gbp' }, ['/currency']],
  [{ ...valid, currency: 'XXX' }, ['/currency']],
  [{ ...valid, lines: [] }, ['/lines']],
  [{ ...valid, lines: Array.from({ length: 101 }, () => ({ sku: 'A', quantity: 1 })) }, ['/lines']],
  [{ ...valid, lines: 'x' }, ['/lines']],
  [withLine({ quantity: 0 }), ['/lines/0/quantity']],
  [withLine({ quantity: -0 }), ['/lines/0/quantity']],
  [withLine({ quantity: 1.5 }), ['/lines/0/quantity']],
  [withLine({ quantity: '1' }), ['/lines/0/quantity']],
  [withLine({ quantity: null }), ['/lines/0/quantity']],
  [withLine({ quantity: 100_001 }), ['/lines/0/quantity']],
  [withLine({ quantity: Number.POSITIVE_INFINITY }), ['/lines/0/quantity']],
  [withLine({ unitPriceMinor: 0.1 }), ['/lines/0/unitPriceMinor']],
  [withLine({ sku: '85\u200b123A' }), ['/lines/0/sku']],
  [withLine({ discount: 1 }), ['/lines/0/discount']],
  [{ ...valid, expectedTotalMinor: 2 ** 53 }, ['/expectedTotalMinor']],
  [{ ...valid, paymentToken: 'tok' }, ['/paymentToken']],
  [{ ...valid, orderedAt: '2026-02-30T00:00:00Z' }, ['/orderedAt']],
  [withAddress({ country: 'UK' }), ['/shipTo/country']],
  [withAddress({ name: 'a\ud800b' }), ['/shipTo/name']],
  [withAddress({ name: 'abc\u202ecba' }), ['/shipTo/name']],
  [withAddress({ name: 'a\u0085b' }), ['/shipTo/name']],
  [withAddress({ name: 'a'.repeat(129) }), ['/shipTo/name']],
  [withAddress({ mapUrl: 'x' }), ['/shipTo/mapUrl']],
  [withAddress({ name: '\u{1f600}'.repeat(128), line1: '\u{1f469}\u200d\u{1f680} Ada' }), []],
])('case %#', (body, pointers) => {
  expect(pointersOf(body)).toEqual(pointers);
});

test('the pieces of one SKU are summed over its lines, letter case aside', () => {
  const lines = Array.from({ length: 11 }, (_, i) => ({ sku: i % 2 ? 'ab' : 'AB', quantity: 100_000 }));
  expect(pointersOf({ ...valid, lines })).toEqual(['/lines/10/quantity']);
  expect(pointersOf({ ...valid, lines: lines.slice(1) })).toEqual([]);
});

test.each([
  ['2026-06-01T23:59:59Z', true],
  ['2026-06-02T00:00:00.000Z', true],
  ['2026-06-02T00:00:00.001Z', false],
  ['2000-01-01T00:00:00Z', true],
  ['1999-12-31T23:59:59Z', false],
  ['2024-02-29T00:00:00.123456789Z', true],
  ['2025-02-29T00:00:00Z', false],
  ['2026-02-01T00:00:00', false],
  ['2026-02-01T24:00:00Z', false],
  ['2026-02-01T00:00:60Z', false],
  ['2026-02-01 00:00:00Z', false],
  ['2026-02-01T00:00:00+00:00', false],
  ['9999-12-31T23:59:59Z', false],
])('orderedAt %s: %s', (text, is) => {
  expect(isOrderedAt(text, nowMs)).toBe(is);
});

test('5,000 unknown keys give at most 20 errors, and a property name that is not plain is not echoed', () => {
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, 1]));
  expect(errorsOf(many)).toHaveLength(20);
  expect(JSON.stringify(errorsOf({ ...valid, '4111111111111111': 1, 'a<b>': 2 }))).not.toMatch(/4111|<b>/);
});

test('whatever the body, the errors hold none of its values', () => {
  const canary = 'CANARY';
  const leaf = fc.oneof(fc.constant(canary), fc.integer(), fc.constant(null));
  const body = fc.record(
    {
      customerId: leaf,
      currency: leaf,
      lines: fc.oneof(leaf, fc.array(fc.record({ sku: leaf, quantity: leaf }))),
      paymentToken: leaf,
      shipTo: fc.oneof(leaf, fc.record({ name: leaf })),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(body, (value) => {
      expect(JSON.stringify(errorsOf(value))).not.toContain(canary);
    }),
  );
});
