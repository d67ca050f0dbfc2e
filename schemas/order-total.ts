import { apportion } from './apportion.ts';
import { sumMinor, timesMinor, toMinor } from './money.ts';

export type TaxRule = 'exclusive' | 'inclusive';

/** What a line costs before its share of the discount of the order. Minor units. */
export interface DiscountedLine {
  readonly quantity: number;
  readonly unitMinor: number;
  /** Of this line alone. */
  readonly discountMinor: number;
}

export interface PricedLine extends DiscountedLine {
  /** Its share of the discount of the order, frozen when it was placed. */
  readonly shareMinor: number;
  readonly taxMinor: number;
}

export interface PricedOrder {
  readonly lines: readonly PricedLine[];
  readonly shippingMinor: number;
  readonly shippingTaxMinor: number;
  readonly taxRule: TaxRule;
}

/** Tax of a net (exclusive) or gross (inclusive) amount, basis points, half up (domain §6). */
export function taxOf(amountMinor: number, taxBp: number, rule: TaxRule): number {
  const amount = BigInt(amountMinor);
  const bp = BigInt(taxBp);
  if (rule === 'exclusive') return toMinor((amount * bp + 5_000n) / 10_000n);
  return toMinor(amount - (amount * 10_000n + (10_000n + bp) / 2n) / (10_000n + bp));
}

/** Quantity × unit − its own discount: what the discount of the order is spread over. */
export const discountedMinor = (line: DiscountedLine): number =>
  sumMinor([timesMinor(line.quantity, line.unitMinor), -line.discountMinor]);

/** What a line costs before exclusive tax: quantity × unit − its discount − its share of the order's (domain §6). */
export const lineNetMinor = (line: Omit<PricedLine, 'taxMinor'>): number =>
  sumMinor([discountedMinor(line), -line.shareMinor]);

/**
 * The share each line bears of the discount of the order, by largest remainder on what the lines cost, ties to the
 * lower line number: Σ shares = discount, and no line goes below 0 (domain §6).
 * Throws a RangeError if the discount is more than all lines together, or a line is below 0 by itself.
 */
export const discountShares = (discountMinor: number, lines: readonly DiscountedLine[]): readonly number[] =>
  apportion(discountMinor, lines.map(discountedMinor));

/**
 * total = Σ net + exclusive tax + shipping + its exclusive tax (domain §6). Minor units.
 * Throws AmountOutOfRange beyond 2^53 − 1.
 */
export function orderTotalMinor(order: PricedOrder): number {
  const nets = order.lines.map(lineNetMinor);
  const taxes = order.taxRule === 'exclusive' ? order.lines.map((line) => line.taxMinor) : [];
  const shippingTax = order.taxRule === 'exclusive' ? order.shippingTaxMinor : 0;
  return sumMinor([...nets, ...taxes, order.shippingMinor, shippingTax]);
}
