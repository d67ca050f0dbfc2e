import { assertNever } from '../../schemas/assert-never.ts';
import type { EventEnvelope } from '../../schemas/envelope.ts';
import type { EventBody, Hold, OrderPlaced } from '../../schemas/generated/orders-events.ts';
import type { HoldView, OrderStatus, OrderView, PaymentView } from '../../schemas/order-view.ts';
import { UnfoldableEvent } from './unfoldable-event.ts';

export type OrderEvent = EventEnvelope<EventBody>;

/** The order an event belongs to: the one it names as `orderId`. Refusals, notes and watermarks belong to none. */
export const orderIdOf = (body: EventBody): string | null => ('orderId' in body ? body.orderId : null);

/**
 * The order after one valid event of journal partition `partition`; pure. Give it only events of `orderIdOf`.
 * Throws UnfoldableEvent if the event speaks of an order that was never placed, or places one twice: the journal is not what
 * the orders processor writes, and a view of it would be a guess.
 */
export function foldOrder(order: OrderView | undefined, event: OrderEvent, partition: number): OrderView {
  const { body } = event;
  const position = `${partition}.${event.seq}`;
  if (body.type === 'OrderPlaced') {
    if (order)
      throw new UnfoldableEvent(
        position,
        `order ${body.orderId} is placed twice, first at ${order.position}`,
      );
    return placed(body, event.atMs, position);
  }
  if (!order) throw new UnfoldableEvent(position, `${body.type} of an order that was never placed`);
  return { ...order, ...changeBy(order, body, event.atMs), updatedAtMs: event.atMs, position };
}

function placed(body: OrderPlaced, atMs: number, position: string): OrderView {
  return {
    orderId: body.orderId,
    store: body.store,
    customerId: body.customerId,
    status: 'holding',
    reason: null,
    currency: body.currency,
    lines: body.lines.map(({ sku, quantity, unitMinor, discountMinor, taxBp, taxMinor }) => ({
      sku,
      quantity,
      unitMinor,
      discountMinor,
      taxBp,
      taxMinor,
    })),
    discountMinor: body.discountMinor,
    shippingMinor: body.shippingMinor,
    shippingTaxMinor: body.shippingTaxMinor,
    totalMinor: body.totalMinor,
    taxRule: body.taxRule,
    holds: body.holds.map(({ holdId, sku, quantity }) => ({ holdId, sku, quantity, state: 'asked' })),
    payment: { status: 'none', sinceMs: null, capturedMinor: 0, declineCode: null },
    createdAtMs: atMs,
    updatedAtMs: atMs,
    orderedAtMs: body.orderedAtMs,
    commandId: body.commandId,
    fingerprint: body.fingerprint,
    requestId: body.requestId,
    position,
  };
}

type Change = Partial<Pick<OrderView, 'status' | 'reason' | 'holds' | 'payment'>>;

function changeBy(order: OrderView, body: Exclude<EventBody, OrderPlaced>, atMs: number): Change {
  switch (body.type) {
    case 'HoldRecorded':
      return { holds: withHold(order.holds, body.holdId, body.as) };
    case 'PaymentOpRequested':
      return asked(order.payment, body.kind, atMs);
    case 'PaymentAuthorized':
      return { payment: { ...order.payment, status: 'authorized', sinceMs: atMs } };
    case 'PaymentDeclined':
      return { payment: { ...order.payment, status: 'declined', sinceMs: atMs, declineCode: body.code } };
    case 'PaymentCaptured': {
      const capturedMinor = order.payment.capturedMinor + body.amountMinor;
      return { payment: { ...order.payment, status: 'captured', sinceMs: atMs, capturedMinor } };
    }
    case 'PaymentUnknown': {
      const since = order.payment.status === 'unknown' ? order.payment.sinceMs : atMs;
      return { payment: { ...order.payment, status: 'unknown', sinceMs: since } };
    }
    case 'CommitStarted':
      return { status: 'committing' };
    case 'CommitRecorded':
      return { holds: withHold(order.holds, body.holdId, 'committed') };
    case 'OrderConfirmed':
      return { status: 'confirmed' };
    case 'UnwindStarted':
      return { status: 'unwinding' };
    case 'OrderClosed':
      return { status: closedStatuses[body.as], reason: body.reason };
    case 'OrderArchived':
      return {};
    case 'Barrier':
    case 'TimePassed':
    case 'CommandIgnored':
    case 'CommandRefused':
    case 'CommandQuarantined':
    case 'CommandParked':
    case 'CommandRedriven':
    case 'RedriveAnswered':
    case 'AnomalyRecorded':
      throw new Error(`${body.type} belongs to no order (orderIdOf)`);
    default:
      return assertNever(body);
  }
}

const closedStatuses = {
  Rejected: 'rejected',
  Declined: 'declined',
  Expired: 'expired',
  Cancelled: 'cancelled',
} as const satisfies Record<string, OrderStatus>;

/** Void and refund leave the public word as it is: the order's status tells of the unwinding. */
function asked(
  payment: PaymentView,
  kind: 'authorize' | 'capture' | 'void' | 'refund',
  atMs: number,
): Change {
  if (kind === 'void' || kind === 'refund') return {};
  const status = kind === 'authorize' ? 'authorizing' : 'capturing';
  return { status, payment: { ...payment, status, sinceMs: atMs } };
}

const withHold = (
  holds: readonly HoldView[],
  holdId: Hold['holdId'],
  state: HoldView['state'],
): readonly HoldView[] => holds.map((hold) => (hold.holdId === holdId ? { ...hold, state } : hold));
