import type {
  OrderPlaced,
  RefundDue,
  RefundRecorded,
  RefundRequested,
} from '../../schemas/generated/orders-events.ts';
import { netOf, shareOfPieces } from './order-money.ts';

interface Refund {
  readonly opId: string;
  readonly lines: RefundRequested['lines'];
  readonly shipping: bigint;
  readonly amount: bigint;
  state: 'asked' | 'succeeded' | 'failed';
  /** It failed and is owed still. */
  isDue: boolean;
}

/** What went back of one line. */
interface LineBack {
  pieces: number;
  net: bigint;
  tax: bigint;
}

/** The parts of an order that refunds are made of. */
type Sold = Pick<
  OrderPlaced,
  'orderId' | 'lines' | 'taxRule' | 'shippingMinor' | 'shippingTaxMinor' | 'currency'
>;

/**
 * The refunds of one order, and what they went back for: shares of units k₁ → k₂ of n are ⌊A·k₂÷n⌋ − ⌊A·k₁÷n⌋ of net and
 * tax apart, so that any sequence ends at exactly A (domain §6). Shares of units are recomputed until an amount without
 * units, or a refund that failed, leaves a rest that depends on more than their number; then they are bounded.
 */
export class OrderRefunds {
  private readonly sold: Sold;
  private readonly refunds = new Map<string, Refund>();
  private readonly lines: readonly LineBack[];
  private shipping = 0n;
  private isByUnits = true;

  constructor(sold: Sold) {
    this.sold = sold;
    this.lines = sold.lines.map(() => ({ pieces: 0, net: 0n, tax: 0n }));
  }

  /** Requested, pending, unknown or succeeded. */
  get notFailed(): bigint {
    return this.sum(({ state }) => state !== 'failed');
  }

  get succeeded(): bigint {
    return this.sum(({ state }) => state === 'succeeded');
  }

  /** Failed and owed still. */
  get due(): bigint {
    return this.sum(({ state, isDue }) => state === 'failed' && isDue);
  }

  /** Pieces of a line, by its number, that money went back for or is on its way for. */
  piecesOf(line: number): number {
    return this.lines[line - 1]?.pieces ?? 0;
  }

  /** Whether so many more pieces of the line are worth no minor unit: free ones, or such that their money went back. */
  isWorthNothing(line: number, quantity: number): boolean {
    const sold = this.sold.lines[line - 1];
    const back = this.lines[line - 1];
    if (!sold || !back) return false;
    const left = BigInt(sold.quantity - back.pieces);
    const isNone = (minor: bigint): boolean => minor * BigInt(quantity) < left;
    const isTaxPaid = this.sold.taxRule === 'exclusive';
    return isNone(netOf(sold) - back.net) && (!isTaxPaid || isNone(BigInt(sold.taxMinor) - back.tax));
  }

  amountOf(opId: string): bigint | null {
    for (const refund of this.refunds.values()) if (refund.opId === opId) return refund.amount;
    return null;
  }

  /** Folds the decision to give money back; what speaks against it, or null. */
  request(body: RefundRequested, captured: bigint, chargedBack: bigint): string | null {
    const { refundId, opId, origin } = body;
    const amount = BigInt(body.amountMinor);
    const before = this.notFailed;
    const wrong = this.refunds.has(refundId) ? 'it was requested before' : this.wrongly(body);
    const mistaken = this.take(body);
    const shipping = BigInt(body.shippingMinor);
    this.refunds.set(refundId, { opId, lines: body.lines, shipping, amount, state: 'asked', isDue: false });
    if (wrong !== null) return wrong;
    const most = captured - chargedBack;
    if (before + amount > most) return `${before + amount} would go back, ${most} are captured`;
    if ((origin === 'cancel' || origin === 'late-money') && before + amount !== most)
      return `all of ${most} is to go back, it is ${before + amount}`;
    return mistaken;
  }

  /** Folds the provider's answer; what speaks against it, or null. */
  record(body: RefundRecorded, captured: bigint): string | null {
    const refund = this.refunds.get(body.refundId);
    if (refund?.opId !== body.opId) return 'it was never requested';
    if (refund.state === 'failed') return `it is ${body.as} and has failed before`;
    if (refund.state === body.as) return `it is ${body.as} twice`;
    refund.state = body.as;
    if (body.as === 'failed') this.giveBack(refund);
    if (BigInt(body.amountMinor) !== refund.amount)
      return `${body.amountMinor} are ${body.as}, ${refund.amount} were requested`;
    return this.succeeded > captured ? `${this.succeeded} went back, ${captured} are captured` : null;
  }

