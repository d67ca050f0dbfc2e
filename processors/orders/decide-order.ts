import { assertNever } from '../../schemas/assert-never.ts';
import type { Command } from '../../schemas/generated/orders-commands.ts';
import { eventsOfCell, noteSubject, type NoteSubject, refused } from '../../schemas/notes.ts';
import { archivedTransitions, orderTransitions } from '../../schemas/order-transitions.ts';
import { decidePayment } from '../payments/decide-payment.ts';
import type { PaymentRules } from '../payments/payment-schedule.ts';
import { decideCancel } from './cancel-order.ts';
import { decideLines, type LineBody, lineIdOf } from './decide-lines.ts';
import { decideMoney } from './decide-money.ts';
import { decideReply } from './decide-reply.ts';
import { isKept, type OrderOrHints } from './evolve-order.ts';
import { keepHint, type KeptHints } from './kept-hints.ts';
import { askerOf, placeOrder } from './order-events.ts';
import { isArchived, type Order, type OrderCommand, type OrderEvent, recallCommand } from './order.ts';

type Body = Exclude<OrderCommand, { type: 'Tick' }>;

/** What a decision depends on beside order, command and time. */
export interface OrderSettings {
  /** How long stock is asked to be held, ms. */
  readonly holdTtlMs: number;
  /** What the provider can do; the deadlines of money follow from it. */
  readonly payments: PaymentRules;
}

/** The log's clock, and what the provider can do. */
interface Moment extends Pick<OrderSettings, 'payments'> {
  readonly atMs: number;
}

/**
 * Decides one command for one order by `orderTransitions`; `atMs` is the log's clock. Refusals, no-ops and anomalies
 * are events; only a known repeat gives none. Throws only on a bug.
 */
export function decideOrder(
  state: OrderOrHints | undefined,
  command: Command<OrderCommand>,
  atMs: number,
  settings: OrderSettings,
): readonly OrderEvent[] {
  const { body } = command;
  if (body.type === 'Tick') return [{ type: 'TimePassed', atMs }];
  const about = noteSubject(command, body.orderId, state?.state ?? 'none');
  if (state && isArchived(state)) {
    const archived = { ...about, state: 'archived' };
    return eventsOfCell<string, string, OrderEvent>(archivedTransitions[body.type], archived, {});
  }
  if (!state || isKept(state)) {
    const place = (): readonly OrderEvent[] =>
      body.type === 'PlaceOrder' ? [placeOrder(command, body, atMs + settings.holdTtlMs)] : [];
    return decideUnplaced(state, { ...command, body }, about, place);
  }
  return decidePlaced(state, { ...command, body }, about, { atMs, payments: settings.payments });
}

function decideUnplaced(
  kept: KeptHints | undefined,
  { body, store }: Command<Body>,
  about: NoteSubject,
  place: () => readonly OrderEvent[],
): readonly OrderEvent[] {
  return eventsOfCell<string, string, OrderEvent>(orderTransitions[body.type].none, about, {
    place,
    'keep-hint': () =>
      body.type === 'ProviderHint' || body.type === 'SettlementLine'
        ? keepHint(kept, body, store, about)
        : [],
  });
}

function decidePlaced(
  order: Order,
  { body, fingerprint }: Command<Body>,
  about: NoteSubject,
  moment: Moment,
): readonly OrderEvent[] {
  const { atMs } = moment;
  switch (body.type) {
    case 'PlaceOrder':
      return eventsOfCell<string, string, OrderEvent>(orderTransitions.PlaceOrder[order.state], about, {
        'compare-fingerprint': () =>
          fingerprint === order.fingerprint ? [] : [refused(about, 'key-reused')],
      });
    case 'HoldPlaced':
    case 'HoldRefused':
    case 'HoldReleased':
    case 'HoldCommitted':
    case 'CommitReversed':
      return decideReply(order, body, about, atMs);
    case 'ReportOutcome':
    case 'ReportFacts':
    case 'ProviderHint':
    case 'SettlementLine':
      return askPaymentMachine(order, body, about, moment);
    case 'ResolvePayment':
      return repeatOf(order, about, null, atMs) ?? askPaymentMachine(order, body, about, moment);
    case 'CancelOrder':
      return repeatOf(order, about, null, atMs) ?? decideCancel(order, body, about, atMs);
    case 'CancelLines':
    case 'RecordShipment':
    case 'RecordDelivery':
    case 'RequestReturn':
    case 'ReceiveReturn':
    case 'RequestRefund':
      return (
        repeatOf(order, about, lineIdOf(body, about.commandId), atMs) ?? byLines(order, body, about, atMs)
      );
    default:
      return assertNever(body);
  }
}

/**
 * The answer to a command from outside that is known by its command id, or by the id of what it asked for: nothing
 * for the same one again, a refusal for another one under that id. Null for a new one.
 */
function repeatOf(
  order: Order,
  about: NoteSubject,
  id: string | null,
  atMs: number,
): readonly OrderEvent[] | null {
  const byCommand = about.commandId === null ? undefined : recallCommand(order, about.commandId, atMs);
  const byId = id === null ? undefined : order.after?.ids.get(id);
  const known = byCommand === undefined ? byId : byCommand;
  if (known === undefined) return null;
  return known === about.fingerprint ? [] : [refused(about, 'key-reused')];
}

const byLines = (order: Order, body: LineBody, about: NoteSubject, atMs: number): readonly OrderEvent[] => {
  const decide = (): readonly OrderEvent[] => decideLines(order, body, about, atMs);
  return eventsOfCell<string, string, OrderEvent>(orderTransitions[body.type][order.state], about, {
    'cancel-lines': decide,
    ship: decide,
    deliver: decide,
    'request-return': decide,
    'receive-return': decide,
    refund: decide,
  });
};

type MoneyBody = Extract<
  Body,
  { type: 'ReportOutcome' | 'ReportFacts' | 'ProviderHint' | 'SettlementLine' | 'ResolvePayment' }
>;

/** Reads an input by the payment machine, then acts on its result by the order's own table. */
function askPaymentMachine(
  order: Order,
  body: MoneyBody,
  about: NoteSubject,
  { atMs, payments }: Moment,
): readonly OrderEvent[] {
  const decision = decidePayment(order, order.payment, body, atMs, payments);
  const money = { ...about, state: `${order.state}/${order.payment.state}` };
  const events = decideMoney(order, decision, money, atMs);
  if (body.type !== 'ResolvePayment') return events;
  return events.map((event) => (event.type === 'PaymentResolved' ? { ...event, ...askerOf(about) } : event));
}
