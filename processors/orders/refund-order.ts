import type { LineQuantity } from '../../schemas/generated/orders-commands.ts';
import type { PaymentOpRequested, RefundRequested } from '../../schemas/generated/orders-events.ts';
import { sumMinor } from '../../schemas/money.ts';
import {
  type LineRefund,
  refundOfAmount,
  refundOfPieces,
  type RefundShares,
} from '../../schemas/refund-shares.ts';
import { refundsAskedMinor } from '../payments/payment.ts';
import { requestRefund } from '../payments/request-payment.ts';
import { type OrderRefund, refundsOf } from './after-sales.ts';
import { type Asker, nobody } from './order-events.ts';
import type { Order } from './order.ts';

/** Captured and not asked back, nor taken back by the bank. Minor units. */
export const leftMinor = ({ payment }: Order): number =>
  payment.capturedMinor - refundsAskedMinor(payment) - chargedBackMinor(payment);

const chargedBackMinor = ({ disputes }: Order['payment']): number =>
  (disputes ?? []).reduce((sum, { as, amountMinor }) => (as === 'lost' ? sum + amountMinor : sum), 0);

/** Pieces of a line that no refund was asked for. */
export function unrefundedPieces(order: Order, line: number): number {
  const quantity = order.lines[line - 1]?.quantity ?? 0;
  let refunded = 0;
  for (const { lines } of refundsOf(order)) {
    for (const refund of lines) if (refund.line === line) refunded += refund.quantity;
  }
  return quantity - refunded;
}

/** What a refund is for. */
export interface RefundOf extends Asker {
  readonly refundId: string;
  readonly origin: RefundRequested['origin'];
  readonly reason: string;
  readonly claimedAtMs: number | null;
}

type RefundEvents = readonly (RefundRequested | PaymentOpRequested)[];

/** The refund and its operation; nothing where nothing is to go back. */
export function askRefund(order: Order, of: RefundOf, shares: RefundShares): RefundEvents {
  if (shares.amountMinor === 0) return [];
  const op = requestRefund(order, order.payment, { refundId: of.refundId, amountMinor: shares.amountMinor });
  const { commandId, fingerprint, requestId } = of;
  return [
    {
      type: 'RefundRequested',
      store: order.store,
      orderId: order.orderId,
      customerId: order.customerId,
      refundId: of.refundId,
      opId: op.opId,
      origin: of.origin,
      lines: shares.lines,
      shippingMinor: shares.shippingMinor,
      amountMinor: shares.amountMinor,
      currency: order.currency,
      reason: of.reason,
      claimedAtMs: of.claimedAtMs,
      commandId,
      fingerprint,
      requestId,
    },
    op,
  ];
}

/**
 * What cancelled or returned pieces are worth. Pieces whose money went back before are worth nothing again, and no
 * refund is more than is left of the captured money.
 */
export function worthOfPieces(order: Order, pieces: readonly LineQuantity[]): RefundShares {
  const owed = pieces.flatMap(({ line, quantity }) => {
    const counted = Math.min(quantity, unrefundedPieces(order, line));
    return counted > 0 ? [{ line, quantity: counted }] : [];
  });
  const shares = refundOfPieces(order, refundsOf(order), owed);
  const left = Math.max(0, leftMinor(order));
  return shares.amountMinor <= left ? shares : refundOfAmount(order, refundsOf(order), left);
}

/** All that is left of an order that is undone, as pieces where they are left. */
export function refundAll(order: Order): RefundEvents {
  const isCancelled = order.unwinding?.to === 'Cancelled';
  return askRefund(
    order,
    {
      ...nobody,
      refundId: `undo-${refundsOf(order).length + 1}`,
      origin: isCancelled ? 'cancel' : 'late-money',
      reason: order.unwinding?.reason ?? '',
      claimedAtMs: null,
    },
    worthOfAll(order),
  );
}

/** All that is left, as pieces where pieces are left. */
export function worthOfAll(order: Order): RefundShares {
  const pieces = order.lines.map((_, i) => ({ line: i + 1, quantity: unrefundedPieces(order, i + 1) }));
  const ofPieces = worthOfPieces(order, pieces);
  const rest = leftMinor(order) - ofPieces.amountMinor;
  if (rest === 0) return ofPieces;
  // of refunds that failed, whose pieces count as given back: their money is left without pieces
  const now: OrderRefund = { ...ofPieces, refundId: '', failed: false };
  return joined(ofPieces, refundOfAmount(order, [...refundsOf(order), now], rest));
}

function joined(one: RefundShares, other: RefundShares): RefundShares {
  const lines = new Map<number, LineRefund>();
  for (const refund of [...one.lines, ...other.lines]) {
    const known = lines.get(refund.line);
    lines.set(refund.line, known ? sumOf(known, refund) : refund);
  }
  return {
    lines: [...lines.values()].sort((a, b) => a.line - b.line),
    shippingMinor: sumMinor([one.shippingMinor, other.shippingMinor]),
    amountMinor: sumMinor([one.amountMinor, other.amountMinor]),
  };
}

const sumOf = (one: LineRefund, other: LineRefund): LineRefund => ({
  ...one,
  quantity: one.quantity + other.quantity,
  netMinor: sumMinor([one.netMinor, other.netMinor]),
  taxMinor: sumMinor([one.taxMinor, other.taxMinor]),
});
