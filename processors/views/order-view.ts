import { assertNever } from '../../schemas/assert-never.ts';
import type { EventEnvelope } from '../../schemas/envelope.ts';
import type {
  EventBody,
  HoldRecorded,
  OrderPlaced,
  PersonNeeded,
  UnwindStarted,
} from '../../schemas/generated/orders-events.ts';
import {
  type ClosedStatus,
  type HoldView,
  noPayment,
  noPieces,
  type OrderView,
  type PersonView,
} from '../../schemas/order-view.ts';
import { foldOutcomes, isOutcomeNote } from './command-outcomes.ts';
import { foldPieces } from './line-views.ts';
import { foldPayment, isOfRefund, type PaymentEvent } from './payment-view.ts';
import {
  chargedBackMinorOf,
  foldDisputes,
  foldRefunds,
  isAnswer,
  type RefundEvent,
  refundedMinorOf,
} from './refund-views.ts';
import { UnfoldableEvent } from './unfoldable-event.ts';

export type OrderEvent = EventEnvelope<EventBody>;

/**
 * The order whose document an event changes: the one it names, or whose command it answers. Other notes and watermarks
 * belong to none, and so does news of a provider that is kept for an order nobody placed yet, or under his reference.
 */
export function orderIdOf(body: EventBody): string | null {
  if (isOutcomeNote(body)) return body.key;
  if (!('orderId' in body) || body.type === 'HintKept' || body.orderId.startsWith('psp:')) return null;
  return body.orderId;
}

/**
 * The order after one valid event of journal partition `partition`; pure. Give it only events of `orderIdOf`.
 * Undefined where there is no order and the event says nothing of one: a refusal, a difference with the provider's books.
 * Throws UnfoldableEvent if the event speaks of an order that was never placed, or places one twice: the journal is not what
 * the orders processor writes, and a view of it would be a guess.
 */
export function foldOrder(
  order: OrderView | undefined,
  event: OrderEvent,
  partition: number,
): OrderView | undefined {
  const { body, atMs } = event;
  const position = `${partition}.${event.seq}`;
  if (body.type === 'OrderPlaced') {
    if (order)
      throw new UnfoldableEvent(
        position,
        `order ${body.orderId} is placed twice, first at ${order.position}`,
      );
    return placed(body, atMs, position);
  }
  if (!order) {
    if (mayStandAlone(body)) return undefined;
    throw new UnfoldableEvent(position, `${body.type} of an order that was never placed`);
  }
  return {
    ...order,
    ...changeBy(order, body, atMs),
    persons: personsAfter(order.persons, body, atMs),
    commands: foldOutcomes(order, body, { atMs, position }),
    updatedAtMs: atMs,
    position,
  };
}

const mayStandAlone = (body: EventBody): boolean =>
  isOutcomeNote(body) || body.type === 'DiscrepancyRecorded' || body.type === 'PersonNeeded';

function placed(body: OrderPlaced, atMs: number, position: string): OrderView {
  return {
    orderId: body.orderId,
    store: body.store,
    customerId: body.customerId,
    status: 'holding',
    reason: null,
    currency: body.currency,
    lines: body.lines.map((line, i) => ({
      line: i + 1,
      sku: line.sku,
      quantity: line.quantity,
      unitMinor: line.unitMinor,
      discountMinor: line.discountMinor,
      shareMinor: line.shareMinor,
      taxBp: line.taxBp,
      taxMinor: line.taxMinor,
      ...noPieces,
    })),
    discountMinor: body.discountMinor,
    shippingMinor: body.shippingMinor,
    shippingTaxMinor: body.shippingTaxMinor,
    totalMinor: body.totalMinor,
    taxRule: body.taxRule,
    holds: body.holds.map(({ holdId, sku, quantity }) => ({ holdId, sku, quantity, state: 'asked' })),
    payment: noPayment,
    unwinding: null,
    cancelNoted: null,
    shipments: [],
    deliveries: [],
    returns: [],
    refunds: [],
    disputes: [],
    persons: [],
    commands: [],
    holdUntilMs: body.holdUntilMs,
    createdAtMs: atMs,
    updatedAtMs: atMs,
    orderedAtMs: body.orderedAtMs,
    commandId: body.commandId,
    fingerprint: body.fingerprint,
    requestId: body.requestId,
    position,
  };
}

type Change = Partial<Omit<OrderView, 'orderId' | 'store' | 'persons' | 'commands' | 'position'>>;

