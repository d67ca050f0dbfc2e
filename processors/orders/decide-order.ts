import type { Command, ReportOutcome } from '../../schemas/generated/orders-commands.ts';
import type { HoldRecorded } from '../../schemas/generated/orders-events.ts';
import {
  anomalous,
  eventsOfCell,
  ignored,
  noteSubject,
  type NoteSubject,
  refused,
} from '../../schemas/notes.ts';
import {
  archivedTransitions,
  type OrderCell,
  type OrderRow,
  orderTransitions,
} from '../../schemas/order-transitions.ts';
import { decidePayment } from '../payments/decide-payment.ts';
import type { PaymentEvent } from '../payments/payment.ts';
import { requestAuthorize, requestCapture } from '../payments/request-payment.ts';
import { closeOrder, commitHolds, confirmOrder, placeOrder, unwindOrder } from './order-events.ts';
import { isArchived, type Order, type OrderCommand, type OrderEvent, type OrderHold } from './order.ts';

type Of<T extends OrderCommand['type']> = Extract<OrderCommand, { type: T }>;
type Reply = Of<'HoldPlaced' | 'HoldRefused' | 'HoldReleased' | 'HoldCommitted'>;

/**
 * Decides one command for one order by `orderTransitions`; `atMs` is the log's clock. Refusals, no-ops and anomalies
 * are events; only a known repeat gives none. Throws only on a bug.
 */
export function decideOrder(
  order: Order | undefined,
  command: Command<OrderCommand>,
  atMs: number,
  holdTtlMs: number,
): readonly OrderEvent[] {
  const { body } = command;
  if (body.type === 'Tick') return [{ type: 'TimePassed', atMs }];
  const about = noteSubject(command, body.orderId, order?.state ?? 'none');
  if (order && isArchived(order)) {
    const archived = { ...about, state: 'archived' };
    return eventsOfCell<string, string, OrderEvent>(archivedTransitions[body.type], archived, {});
  }
  if (!order) {
    return eventsOfCell<string, string, OrderEvent>(orderTransitions[body.type].none, about, {
      place: () => (body.type === 'PlaceOrder' ? [placeOrder(command, body, atMs + holdTtlMs)] : []),
    });
  }
  switch (body.type) {
    case 'PlaceOrder':
      return byCell(order, body.type, about, {
        'compare-fingerprint': () =>
          command.fingerprint === order.fingerprint ? [] : [refused(about, 'key-reused')],
      });
    case 'ReportOutcome':
      return byCell(order, body.type, about, {
        'ask-payment-machine': () => report(order, body, about, atMs),
      });
    case 'HoldPlaced':
    case 'HoldRefused':
    case 'HoldReleased':
    case 'HoldCommitted':
      return decideReply(order, body, about);
    default:
      return byCell(order, body.type, about, {});
  }
}

const byCell = (
  order: Order,
  row: OrderRow,
  about: NoteSubject,
  rules: Parameters<typeof eventsOfCell<string, Extract<OrderCell, { is: 'rule' }>['rule'], OrderEvent>>[2],
): readonly OrderEvent[] => eventsOfCell(orderTransitions[row][order.state], about, rules);

/** What stock said of one hold. The hold and its quantity must be the order's. */
function decideReply(order: Order, reply: Reply, about: NoteSubject): readonly OrderEvent[] {
  const hold = order.holds.find(({ holdId }) => holdId === reply.holdId);
  const on = (rule: (hold: OrderHold) => readonly OrderEvent[]) => () => {
    if (!hold) return [anomalous(about, 'unknown-hold')];
    // a tombstone releases a hold that stock never placed: 0
    const isTombstone = reply.type === 'HoldReleased' && reply.quantity === 0;
    if (hold.quantity !== reply.quantity && !isTombstone) return [anomalous(about, 'quantity-differs')];
    return rule(hold);
  };
  return byCell(order, reply.type, about, {
    'record-placed': on((placed) => recordPlaced(order, placed, about)),
    'record-late-placed': on((placed) =>
      placed.state === 'asked' ? [recorded(order, placed, 'placed')] : [ignored(about, 'already-recorded')],
    ),
    'unwind-rejected': on((ended) => unwindRejected(order, ended, reply, about)),
    'end-hold': on((ended) => endHold(order, ended, reply, about)),
    'record-commit': on((committed) => recordCommit(order, committed, about)),
  });
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
  const others = order.holds.filter((other) => other !== hold);
  return [recorded(order, hold, 'refused'), ...unwindOrder(order, 'Rejected', reason, others)];
}

function endHold(order: Order, hold: OrderHold, reply: Reply, about: NoteSubject): readonly OrderEvent[] {
  if (isEnded(hold)) return [ignored(about, 'already-recorded')];
  if (reply.type === 'HoldRefused' && hold.state === 'placed') {
    return [anomalous(about, 'contradicts-placed')];
  }
  const event = recorded(order, hold, reply.type === 'HoldRefused' ? 'refused' : 'released');
  const open = order.holds.some((other) => other !== hold && !isEnded(other));
  if (open || !order.unwinding) return [event];
  return [event, closeOrder(order, order.unwinding.to, order.unwinding.reason)];
}

function recordCommit(order: Order, hold: OrderHold, about: NoteSubject): readonly OrderEvent[] {
  if (hold.state === 'committed') return [ignored(about, 'already-recorded')];
  const event = {
    type: 'CommitRecorded',
    store: order.store,
    orderId: order.orderId,
    holdId: hold.holdId,
  } as const;
  if (order.holds.some((other) => other !== hold && other.state !== 'committed')) return [event];
  return order.totalMinor === 0
    ? [event, confirmOrder(order)]
    : [event, requestCapture(order, order.payment)];
}

/** Reads an outcome by the payment machine, then acts on its result by the order's own table. */
function report(
  order: Order,
  outcome: ReportOutcome,
  about: NoteSubject,
  atMs: number,
): readonly OrderEvent[] {
  const { events, result, note } = decidePayment(order, order.payment, outcome, atMs);
  const money = { ...about, state: `${order.state}/${order.payment.state}` };
  const notes =
    note === null || note.is === 'repeat' ? [] : eventsOfCell<string, string, OrderEvent>(note, money, {});
  if (result === null) return [...events, ...notes];
  const acted = byCell(order, result, money, {
    'start-commit': () => [...events, commitHolds(order)],
    'unwind-declined': () => [...events, ...unwindOrder(order, 'Declined', declineCode(events), order.holds)],
    confirm: () => [...events, confirmOrder(order)],
    'record-money': () => events,
  });
  return [...acted, ...notes];
}

const declineCode = (events: readonly PaymentEvent[]): string =>
  events.find((event) => event.type === 'PaymentDeclined')?.code ?? 'unspecified';

const isEnded = (hold: OrderHold): boolean => hold.state === 'refused' || hold.state === 'released';

const recorded = (order: Order, hold: OrderHold, as: HoldRecorded['as']): HoldRecorded => ({
  type: 'HoldRecorded',
  store: order.store,
  orderId: order.orderId,
  holdId: hold.holdId,
  as,
});

/** An order that has been at rest for long enough leaves the state. */
export const archiveOrder = (order: Order): readonly OrderEvent[] => [
  {
    type: 'OrderArchived',
    store: order.store,
    orderId: order.orderId,
    as: order.state,
    atRestSinceMs: order.restedAtMs ?? 0,
  },
];
