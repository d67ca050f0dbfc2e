import { discountShares } from '../../schemas/order-total.ts';
import {
  type ChargedOrder,
  type EarlierRefund,
  refundOfPieces,
  type RefundShares,
} from '../../schemas/refund-shares.ts';
import type { CreditLine, GoodsLine, QuarantinedLine } from './classify-line.ts';
import { londonToUtc } from './ordered-at.ts';
import { chargedMinor, minorOf, type PlannedOrder } from './planned-order.ts';

/** Pieces of one order that came back with one credit invoice. */
export interface PlannedReturn {
  /** Idempotency-Key of the return; its receipt's is made of it. */
  readonly key: string;
  readonly order: PlannedOrder;
  /** RFC 3339, UTC: the file's time of the credit. */
  readonly claimedAt: string;
  /** Numbers of the order's lines, from 1, each once. */
  readonly pieces: readonly { readonly line: number; readonly quantity: number }[];
  /** What goes back: exactly what the file credits. */
  readonly refundMinor: number;
  readonly credits: readonly CreditLine[];
}

export interface PlannedReturns {
  readonly returns: readonly PlannedReturn[];
  readonly quarantined: readonly QuarantinedLine[];
}

/** An order that may have returns, as far as the plan has come. */
interface OpenOrder {
  readonly order: PlannedOrder;
  readonly charged: ChargedOrder;
  readonly earlier: EarlierRefund[];
  /** Pieces of each line that have not come back. */
  readonly left: number[];
}

interface Draft {
  readonly of: OpenOrder;
  readonly credits: CreditLine[];
  readonly pieces: Map<number, number>;
  refundMinor: number;
}

/**
 * Finds the order of each credit, oldest credit first: the customer's latest order before it that has so many pieces of
 * the SKU left, and whose refund of them is exactly what the file credits, to the penny. Guests, and credits no order
 * fits, are quarantined: whose they are cannot be told. Lines of one credit invoice for one order are one return.
 */
export function planReturns(orders: readonly PlannedOrder[], credits: readonly CreditLine[]): PlannedReturns {
  const ordersOf = Map.groupBy(orders.map(toOpen).sort(byTime), ({ order }) => order.customerId);
  const drafts = new Map<string, Draft[]>();
  const quarantined: QuarantinedLine[] = [];
  for (const { credit, at } of credits.map(withTime).sort((a, b) => compare(a.at, b.at))) {
    const candidates = credit.customer === null ? [] : (ordersOf.get(`c-${credit.customer}`) ?? []);
    const found = findOrder(candidates, credit, at);
    if (found === null) {
      quarantined.push(toQuarantined(credit));
      continue;
    }
    const ofInvoice = drafts.get(credit.invoice) ?? [];
    drafts.set(credit.invoice, ofInvoice);
    let draft = ofInvoice.find(({ of }) => of === found.of);
    if (!draft) ofInvoice.push((draft = { of: found.of, credits: [], pieces: new Map(), refundMinor: 0 }));
    take(draft, credit, found);
  }
  const returns = [...drafts].flatMap(([invoice, ofInvoice]) =>
    ofInvoice.map((draft, i) => toReturn(i === 0 ? invoice : `${invoice}-${i + 1}`, draft)),
  );
  return { returns, quarantined };
}

interface Found {
  readonly of: OpenOrder;
  readonly pieces: readonly { readonly line: number; readonly quantity: number }[];
  readonly shares: RefundShares;
}

function findOrder(candidates: readonly OpenOrder[], credit: CreditLine, at: string): Found | null {
  for (const of of candidates.toReversed()) {
    if (of.order.orderedAt > at) continue;
    const pieces = piecesOf(of, credit);
    if (pieces === null) continue;
    const shares = refundOfPieces(of.charged, of.earlier, pieces);
    if (BigInt(shares.amountMinor) === minorOf(credit)) return { of, pieces, shares };
  }
  return null;
}

/** The pieces of the credit among the order's lines of that SKU and price, the first lines first; null if they are too few. */
function piecesOf({ order, left }: OpenOrder, credit: CreditLine): Found['pieces'] | null {
  let wanted = credit.quantity;
  const pieces: { line: number; quantity: number }[] = [];
  order.lines.forEach(({ sku, unitMinor }, i) => {
    if (sku !== credit.sku || unitMinor !== credit.unitMinor) return;
    const quantity = Math.min(wanted, left[i] ?? 0);
    wanted -= quantity;
    if (quantity > 0) pieces.push({ line: i + 1, quantity });
  });
  return wanted === 0 ? pieces : null;
}

function take(draft: Draft, credit: CreditLine, { of, pieces, shares }: Found): void {
  of.earlier.push({ ...shares, failed: false });
  for (const { line, quantity } of pieces) {
    of.left[line - 1] = (of.left[line - 1] ?? 0) - quantity;
    draft.pieces.set(line, (draft.pieces.get(line) ?? 0) + quantity);
  }
  draft.credits.push(credit);
  draft.refundMinor += shares.amountMinor;
}

function toReturn(number: string, { of, credits, pieces, refundMinor }: Draft): PlannedReturn {
  const [first] = credits;
  if (!first) throw new RangeError(`return ${number} without a credit`);
  return {
    key: `uci-${number}-return`,
    order: of.order,
    claimedAt: londonToUtc(first.creditedAt),
    pieces: [...pieces].map(([line, quantity]) => ({ line, quantity })),
    refundMinor,
    credits,
  };
}

/** The order as it will be charged: prices of the file, which hold no tax we could tell apart. */
function toOpen(order: PlannedOrder): OpenOrder {
  const bare = order.lines.map(({ sku, quantity, unitMinor }: GoodsLine) => ({
    sku,
    quantity,
    unitMinor,
    discountMinor: 0,
    taxMinor: 0,
  }));
  const shares = discountShares(chargedMinor(order, 'discount'), bare);
  return {
    order,
    charged: {
      lines: bare.map((line, i) => ({ ...line, shareMinor: shares[i] ?? 0 })),
      shippingMinor: chargedMinor(order, 'shipping'),
      shippingTaxMinor: 0,
      taxRule: 'inclusive',
    },
    earlier: [],
    left: order.lines.map(({ quantity }) => quantity),
  };
}

/** RFC 3339 in UTC with one layout sorts as text. */
const compare = (a: string, b: string): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};
const byTime = (a: OpenOrder, b: OpenOrder): number => compare(a.order.orderedAt, b.order.orderedAt);
const withTime = (credit: CreditLine): { readonly credit: CreditLine; readonly at: string } => ({
  credit,
  at: londonToUtc(credit.creditedAt),
});

const toQuarantined = (credit: CreditLine): QuarantinedLine => ({
  is: 'quarantined',
  line: credit.line,
  reason: 'credit',
  detail:
    credit.customer === null
      ? 'of a guest'
      : 'no earlier order of the customer has these pieces at this price, less what came back before',
  minor: -minorOf(credit),
});
