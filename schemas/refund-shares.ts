import { apportion } from './apportion.ts';
import { sumMinor, toMinor } from './money.ts';
import { lineNetMinor, type PricedLine, type PricedOrder } from './order-total.ts';

/** An order as it was charged: its frozen lines, and shipping. */
export interface ChargedOrder extends PricedOrder {
  readonly lines: readonly (PricedLine & { readonly sku: string })[];
}

/** What a refund gives back for one line. Minor units; `quantity` 0 is an amount without pieces. */
export interface LineRefund {
  /** Number of the line within its order, from 1. */
  readonly line: number;
  readonly sku: string;
  readonly quantity: number;
  /** With inclusive tax the tax is inside, as it is in the line's own net. */
  readonly netMinor: number;
  readonly taxMinor: number;
}

/** A refund is always a set of line amounts, and shipping with its tax (domain §6). */
export interface RefundShares {
  readonly lines: readonly LineRefund[];
  readonly shippingMinor: number;
  readonly amountMinor: number;
}

/** A refund asked for before. One that failed moved no money, but its pieces are given back all the same. */
export interface EarlierRefund extends Pick<RefundShares, 'lines' | 'shippingMinor'> {
  readonly failed: boolean;
}

/** Some pieces of a line. */
export interface RefundedPieces {
  readonly line: number;
  readonly quantity: number;
}

/**
 * The share of pieces k₁ to k₂ of n in an amount: ⌊A·k₂÷n⌋ − ⌊A·k₁÷n⌋, so that any sequence of them ends at exactly A
 * (domain §6).
 */
export function shareOfPieces(amountMinor: number, of: number, from: number, to: number): number {
  if (from < 0 || to < from || to > of) throw new RangeError(`pieces ${from} to ${to} of ${of}`);
  const amount = BigInt(amountMinor);
  return toMinor((amount * BigInt(to)) / BigInt(of) - (amount * BigInt(from)) / BigInt(of));
}

/**
 * What pieces of an order are worth: net and tax apart, in order of piece, never more than is left of the line where
 * bare amounts were given back before. Shipping goes back with the last piece of the last line.
 * Throws a RangeError for a line that is not there or more pieces than are left of it.
 */
export function refundOfPieces(
  order: ChargedOrder,
  earlier: readonly EarlierRefund[],
  pieces: readonly RefundedPieces[],
): RefundShares {
  const left = leftOf(order, earlier);
  const asked = new Map<number, number>();
  for (const { line, quantity } of pieces) asked.set(line, (asked.get(line) ?? 0) + quantity);
  const lines = [...asked].map(([number, quantity]): LineRefund => {
    const line = order.lines[number - 1];
    const of = left.lines[number - 1];
    if (!line || !of) throw new RangeError(`line ${number} of ${order.lines.length}`);
    const worth = (amountMinor: number): number =>
      shareOfPieces(amountMinor, line.quantity, of.pieces, of.pieces + quantity);
    return {
      line: number,
      sku: line.sku,
      quantity,
      netMinor: Math.min(worth(lineNetMinor(line)), of.netMinor),
      taxMinor: Math.min(worth(line.taxMinor), of.taxMinor),
    };
  });
  const isLast = order.lines.every(
    ({ quantity }, i) => (left.lines[i]?.pieces ?? 0) + (asked.get(i + 1) ?? 0) === quantity,
  );
  return sharesOf(order, lines, isLast ? left.shippingMinor : 0);
}

/**
 * A bare amount, spread like a discount over what is left of the lines; what they cannot bear is shipping given back
 * by hand. Throws a RangeError if it is more than is left of the order.
 */
export function refundOfAmount(
  order: ChargedOrder,
  earlier: readonly EarlierRefund[],
  amountMinor: number,
): RefundShares {
  const left = leftOf(order, earlier);
  const worths = left.lines.map((line) => worthOf(order, line));
  const ofLinesMinor = Math.min(amountMinor, sumMinor(worths));
  const shippingMinor = sumMinor([amountMinor, -ofLinesMinor]);
  if (shippingMinor > left.shippingMinor) throw new RangeError('more than is left of the order');
  const lines = apportion(ofLinesMinor, worths).flatMap((shareMinor, i): LineRefund[] => {
    const line = order.lines[i];
    const of = left.lines[i];
    if (shareMinor === 0 || !line || !of) return [];
    return [{ line: i + 1, sku: line.sku, quantity: 0, ...splitShare(order, of, shareMinor) }];
  });
  return sharesOf(order, lines, shippingMinor);
}

interface LeftOfLine {
  /** Pieces given back so far. */
  readonly pieces: number;
  readonly netMinor: number;
  readonly taxMinor: number;
}

function leftOf(
  order: ChargedOrder,
  earlier: readonly EarlierRefund[],
): { readonly lines: readonly LeftOfLine[]; readonly shippingMinor: number } {
  const paid = earlier.filter(({ failed }) => !failed);
  const { shippingMinor, shippingTaxMinor, taxRule } = order;
  const shippingTax = taxRule === 'exclusive' ? shippingTaxMinor : 0;
  return {
    lines: order.lines.map((line, i) => {
      const ofLine = ({ lines }: EarlierRefund): readonly LineRefund[] =>
        lines.filter((refund) => refund.line === i + 1);
      const given = paid.flatMap(ofLine);
      return {
        pieces: sumMinor(earlier.flatMap(ofLine).map(({ quantity }) => quantity)),
        netMinor: sumMinor([lineNetMinor(line), ...given.map(({ netMinor }) => -netMinor)]),
        taxMinor: sumMinor([line.taxMinor, ...given.map(({ taxMinor }) => -taxMinor)]),
      };
    }),
    shippingMinor: sumMinor([shippingMinor, shippingTax, ...paid.map((refund) => -refund.shippingMinor)]),
  };
}

/** What the customer pays for it: inclusive tax is in the net already. */
const worthOf = (
  { taxRule }: Pick<ChargedOrder, 'taxRule'>,
  { netMinor, taxMinor }: { readonly netMinor: number; readonly taxMinor: number },
): number => (taxRule === 'exclusive' ? sumMinor([netMinor, taxMinor]) : netMinor);

/** A part of what is left of a line as net and tax; all of it is all of both. */
function splitShare(
  order: ChargedOrder,
  { netMinor, taxMinor }: LeftOfLine,
  shareMinor: number,
): { readonly netMinor: number; readonly taxMinor: number } {
  if (order.taxRule === 'exclusive') {
    const [net = 0, tax = 0] = apportion(shareMinor, [netMinor, taxMinor]);
    return { netMinor: net, taxMinor: tax };
  }
  return { netMinor: shareMinor, taxMinor: shareOfPieces(taxMinor, netMinor, 0, shareMinor) };
}

const sharesOf = (
  order: ChargedOrder,
  lines: readonly LineRefund[],
  shippingMinor: number,
): RefundShares => ({
  lines,
  shippingMinor,
  amountMinor: sumMinor([...lines.map((line) => worthOf(order, line)), shippingMinor]),
});
