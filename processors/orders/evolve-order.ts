import type { OrderArchived, OrderPlaced } from '../../schemas/generated/orders-events.ts';
import { isNote, isRuntimeEvent, type Note } from '../../schemas/notes.ts';
import { orderPath, orderStepOf } from '../../schemas/order-path.ts';
import { evolvePayment, isPaymentEvent } from '../payments/payment.ts';
import { evolveAfterSales, failRefund } from './after-sales.ts';
import { evolveHints, isHintAlarm, type KeptHints } from './kept-hints.ts';
import {
  archivedOrder,
  createOrder,
  holdOf,
  isArchived,
  type Order,
  type OrderEvent,
  type OrderStepEvent,
  rememberCommand,
} from './order.ts';

/** What stands under one key: an order, or hints that wait for one. */
export type OrderOrHints = Order | KeptHints;

export const isKept = (state: OrderOrHints): state is KeptHints => state.state === 'none';

/**
 * Folds one event, in place; owns `state`. Events of the runtime leave it as it is; one that is archived becomes
 * `archivedOrder`. Throws if the event cannot stand in this state: the journal is wrong, and going on would corrupt.
 */
export function evolveOrder(
  state: OrderOrHints | undefined,
  event: OrderEvent,
  atMs: number,
): OrderOrHints | undefined {
  if (isRuntimeEvent(event)) return state;
  if (isNote(event)) return evolveNote(state, event, atMs);
  if (state && isArchived(state)) throw new Error(`${event.type} of ${event.orderId}, which was archived`);
  const order = state && isKept(state) ? undefined : state;
  const next = nextState(order, event);
  if (event.type === 'HintKept')
    return evolveHints(state === order ? undefined : (state as KeptHints), event, atMs);
  if (event.type === 'OrderPlaced') return createOrder(event, atMs);
  if (event.type === 'OrderArchived') return archivedOrder;
  if (!order || next === 'none') throw new Error(`${event.type} before its order was placed`);
  order.state = next;
  rememberCommand(order, event, atMs);
  fold(order, event, atMs);
  return order;
}

function evolveNote(state: OrderOrHints | undefined, note: Note, atMs: number): OrderOrHints | undefined {
  if (state === undefined || isArchived(state)) return state;
  if (isKept(state)) return note.type === 'AnomalyRecorded' && isHintAlarm(note) ? undefined : state;
  // a PlaceOrder is compared with the fingerprint of the order itself
  if (note.type !== 'AnomalyRecorded' && note.command !== 'PlaceOrder') rememberCommand(state, note, atMs);
  return state;
}

type Placed = OrderPlaced | OrderArchived | Extract<OrderEvent, { type: 'HintKept' }>;

function nextState(order: Order | undefined, event: OrderStepEvent | Placed): Order['state'] | 'none' {
  const from = order?.state ?? 'none';
  const step = orderStepOf(event);
  const next = orderPath[step][from];
  if (next === null) throw new Error(`${step} of ${event.orderId} cannot stand in state ${from}`);
  return next;
}

function fold(order: Order, event: OrderStepEvent, atMs: number): void {
  if (isPaymentEvent(event)) {
    evolvePayment(order.payment, event, atMs);
    if (event.type === 'RefundRecorded' && event.as === 'failed') failRefund(order, event.refundId);
    return;
  }
  switch (event.type) {
    case 'HoldRecorded': {
      const hold = holdOf(order, event.holdId);
      if (event.as === 'reversed') hold.reversing -= 1;
      else hold.state = event.as;
      return;
    }
    case 'CommitRecorded':
      holdOf(order, event.holdId).state = 'committed';
      return;
    case 'CancelNoted':
      order.cancelNoted = event.reason;
      return;
    case 'UnwindStarted': {
      const asksStock = event.holds.length + event.commits.length > 0;
      const isStockAsked = asksStock || (order.unwinding?.isStockAsked ?? false);
      order.unwinding = { to: event.to, reason: event.reason, isStockAsked };
      order.restedAtMs = null;
      for (const { holdId } of event.commits) holdOf(order, holdId).reversing += 1;
      return;
    }
    case 'OrderConfirmed':
    case 'OrderClosed':
      order.restedAtMs = atMs;
      return;
    case 'LinesCancelled':
      for (const { holdId } of event.lines) holdOf(order, holdId).reversing += 1;
      return evolveAfterSales(order, event, atMs);
    case 'RefundRequested':
      if (event.origin === 'cancel' || event.origin === 'late-money') {
        order.givenBackMinor = order.payment.capturedMinor;
      }
      return evolveAfterSales(order, event, atMs);
    case 'ShipmentRecorded':
    case 'DeliveryRecorded':
    case 'ReturnRequested':
    case 'ReturnReceived':
    case 'ReturnLapsed':
      return evolveAfterSales(order, event, atMs);
    case 'CommitStarted':
      return;
  }
}
