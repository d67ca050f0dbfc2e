import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { discountShares, lineNetMinor, orderTotalMinor, taxOf } from './order-total.ts';
import {
  type ChargedOrder,
  type EarlierRefund,
  type RefundShares,
  refundOfAmount,
  refundOfPieces,
  shareOfPieces,
} from './refund-shares.ts';

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const bareLine = fc.record({
  quantity: fc.integer({ min: 1, max: 12 }),
  unitMinor: fc.nat(1_000),
  taxBp: fc.nat(3_000),
});

const charged: fc.Arbitrary<ChargedOrder> = fc
  .record({
    bare: fc.array(bareLine, { minLength: 1, maxLength: 5 }),
    discount: fc.nat(99),
    shippingMinor: fc.nat(500),
    taxRule: fc.constantFrom('exclusive' as const, 'inclusive' as const),
  })
  .map(({ bare, discount, shippingMinor, taxRule }) => {
    const whole = bare.map((line) => ({ ...line, sku: 'A', discountMinor: 0 }));
    const gross = sum(bare.map(({ quantity, unitMinor }) => quantity * unitMinor));
    const shares = discountShares(Math.trunc((gross * discount) / 100), whole);
    const lines = whole.map(({ taxBp, ...line }, i) => {
      const shared = { ...line, shareMinor: shares[i] ?? 0 };
      return { ...shared, taxMinor: taxOf(lineNetMinor(shared), taxBp, taxRule) };
    });
    return { lines, shippingMinor, shippingTaxMinor: taxOf(shippingMinor, 2_000, taxRule), taxRule };
  });

/** What one step asks for: pieces of a line, or a part of what is left, in hundredths. */
type Step = { readonly line: number; readonly quantity: number } | { readonly hundredths: number };
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ line: fc.nat(4), quantity: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ hundredths: fc.integer({ min: 1, max: 99 }) }),
);
type Given = EarlierRefund & RefundShares;
const asEarlier = (shares: RefundShares, failed = false): Given => ({ ...shares, failed });
/** What is not yet given back of the charge, by subtraction alone. */
const leftMinor = (order: ChargedOrder, given: readonly Given[]): number =>
  orderTotalMinor(order) - sum(given.filter(({ failed }) => !failed).map(({ amountMinor }) => amountMinor));
const piecesOf = (earlier: readonly EarlierRefund[], line: number): number =>
  sum(
    earlier
      .flatMap(({ lines }) => lines)
      .filter((of) => of.line === line)
      .map((of) => of.quantity),
  );

/** Gives back what the steps ask for as far as it is there, then every piece that remains. */
function giveBackAll(order: ChargedOrder, steps: readonly Step[]): Given[] {
  const given: Given[] = [];
  for (const asked of steps) {
    if ('hundredths' in asked) {
      const left = leftMinor(order, given);
      const amountMinor = Math.trunc((left * asked.hundredths) / 100);
      given.push(asEarlier(refundOfAmount(order, given, amountMinor)));
      expect(given.at(-1)).toMatchObject({ amountMinor });
      continue;
    }
    const line = (asked.line % order.lines.length) + 1;
    const quantity = Math.min(asked.quantity, (order.lines[line - 1]?.quantity ?? 0) - piecesOf(given, line));
    if (quantity > 0) given.push(asEarlier(refundOfPieces(order, given, [{ line, quantity }])));
  }
  const rest = order.lines
    .map((line, i) => ({ line: i + 1, quantity: line.quantity - piecesOf(given, i + 1) }))
    .filter(({ quantity }) => quantity > 0);
  if (rest.length > 0) given.push(asEarlier(refundOfPieces(order, given, rest)));
  return given;
}

