import type { CommandBody, OrderLine } from '../../schemas/generated/orders-commands.ts';
import type {
  EventBody,
  Hold,
  OrderArchived,
  OrderPlaced,
  UnwindStarted,
} from '../../schemas/generated/orders-events.ts';
import { isNote, isRuntimeEvent, type Note } from '../../schemas/notes.ts';
import { orderPath, orderStepOf } from '../../schemas/order-path.ts';
import type { OrderState, RuntimeEvent } from '../../schemas/order-transitions.ts';
import { createPayment, evolvePayment, type Payment } from '../payments/payment.ts';

/** A Redrive is the runtime's alone. */
export type OrderCommand = Exclude<CommandBody, { type: 'Redrive' }>;
export type OrderEvent = EventBody;

/** What is known of one hold: asked for, then as stock said. */
export interface OrderHold extends Hold {
  state: 'asked' | 'placed' | 'refused' | 'released' | 'committed' | 'reversed';
}

/**
 * One order, folded from its events; the truth about where its saga stands. Changed in place by `evolveOrder` alone.
 * Money in minor units of `currency`, times in epoch ms of the log's clock.
 */
export interface Order {
  state: Exclude<OrderState, 'none'>;
  readonly store: string;
  readonly orderId: string;
  /** Of the request that placed it: a retry is compared with it. */
  readonly fingerprint: string | null;
  readonly customerId: string;
  readonly currency: string;
  readonly lines: readonly OrderLine[];
  readonly discountMinor: number;
  readonly shippingMinor: number;
  readonly shippingTaxMinor: number;
  readonly totalMinor: number;
  /** Sealed. */
  readonly paymentToken: string;
  readonly placedAtMs: number;
  /** Until when the holds are asked for; payBy too. */
  readonly holdUntilMs: number;
  readonly orderedAtMs: number | null;
  /** One for each SKU, in SKU order. */
  readonly holds: readonly OrderHold[];
  readonly payment: Payment;
  /** `atMs` of the event that brought it to rest; null before. */
  restedAtMs: number | null;
  /** Where it unwinds to; null before. */
  unwinding: Pick<UnwindStarted, 'to' | 'reason'> | null;
}

/**
 * Folds one event into the order, in place; owns `order`. Events of the runtime and notes about commands leave it
 * as it is; one that is archived becomes `archivedOrder`. Throws if the event cannot stand in this state: the journal
 * is wrong, and going on would corrupt.
 */
export function evolveOrder(order: Order | undefined, event: OrderEvent, atMs: number): Order | undefined {
  if (isRuntimeEvent(event) || isNote(event)) return order;
  if (order && isArchived(order)) throw new Error(`${event.type} of ${event.orderId}, which was archived`);
  if (event.type === 'OrderPlaced') {
    nextState(order, event);
    return placed(event, atMs);
  }
  if (event.type !== 'OrderArchived') return fold(order, event, atMs);
  nextState(order, event);
  return archivedOrder;
}

/** How long an order stays known in full after it came to rest (DESIGN §3, Snapshots). */
export const archiveAfterMs = 400 * 24 * 3_600_000;

/** The one order that stands for all that were archived: of them it is only known that they were. */
export const archivedOrder: Order = Object.freeze({
  state: 'Closed',
  store: '',
  orderId: '',
  fingerprint: null,
  customerId: '',
  currency: '',
  lines: [],
  discountMinor: 0,
  shippingMinor: 0,
  shippingTaxMinor: 0,
  totalMinor: 0,
  paymentToken: '',
  placedAtMs: 0,
  holdUntilMs: 0,
  orderedAtMs: null,
  holds: [],
  payment: createPayment(),
  restedAtMs: null,
  unwinding: null,
});

export const isArchived = (order: Order): boolean => order.orderId === '';

/** When the order leaves the state; Infinity while it is not at rest. */
export const archiveAtMs = ({ restedAtMs }: Order): number =>
  restedAtMs === null ? Number.POSITIVE_INFINITY : restedAtMs + archiveAfterMs;

type Step = Exclude<OrderEvent, Note | { type: RuntimeEvent | 'OrderPlaced' | 'OrderArchived' }>;

function fold(order: Order | undefined, event: Step, atMs: number): Order {
  const next = nextState(order, event);
  if (!order) throw new Error(`${event.type} before its order was placed`);
  order.state = next;
  switch (event.type) {
    case 'HoldRecorded':
      holdOf(order, event.holdId).state = event.as;
      break;
    case 'CommitRecorded':
      holdOf(order, event.holdId).state = 'committed';
      break;
    case 'PaymentOpRequested':
    case 'PaymentAuthorized':
    case 'PaymentDeclined':
    case 'PaymentCaptured':
    case 'PaymentUnknown':
      evolvePayment(order.payment, event, atMs);
      break;
    case 'UnwindStarted':
      order.unwinding = { to: event.to, reason: event.reason };
      break;
    case 'OrderConfirmed':
    case 'OrderClosed':
      order.restedAtMs = atMs;
      break;
    case 'CommitStarted':
      break;
  }
  return order;
}

function nextState(order: Order | undefined, event: Step | OrderPlaced | OrderArchived): Order['state'] {
  const from = order?.state ?? 'none';
  const step = orderStepOf(event);
  const next = orderPath[step][from];
  if (next === null || next === 'none') {
    throw new Error(`${step} of ${event.orderId} cannot stand in state ${from}`);
  }
  return next;
}

function holdOf(order: Order, holdId: string): OrderHold {
  const hold = order.holds.find((candidate) => candidate.holdId === holdId);
  if (!hold) throw new Error(`${order.orderId} has no hold ${holdId}`);
  return hold;
}

function placed(event: OrderPlaced, atMs: number): Order {
  return {
    state: 'Holding',
    store: event.store,
    orderId: event.orderId,
    fingerprint: event.fingerprint,
    customerId: event.customerId,
    currency: event.currency,
    lines: event.lines,
    discountMinor: event.discountMinor,
    shippingMinor: event.shippingMinor,
    shippingTaxMinor: event.shippingTaxMinor,
    totalMinor: event.totalMinor,
    paymentToken: event.paymentToken,
    placedAtMs: atMs,
    holdUntilMs: event.holdUntilMs,
    orderedAtMs: event.orderedAtMs,
    holds: event.holds.map((hold) => ({ ...hold, state: 'asked' })),
    payment: createPayment(),
    restedAtMs: null,
    unwinding: null,
  };
}
