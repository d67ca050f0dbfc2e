import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  discountShares,
  lineNetMinor,
  orderTotalMinor,
  type PricedLine,
  type PricedOrder,
  taxOf,
} from './order-total.ts';

const line = fc
  .record({
    quantity: fc.integer({ min: 1, max: 100_000 }),
    unitMinor: fc.nat(999_999),
    taxBp: fc.nat(10_000),
  })
  .chain((of) =>
    fc.nat(of.quantity * of.unitMinor).map((discountMinor): PricedLine => {
      const netMinor = of.quantity * of.unitMinor - discountMinor;
      const { quantity, unitMinor, taxBp } = of;
      return {
        quantity,
        unitMinor,
        discountMinor,
        shareMinor: 0,
        taxMinor: taxOf(netMinor, taxBp, 'exclusive'),
      };
    }),
  );
const order = (taxRule: PricedOrder['taxRule']) =>
  fc.record({
    lines: fc.array(line, { minLength: 1, maxLength: 10 }),
    shippingMinor: fc.nat(10_000),
    shippingTaxMinor: fc.nat(2_000),
    taxRule: fc.constant(taxRule),
  });

test('the total is the sum of the lines, their exclusive tax and shipping, in any order of the lines', () => {
  fc.assert(
    fc.property(order('exclusive'), (priced) => {
      const total = orderTotalMinor(priced);
      const parts = priced.lines.map((each) => lineNetMinor(each) + each.taxMinor);
      expect(total).toBe(parts.reduce((a, b) => a + b, priced.shippingMinor + priced.shippingTaxMinor));
      expect(orderTotalMinor({ ...priced, lines: priced.lines.toReversed() })).toBe(total);
    }),
  );
});

test('inclusive tax is in the prices already: it never changes the total', () => {
  fc.assert(
    fc.property(order('inclusive'), (priced) => {
      const untaxed = priced.lines.map((each) => ({ ...each, taxMinor: 0 }));
      expect(orderTotalMinor(priced)).toBe(
        orderTotalMinor({ ...priced, lines: untaxed, shippingTaxMinor: 0 }),
      );
    }),
  );
});

test('tax is rounded half up, never negative, and inclusive tax is what exclusive tax would have added', () => {
  expect(taxOf(250, 2_000, 'exclusive')).toBe(50);
  expect(taxOf(25, 2_000, 'exclusive')).toBe(5);
  expect(taxOf(5, 1_000, 'exclusive')).toBe(1);
  expect(taxOf(4, 1_000, 'exclusive')).toBe(0);
  expect(taxOf(300, 2_000, 'inclusive')).toBe(50);
  fc.assert(
    fc.property(fc.nat(1_000_000_000), fc.nat(10_000), (netMinor, taxBp) => {
      const tax = taxOf(netMinor, taxBp, 'exclusive');
      expect(tax).toBeGreaterThanOrEqual(0);
      expect(Math.abs(tax * 10_000 - netMinor * taxBp)).toBeLessThanOrEqual(5_000);
      expect(Math.abs(taxOf(netMinor + tax, taxBp, 'inclusive') - tax)).toBeLessThanOrEqual(1);
    }),
  );
});

const discounted = fc.array(line, { minLength: 1, maxLength: 20 }).chain((lines) => {
  const netMinor = lines.map(lineNetMinor).reduce((a, b) => a + b, 0);
  return fc.tuple(
    fc.constant(lines),
    fc.maxSafeNat().map((n) => n % (netMinor + 1)),
  );
});

test('the shares of a discount add up to it, take no line below 0, and lower the total by just that', () => {
  fc.assert(
    fc.property(discounted, ([lines, discountMinor]) => {
      const shares = discountShares(discountMinor, lines);
      const untaxed = lines.map((each) => ({ ...each, taxMinor: 0 }));
      const shared = untaxed.map((each, i) => ({ ...each, shareMinor: shares[i] ?? 0 }));
      expect(Math.min(...shared.map(lineNetMinor))).toBeGreaterThanOrEqual(0);
      const total = (of: readonly PricedLine[]) =>
        orderTotalMinor({ lines: of, shippingMinor: 7, shippingTaxMinor: 0, taxRule: 'exclusive' });
      expect(total(untaxed) - total(shared)).toBe(discountMinor);
    }),
  );
});

test('a discount above what the lines cost is refused', () => {
  expect(() => discountShares(11, [{ quantity: 2, unitMinor: 5, discountMinor: 0 }])).toThrow(RangeError);
});