describe('any sequence of partial refunds', () => {
  test('of pieces and bare amounts ends at exactly the charge, line by line, net and tax apart', () => {
    fc.assert(
      fc.property(charged, fc.array(step, { maxLength: 12 }), (order, steps) => {
        const given = giveBackAll(order, steps);
        order.lines.forEach((line, i) => {
          const ofLine = given.flatMap(({ lines }) => lines).filter((of) => of.line === i + 1);
          expect(ofLine.every((of) => of.netMinor >= 0 && of.taxMinor >= 0)).toBe(true);
          expect(sum(ofLine.map((of) => of.netMinor))).toBe(lineNetMinor(line));
          expect(sum(ofLine.map((of) => of.taxMinor))).toBe(line.taxMinor);
        });
        const byHand = leftMinor(order, given);
        // all pieces are back: only what bare amounts left of shipping may remain, where the last line went before
        if (byHand > 0) given.push(asEarlier(refundOfAmount(order, given, byHand)));
        expect(leftMinor(order, given)).toBe(0);
        expect(() => refundOfAmount(order, given, 1)).toThrow(RangeError);
      }),
    );
  });

  test('of pieces alone gives shipping back with the last piece of the last line, never before', () => {
    fc.assert(
      fc.property(charged, fc.array(step, { maxLength: 8 }), (order, steps) => {
        const pieces = steps.filter((one) => !('hundredths' in one));
        const given = giveBackAll(order, pieces);
        expect(given.slice(0, -1).every(({ shippingMinor }) => shippingMinor === 0)).toBe(true);
        expect(leftMinor(order, given)).toBe(0);
      }),
    );
  });
});

test('pieces k1 to k2 of n are floor(A·k2/n) − floor(A·k1/n)', () => {
  expect([0, 1, 2].map((k) => shareOfPieces(1_000, 3, k, k + 1))).toEqual([333, 333, 334]);
  expect(shareOfPieces(Number.MAX_SAFE_INTEGER, 100_000, 0, 100_000)).toBe(Number.MAX_SAFE_INTEGER);
  expect(() => shareOfPieces(10, 3, 2, 4)).toThrow(RangeError);
});

const plain = (quantity: number, unitMinor: number, taxMinor = 0) => ({
  sku: 'A',
  quantity,
  unitMinor,
  discountMinor: 0,
  shareMinor: 0,
  taxMinor,
});
const two: ChargedOrder = {
  lines: [plain(2, 500), plain(1, 1_000)],
  shippingMinor: 300,
  shippingTaxMinor: 60,
  taxRule: 'exclusive',
};

test('a bare amount is spread over what is left, and takes from shipping only what the lines cannot bear', () => {
  const first = asEarlier(refundOfPieces(two, [], [{ line: 1, quantity: 1 }]));
  const spread = refundOfAmount(two, [first], 300);
  expect(spread.lines).toMatchObject([
    { line: 1, quantity: 0, netMinor: 100 },
    { line: 2, quantity: 0, netMinor: 200 },
  ]);
  const rest = refundOfAmount(two, [first, asEarlier(spread)], 1_200 + 10);
  expect(rest).toMatchObject({ shippingMinor: 10, amountMinor: 1_210 });
});

test('a refund that failed leaves its money to be given back, not its pieces', () => {
  const failed = asEarlier(refundOfPieces(two, [], [{ line: 2, quantity: 1 }]), true);
  expect(() => refundOfPieces(two, [failed], [{ line: 2, quantity: 1 }])).toThrow(RangeError);
  expect(refundOfAmount(two, [failed], 2_360)).toMatchObject({ amountMinor: 2_360, shippingMinor: 360 });
  expect(() => refundOfAmount(two, [failed], 2_361)).toThrow(RangeError);
});

describe('trap 36: a discount re-spread after a refund', () => {
  test('the shares are frozen: what the rest is worth does not depend on what went back before', () => {
    const lines = [plain(1, 1_000), plain(1, 2_000)];
    const shares = discountShares(300, lines);
    const order: ChargedOrder = {
      lines: lines.map((line, i) => ({ ...line, shareMinor: shares[i] ?? 0 })),
      shippingMinor: 0,
      shippingTaxMinor: 0,
      taxRule: 'exclusive',
    };
    const first = refundOfPieces(order, [], [{ line: 1, quantity: 1 }]);
    const second = refundOfPieces(order, [asEarlier(first)], [{ line: 2, quantity: 1 }]);
    expect([first.amountMinor, second.amountMinor]).toEqual([900, 1_800]);
    expect(refundOfPieces(order, [], [{ line: 2, quantity: 1 }]).amountMinor).toBe(1_800);
  });
});
