import { sumMinor, timesMinor, toMinor } from './money.ts';

export type TaxRule = 'exclusive' | 'inclusive';

export interface PricedLine {
  readonly sku: string;
  readonly quantity: number;
  readonly unitMinor: number;
  readonly discountMinor: number;
  readonly taxBp: number;
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

/** What a line costs before exclusive tax: quantity × unit − discount. */
export const lineNetMinor = (line: PricedLine): number =>
  sumMinor([timesMinor(line.quantity, line.unitMinor), -line.discountMinor]);

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
