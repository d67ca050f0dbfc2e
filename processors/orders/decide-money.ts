import type { PaymentEvent } from '../payments/payment.ts';
import type { PaymentDecision } from '../payments/payment-decision.ts';
import { anomalous, eventsOfCell, ignored, type NoteSubject } from '../../schemas/notes.ts';
import { type OrderRule, orderTransitions } from '../../schemas/order-transitions.ts';
import { commitHolds, confirmOrder, type Ending } from './order-events.ts';
import { OrderDraft } from './order-draft.ts';
import type { Order, OrderEvent } from './order.ts';
import { settle, unwind } from './unwind-order.ts';

/**
 * What the order makes of a decision of the payment machine: its events, then what the order's own table does with the
 * result. `about` names the input for a note.
 */
export function decideMoney(
  order: Order,
  { events, result, note }: PaymentDecision,
  about: NoteSubject,
  atMs: number,
): readonly OrderEvent[] {
  const noted: readonly OrderEvent[] =
    note === null || note.is === 'repeat' ? [] : eventsOfCell<string, string, OrderEvent>(note, about, {});
  if (result === null) return noted.length === 0 ? events : [...events, ...noted];
  const cell = orderTransitions[result][order.state];
  if (cell.is === 'rule') return [...byRule(cell.rule, order, events, atMs), ...noted];
  if (cell.is === 'anomaly') return [...events, anomalous(about, cell.reason), ...noted];
  return events.length + noted.length > 0 ? [...events, ...noted] : [ignored(about, cell.reason)];
}

function byRule(
  rule: OrderRule,
  order: Order,
  events: readonly PaymentEvent[],
  atMs: number,
): readonly OrderEvent[] {
  switch (rule) {
    case 'record-money':
      return events;
    case 'start-commit':
    case 'commit-captured':
      return order.cancelNoted === null
        ? [...events, commitHolds(order)]
        : unwound(order, events, cancelled(order.cancelNoted), atMs);
    case 'confirm':
      return order.cancelNoted === null
        ? [...events, confirmOrder(order)]
        : unwound(order, events, cancelled(order.cancelNoted), atMs);
    case 'act-on-noted-cancel':
      return order.cancelNoted === null ? events : unwound(order, events, cancelled(order.cancelNoted), atMs);
    case 'unwind-declined':
    case 'unwind-capture-failed':
      return unwound(order, events, endingOf(order, { to: 'Declined', reason: codeOf(events) }), atMs);
    case 'unwind-expired':
      return unwound(order, events, endingOf(order, { to: 'Expired', reason: 'payment-lapsed' }), atMs);
    case 'give-up':
      return unwound(order, events, endingOf(order, { to: 'Expired', reason: 'payment-time' }), atMs);
    case 'settle': {
      const draft = new OrderDraft(order, atMs);
      draft.emit(...events);
      settle(draft);
      return draft.events;
    }
    default:
      throw new Error(`the rule ${rule} is none of a payment's result`);
  }
}

function unwound(
  order: Order,
  events: readonly PaymentEvent[],
  ending: Ending,
  atMs: number,
): readonly OrderEvent[] {
  const draft = new OrderDraft(order, atMs);
  draft.emit(...events);
  unwind(draft, ending);
  return draft.events;
}

const cancelled = (reason: string): Ending => ({ to: 'Cancelled', reason });

/** A cancel that was noted is what the order ends as, if it is undone anyway. */
export const endingOf = ({ cancelNoted }: Order, otherwise: Ending): Ending =>
  cancelNoted === null ? otherwise : cancelled(cancelNoted);

const codeOf = (events: readonly PaymentEvent[]): string => {
  for (const event of events) {
    if (event.type === 'PaymentDeclined' || event.type === 'PaymentCaptureFailed') return event.code;
  }
  return 'unspecified';
};
