import type { HoldRecorded } from '../../schemas/generated/orders-events.ts';
import { anomalous, eventsOfCell, ignored, type NoteSubject } from '../../schemas/notes.ts';
import { orderTransitions } from '../../schemas/order-transitions.ts';
import { requestAuthorize, requestCapture } from '../payments/request-payment.ts';
import { endingOf } from './decide-money.ts';
import { closeOrder, commitHolds, confirmOrder, type Ending, nobody, startUnwind } from './order-events.ts';
import { OrderDraft } from './order-draft.ts';
import type { Order, OrderCommand, OrderEvent, OrderHold } from './order.ts';
import { isUndone, unwind } from './unwind-order.ts';

export type Reply = Extract<
  OrderCommand,
  { type: 'HoldPlaced' | 'HoldRefused' | 'HoldReleased' | 'HoldCommitted' | 'CommitReversed' }
>;

/** What stock said of one hold. The hold, and the quantity of a hold, must be the order's. */
export function decideReply(
  order: Order,
  reply: Reply,
  about: NoteSubject,
  atMs: number,
): readonly OrderEvent[] {
  const hold = order.holds.find(({ holdId }) => holdId === reply.holdId);
  const on = (rule: (hold: OrderHold) => readonly OrderEvent[]) => () => {
    if (!hold) return [anomalous(about, 'unknown-hold')];
    return isQuantityOf(hold, reply) ? rule(hold) : [anomalous(about, 'quantity-differs')];
  };
  const cell = orderTransitions[reply.type][order.state];
  return eventsOfCell<string, string, OrderEvent>(cell, about, {
    'record-placed': on((placed) => recordPlaced(order, placed, about)),
    'record-late-placed': on((placed) =>
      placed.state === 'asked' ? [recorded(order, placed, 'placed')] : [ignored(about, 'already-recorded')],
    ),
    'unwind-rejected': on((ended) => unwindRejected(order, ended, reply, about)),
    'end-hold': on((ended) => endHold(order, ended, reply, about)),
    'record-commit': on((committed) => recordCommit(order, committed, about, atMs)),
    'record-reversal': on((reversed) =>
      reversed.reversing === 0
        ? [ignored(about, 'already-recorded')]
        : [recorded(order, reversed, 'reversed')],
    ),
    'end-commit': on((reversed) => endCommit(order, reversed, about)),
  });
}

/** A tombstone releases a hold that stock never placed: 0. A reversal is of a part. */
function isQuantityOf({ quantity }: OrderHold, reply: Reply): boolean {
  if (reply.type === 'CommitReversed') return reply.quantity <= quantity;
  return reply.quantity === quantity || (reply.type === 'HoldReleased' && reply.quantity === 0);
}

function recordPlaced(order: Order, hold: OrderHold, about: NoteSubject): readonly OrderEvent[] {
  if (hold.state !== 'asked') return [ignored(about, 'already-recorded')];
  const event = recorded(order, hold, 'placed');
  if (order.holds.some((other) => other !== hold && other.state === 'asked')) return [event];
  return order.totalMinor === 0
    ? [event, commitHolds(order)]
    : [event, requestAuthorize(order, order.paymentToken)];
}

function unwindRejected(
  order: Order,
  hold: OrderHold,
  reply: Reply,
  about: NoteSubject,
): readonly OrderEvent[] {
  if (hold.state !== 'asked') return [anomalous(about, 'contradicts-placed')];
  const reason = reply.type === 'HoldRefused' ? reply.reason : 'unspecified';
  const ending: Ending = { to: 'Rejected', reason };
  const holds = order.holds.filter((other) => other !== hold);
  const started = startUnwind(order, ending, { holds, commits: [] }, nobody);
  const refused = recorded(order, hold, 'refused');
  return holds.length === 0 ? [refused, started, closeOrder(order, ending)] : [refused, started];
}

function endHold(order: Order, hold: OrderHold, reply: Reply, about: NoteSubject): readonly OrderEvent[] {
  if (hold.state === 'refused' || hold.state === 'released') return [ignored(about, 'already-recorded')];
  if (reply.type === 'HoldRefused' && hold.state === 'placed') {
    return [anomalous(about, 'contradicts-placed')];
  }
  const event = recorded(order, hold, reply.type === 'HoldRefused' ? 'refused' : 'released');
  return ended(order, hold, event);
}

function endCommit(order: Order, hold: OrderHold, about: NoteSubject): readonly OrderEvent[] {
  if (hold.reversing === 0) return [ignored(about, 'already-recorded')];
  const event = recorded(order, hold, 'reversed');
  // the undo waits for the money, or pieces of the same hold for another answer
  return hold.reversing > 1 || !order.unwinding?.isStockAsked ? [event] : ended(order, hold, event);
}

const ended = (order: Order, hold: OrderHold, event: HoldRecorded): readonly OrderEvent[] =>
  order.unwinding && isUndone(order, hold) ? [event, closeOrder(order, order.unwinding)] : [event];

/** The last commit captures; or it confirms what is captured or free; or what was noted is acted on now. */
function recordCommit(
  order: Order,
  hold: OrderHold,
  about: NoteSubject,
  atMs: number,
): readonly OrderEvent[] {
  if (hold.state === 'committed') return [ignored(about, 'already-recorded')];
  const { store, orderId, payment } = order;
  const event = { type: 'CommitRecorded', store, orderId, holdId: hold.holdId } as const;
  if (order.holds.some((other) => other !== hold && other.state !== 'committed')) return [event];
  const isFree = order.totalMinor === 0;
  const isTaken = payment.state === 'Captured';
  if (order.cancelNoted !== null || !(isFree || isTaken || payment.state === 'Authorized')) {
    const draft = new OrderDraft(order, atMs);
    draft.emit(event);
    unwind(draft, endingOf(order, lostMoney(order)));
    return draft.events;
  }
  return isFree || isTaken ? [event, confirmOrder(order)] : [event, requestCapture(order, payment)];
}

/** How an order ends whose reservation ended by itself while stock was committed. */
const lostMoney = ({ payment }: Order): Ending =>
  payment.state === 'Declined'
    ? { to: 'Declined', reason: 'payment-declined' }
    : { to: 'Expired', reason: 'payment-lapsed' };

const recorded = (order: Order, hold: OrderHold, as: HoldRecorded['as']): HoldRecorded => ({
  type: 'HoldRecorded',
  store: order.store,
  orderId: order.orderId,
  holdId: hold.holdId,
  as,
});
