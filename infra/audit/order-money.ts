import type { OrderLine, OrderPlaced } from '../../schemas/generated/orders-events.ts';

/** The auditor's own money of an order, from the text of domain §6 and in BigInt throughout; minor units. */
export interface OrderMoney {
  readonly currency: string;
  readonly total: bigint;
  /** Net of each line, less its discount and its share of the order's, in line order. */
  readonly nets: readonly bigint[];
  /** Tax of the lines and of shipping. */
  readonly tax: bigint;
}

/** The parts of an order that come to its money. */
type Priced = Pick<OrderPlaced, 'currency' | 'lines' | 'taxRule' | 'shippingMinor' | 'shippingTaxMinor'>;

export function moneyOf(order: Priced): OrderMoney {
  const nets = order.lines.map(netOf);
  const lineTaxes = order.lines.reduce((sum, line) => sum + BigInt(line.taxMinor), 0n);
  const tax = lineTaxes + BigInt(order.shippingTaxMinor);
  const net = nets.reduce((sum, one) => sum + one, 0n) + BigInt(order.shippingMinor);
  return { currency: order.currency, total: order.taxRule === 'exclusive' ? net + tax : net, nets, tax };
}

/** Quantity × unit, less the line's discount and its share of the order's. */
export const netOf = (line: OrderLine): bigint => grossOf(line) - BigInt(line.shareMinor);

/** What a discount of the order is spread over. */
const grossOf = ({ quantity, unitMinor, discountMinor }: OrderLine): bigint =>
  BigInt(quantity) * BigInt(unitMinor) - BigInt(discountMinor);

/** Tax of a line by its rate, half up: on top of the net, or the part of a price that includes it. */
export function lineTax(line: OrderLine, rule: OrderPlaced['taxRule']): bigint {
  const amount = netOf(line);
  const bp = BigInt(line.taxBp);
  if (rule === 'exclusive') return (amount * bp + 5_000n) / 10_000n;
  const whole = 10_000n + bp;
  return amount - (amount * 10_000n + whole / 2n) / whole;
}

/**
 * Each line's share of a discount of the order: by largest remainder on line net, ties to the lower line number.
 * Null where there is more discount than there are lines to take it.
 */
export function sharesOf(lines: readonly OrderLine[], discountMinor: number): readonly bigint[] | null {
  const discount = BigInt(discountMinor);
  const weights = lines.map(grossOf);
  const sum = weights.reduce((total, weight) => total + weight, 0n);
  if (discount === 0n) return weights.map(() => 0n);
  if (discount > sum) return null;
  const shares = weights.map((weight) => (discount * weight) / sum);
  const remainders = weights.map((weight) => (discount * weight) % sum);
  const left = discount - shares.reduce((total, share) => total + share, 0n);
  const first = remainders
    .map((remainder, i) => ({ remainder, i }))
    .sort((a, b) => (a.remainder === b.remainder ? a.i - b.i : a.remainder > b.remainder ? -1 : 1))
    .slice(0, Number(left));
  const extra = new Set(first.map(({ i }) => i));
  return shares.map((share, i) => (extra.has(i) ? share + 1n : share));
}

/** What goes back for the pieces after the `from`th up to the `to`th of `of`, of an amount frozen for them all. */
export const shareOfPieces = (amount: bigint, from: number, to: number, of: number): bigint =>
  (amount * BigInt(to)) / BigInt(of) - (amount * BigInt(from)) / BigInt(of);
