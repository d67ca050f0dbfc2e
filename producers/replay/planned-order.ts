import { sumMinor } from '../../schemas/money.ts';
import type { ChargeLine, CreditLine, GoodsLine } from './classify-line.ts';

/** One order to post: an invoice, or a part of one that is too large for one order. */
export interface PlannedOrder {
  /** Idempotency-Key. */
  readonly key: string;
  readonly customerId: string;
  /** RFC 3339, UTC. */
  readonly orderedAt: string;
  readonly lines: readonly GoodsLine[];
  /** Carriage and discounts of the invoice: its shipping and its discount. */
  readonly charges: readonly ChargeLine[];
}

/** Quantity × unit price. */
export const minorOf = ({ quantity, unitMinor }: GoodsLine | CreditLine): bigint =>
  BigInt(quantity) * BigInt(unitMinor);

/** What a line of the file says the order costs: a discount takes away. */
export const signedMinorOf = ({ is, minor }: ChargeLine): bigint =>
  BigInt(is === 'discount' ? -minor : minor);

/** Σ of the charges of one kind, minor units. */
export const chargedMinor = ({ charges }: Pick<PlannedOrder, 'charges'>, is: ChargeLine['is']): number =>
  sumMinor(charges.filter((charge) => charge.is === is).map(({ minor }) => minor));

/** What the order will cost: goods, shipping, less discount. */
export const totalMinorOf = ({ lines, charges }: Pick<PlannedOrder, 'lines' | 'charges'>): bigint =>
  lines.reduce((sum, line) => sum + minorOf(line), 0n) +
  charges.reduce((sum, charge) => sum + signedMinorOf(charge), 0n);