  /** Folds a debt; what speaks against it, or null. */
  owe(body: RefundDue): string | null {
    const refund = this.refunds.get(body.refundId);
    if (refund?.state !== 'failed') return `it is due and is ${refund?.state ?? 'unknown'}`;
    refund.isDue = true;
    return BigInt(body.amountMinor) === refund.amount
      ? null
      : `${body.amountMinor} are due, ${refund.amount} were requested`;
  }

  /** Its money is left to be given back otherwise; its pieces are not. */
  private giveBack({ lines, shipping }: Refund): void {
    this.isByUnits = false;
    this.shipping -= shipping;
    for (const { line, netMinor, taxMinor } of lines) {
      const back = this.lines[line - 1];
      if (!back) continue;
      back.net -= BigInt(netMinor);
      back.tax -= BigInt(taxMinor);
    }
  }

  private sum(counts: (refund: Refund) => boolean): bigint {
    let sum = 0n;
    for (const refund of this.refunds.values()) if (counts(refund)) sum += refund.amount;
    return sum;
  }

  private wrongly({ refundId, opId, amountMinor, currency, lines, shippingMinor }: RefundRequested) {
    const { orderId, taxRule } = this.sold;
    if (opId !== `${orderId}:refund:${refundId}`) return `its operation is ${opId}`;
    if (currency !== this.sold.currency) return `it is in ${currency}`;
    if (amountMinor < 1) return `it is of ${amountMinor}`;
    const parts = lines.reduce(
      (sum, { netMinor, taxMinor }) =>
        sum + BigInt(netMinor) + (taxRule === 'exclusive' ? BigInt(taxMinor) : 0n),
      BigInt(shippingMinor),
    );
    return parts === BigInt(amountMinor) ? null : `its lines come to ${parts}, it is of ${amountMinor}`;
  }

  /** Takes the lines off what is left of them. */
  private take({ lines, shippingMinor, origin }: RefundRequested): string | null {
    for (const { line: number, sku, quantity, netMinor, taxMinor } of lines) {
      const line = this.sold.lines[number - 1];
      const back = this.lines[number - 1];
      if (!line || !back || line.sku !== sku) return `it has no line ${number} of ${sku}`;
      if (quantity === 0) this.isByUnits = false;
      const [net, tax] = [netOf(line), BigInt(line.taxMinor)];
      const from = back.pieces;
      back.pieces += quantity;
      back.net += BigInt(netMinor);
      back.tax += BigInt(taxMinor);
      if (netMinor < 0 || taxMinor < 0 || back.net > net || back.tax > tax)
        return `${back.net} and tax ${back.tax} of line ${number} go back, it cost ${net} and tax ${tax}`;
      if (back.pieces > line.quantity)
        return `${back.pieces} pieces of line ${number} go back, it had ${line.quantity}`;
      if (!this.isByUnits) continue;
      const wanted = shareOfPieces(net, from, back.pieces, line.quantity);
      const wantedTax = shareOfPieces(tax, from, back.pieces, line.quantity);
      if (BigInt(netMinor) !== wanted || BigInt(taxMinor) !== wantedTax)
        return `pieces ${from} to ${back.pieces} of line ${number} are worth ${wanted} and tax ${wantedTax}, it is ${netMinor} and ${taxMinor}`;
    }
    return this.takeShipping(BigInt(shippingMinor), origin);
  }

  /** Shipping goes back with the last piece, else by hand. */
  private takeShipping(minor: bigint, origin: RefundRequested['origin']): string | null {
    const { lines, taxRule, shippingTaxMinor } = this.sold;
    const whole = BigInt(this.sold.shippingMinor) + (taxRule === 'exclusive' ? BigInt(shippingTaxMinor) : 0n);
    this.shipping += minor;
    if (minor < 0n || this.shipping > whole) return `${this.shipping} of shipping go back, it cost ${whole}`;
    if (!this.isByUnits) return null;
    const isLast = lines.every(({ quantity }, i) => this.lines[i]?.pieces === quantity);
    if (isLast && this.shipping !== whole)
      return `the last piece goes back with ${this.shipping} of ${whole} shipping`;
    return !isLast && minor > 0n && origin !== 'request' ? `${minor} of shipping go back with a part` : null;
  }
}