function changeBy(order: OrderView, body: Exclude<EventBody, OrderPlaced>, atMs: number): Change {
  switch (body.type) {
    case 'HoldRecorded':
      return { holds: withHold(order.holds, body.holdId, heldAs(order, body)) };
    case 'PaymentOpRequested':
      return { ...moneyAfter(order, body, atMs), status: askedStatus(order, body.kind) };
    case 'PaymentAuthorized':
    case 'PaymentDeclined':
    case 'PaymentCaptured':
    case 'PaymentCaptureFailed':
    case 'PaymentVoided':
    case 'PaymentLapsed':
    case 'PaymentUnknown':
    case 'PaymentPending':
    case 'PaymentActionRequired':
    case 'LookUpRequested':
      return moneyAfter(order, body, atMs);
    case 'RefundRequested':
    case 'RefundRecorded':
    case 'RefundDue':
      return refundsAfter(order, body, atMs);
    case 'DisputeRecorded': {
      const disputes = foldDisputes(order.disputes, body, atMs);
      return { disputes, payment: { ...order.payment, chargedBackMinor: chargedBackMinorOf(disputes) } };
    }
    case 'DiscrepancyRecorded':
      return { payment: { ...order.payment, discrepancies: order.payment.discrepancies + 1 } };
    case 'CancelNoted':
      return { cancelNoted: order.cancelNoted ?? { reason: body.reason, sinceMs: atMs } };
    case 'CommitStarted':
      return { status: 'committing' };
    case 'CommitRecorded':
      return { holds: withHold(order.holds, body.holdId, 'committed') };
    case 'OrderConfirmed':
      return { status: 'confirmed' };
    case 'UnwindStarted':
      return unwindingAfter(body);
    case 'OrderClosed':
      return { status: closedStatuses[body.as], reason: body.reason, unwinding: null };
    case 'LinesCancelled':
    case 'ShipmentRecorded':
    case 'DeliveryRecorded':
    case 'ReturnRequested':
    case 'ReturnReceived':
    case 'ReturnLapsed':
      return foldPieces(order, body, atMs);
    case 'PersonNeeded':
    case 'PaymentResolved':
    case 'CommandIgnored':
    case 'CommandRefused':
    case 'OrderArchived':
      return {};
    case 'HintKept':
    case 'Barrier':
    case 'TimePassed':
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
} as const satisfies Record<string, ClosedStatus>;

const unwindingAfter = ({ to, reason }: UnwindStarted): Change => ({
  status: 'unwinding',
  unwinding: { to: closedStatuses[to], reason },
  cancelNoted: null,
});

const moneyAfter = (order: OrderView, body: PaymentEvent, atMs: number): Change =>
  isOfRefund(body) ? refundsAfter(order, body, atMs) : { payment: foldPayment(order.payment, body, atMs) };

function refundsAfter(order: OrderView, body: RefundEvent, atMs: number): Change {
  const refunds = foldRefunds(order.refunds, body, atMs);
  return { refunds, payment: { ...order.payment, refundedMinor: refundedMinorOf(refunds) } };
}

/** Void and refund leave the public word as it is, and so does all that is asked once the order unwinds. */
function askedStatus(
  { status }: OrderView,
  kind: 'authorize' | 'capture' | 'void' | 'refund',
): OrderView['status'] {
  const isUnderWay =
    status === 'holding' || status === 'authorizing' || status === 'committing' || status === 'capturing';
  if (!isUnderWay || kind === 'void' || kind === 'refund') return status;
  return kind === 'authorize' ? 'authorizing' : 'capturing';
}

/**
 * A hold is reversed once the order is undone or all pieces of its SKU were cancelled; while a part of them was, the rest
 * stays sold.
 */
function heldAs({ holds, lines, status }: OrderView, { holdId, as }: HoldRecorded): HoldView['state'] {
  const hold = holds.find((each) => each.holdId === holdId);
  if (as !== 'reversed' || !hold) return as;
  const ofSku = lines.filter(({ sku }) => sku === hold.sku);
  const isAllCancelled = ofSku.every(({ quantity, cancelled }) => cancelled >= quantity);
  return status === 'unwinding' || isAllCancelled ? 'reversed' : hold.state;
}

const withHold = (
  holds: readonly HoldView[],
  holdId: string,
  state: HoldView['state'],
): readonly HoldView[] => holds.map((hold) => (hold.holdId === holdId ? { ...hold, state } : hold));

/** An operation's answer, or the person's, ends what was asked about it; so does any answer about the payment itself. */
function personsAfter(persons: readonly PersonView[], body: EventBody, atMs: number): readonly PersonView[] {
  if (body.type === 'PersonNeeded') return withPerson(persons, body, atMs);
  if (persons.length === 0 || !isAnswer(body) || !('opId' in body) || body.opId === null) return persons;
  const { opId } = body;
  const ends = isOfRefund({ opId })
    ? (each: PersonView) => each.opId === opId
    : (each: PersonView) => each.opId === null || !isOfRefund({ opId: each.opId });
  return persons.filter((each) => !ends(each));
}

function withPerson(
  persons: readonly PersonView[],
  { opId, reason, amountMinor }: PersonNeeded,
  atMs: number,
): readonly PersonView[] {
  const known = persons.find((each) => each.opId === opId);
  const person = { opId, reason, amountMinor, sinceMs: known?.sinceMs ?? atMs };
  return known ? persons.map((each) => (each === known ? person : each)) : [...persons, person];
}
