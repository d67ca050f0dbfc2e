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
  if (cell.is === 'rule') return [...byRule(cell.rule, { order, events, atMs }), ...noted];
  if (cell.is === 'anomaly') return [...events, anomalous(about, cell.reason), ...noted];
  return events.length + noted.length > 0 ? [...events, ...noted] : [ignored(about, cell.reason)];
}

/** What a rule of a result reads: the order before the machine's events. */
interface News {
  readonly order: Order;
  readonly events: readonly PaymentEvent[];
  readonly atMs: number;
}

function byRule(rule: OrderRule, news: News): readonly OrderEvent[] {
  const decide = moneyRules[rule];
  if (!decide) throw new Error(`the rule ${rule} is none of a payment's result`);
  return decide(news);
}

/** Goes on, unless a cancel was noted: then the order is undone. */
const unlessCancelled =
  (next: (order: Order) => readonly OrderEvent[]) =>
  (news: News): readonly OrderEvent[] => {
    const { order, events } = news;
    return order.cancelNoted === null
      ? [...events, ...next(order)]
      : unwound(news, { to: 'Cancelled', reason: order.cancelNoted });
  };
const commit = unlessCancelled((order) => [commitHolds(order)]);
const declined = (news: News): readonly OrderEvent[] =>
  unwound(news, endingOf(news.order, { to: 'Declined', reason: codeOf(news.events) }));
const expired =
  (reason: string) =>
  (news: News): readonly OrderEvent[] =>
    unwound(news, endingOf(news.order, { to: 'Expired', reason }));

const moneyRules: Readonly<Partial<Record<OrderRule, (news: News) => readonly OrderEvent[]>>> = {
  'record-money': ({ events }) => events,
  'start-commit': commit,
  'commit-captured': commit,
  confirm: unlessCancelled((order) => [confirmOrder(order)]),
  'act-on-noted-cancel': unlessCancelled(() => []),
  'unwind-declined': declined,
  'unwind-capture-failed': declined,
  'unwind-expired': expired('payment-lapsed'),
  'give-up': expired('payment-time'),
  settle: ({ order, events, atMs }) => {
    const draft = new OrderDraft(order, atMs);
    draft.emit(...events);
    settle(draft);
    return draft.events;
  },
};

function unwound({ order, events, atMs }: News, ending: Ending): readonly OrderEvent[] {
  const draft = new OrderDraft(order, atMs);
  draft.emit(...events);
  unwind(draft, ending);
  return draft.events;
}

/** A cancel that was noted is what the order ends as, if it is undone anyway. */
export const endingOf = ({ cancelNoted }: Order, otherwise: Ending): Ending =>
  cancelNoted === null ? otherwise : { to: 'Cancelled', reason: cancelNoted };

const codeOf = (events: readonly PaymentEvent[]): string => {
  for (const event of events) {
    if (event.type === 'PaymentDeclined' || event.type === 'PaymentCaptureFailed') return event.code;
  }
  return 'unspecified';
};
