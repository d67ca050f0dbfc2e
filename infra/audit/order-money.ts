import type { OrderLine, OrderPlaced } from '../../schemas/generated/orders-events.ts';

/** The auditor's own money of an order, from the text of domain §6 and in BigInt throughout; minor units. */
export interface OrderMoney {
  readonly currency: string;
  readonly total: bigint;
  /** Net of each line, in line order. */
  readonly nets: readonly bigint[];
  /** Tax of the lines and of shipping. */
  readonly tax: bigint;
}

/** The parts of an order that come to its money. */
type Priced = Pick<OrderPlaced, 'currency' | 'lines' | 'taxRule' | 'shippingMinor' | 'shippingTaxMinor'>;

export function moneyOf(order: Priced): OrderMoney {
  const nets = order.lines.map(
    (line) => BigInt(line.quantity) * BigInt(line.unitMinor) - BigInt(line.discountMinor),
  );
  const lineTax = order.lines.reduce((sum, line) => sum + BigInt(line.taxMinor), 0n);
  const tax = lineTax + BigInt(order.shippingTaxMinor);
  const net = nets.reduce((sum, one) => sum + one, 0n) + BigInt(order.shippingMinor);
  return { currency: order.currency, total: order.taxRule === 'exclusive' ? net + tax : net, nets, tax };
}

/** Tax of a line by its rate, half up: on top of the net, or the part of a price that includes it. */
export function lineTax(line: OrderLine, rule: OrderPlaced['taxRule']): bigint {
  const amount = BigInt(line.quantity) * BigInt(line.unitMinor) - BigInt(line.discountMinor);
  const bp = BigInt(line.taxBp);
  if (rule === 'exclusive') return (amount * bp + 5_000n) / 10_000n;
  const whole = 10_000n + bp;
  return amount - (amount * 10_000n + whole / 2n) / whole;
}
