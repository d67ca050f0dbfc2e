import type { CommandBody, OrderLine } from '../../schemas/generated/orders-commands.ts';
import type {
  CommandIgnored,
  CommandRefused,
  EventBody,
  Hold,
  OrderPlaced,
  UnwindStarted,
} from '../../schemas/generated/orders-events.ts';
import type { OrderState, RuntimeEvent } from '../../schemas/order-transitions.ts';
import type { Note } from '../../schemas/notes.ts';
import { createRecentIds, type RecentIds, recallId, rememberId } from '../../schemas/recent-ids.ts';
import { createPayment, type Payment } from '../payments/payment.ts';
import type { AfterSales } from './after-sales.ts';

/** A Redrive is the runtime's alone. */
export type OrderCommand = Exclude<CommandBody, { type: 'Redrive' }>;
export type OrderEvent = EventBody;
/** The events that move an order once it is placed. */
export type OrderStepEvent = Exclude<
  OrderEvent,
  Note | { type: RuntimeEvent | 'OrderPlaced' | 'OrderArchived' | 'HintKept' }
>;

/** What is known of one hold: asked for, then as stock said. */
export interface OrderHold extends Hold {
  state: 'asked' | 'placed' | 'refused' | 'released' | 'committed';
  /** Reversals of the commit that stock was asked for and has not answered. */
  reversing: number;
}

/** Where an order unwinds to. */
export interface Unwinding extends Pick<UnwindStarted, 'to' | 'reason'> {
  /** Stock was asked to undo its part, which waits for the money. */
  readonly isStockAsked: boolean;
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
  readonly taxRule: OrderPlaced['taxRule'];
  readonly totalMinor: number;
  /** Sealed. */
  readonly paymentToken: string;
  readonly placedAtMs: number;
  readonly orderedAtMs: number | null;
  /** Also the time the customer has to pay (domain §3, payBy). */
  readonly holdUntilMs: number;
  /** One for each SKU, in SKU order. */
  readonly holds: readonly OrderHold[];
  readonly payment: Payment;
  /** `atMs` of the event that brought it to rest; null before, and while a confirmed order is undone. */
  restedAtMs: number | null;
  /** Why it is to be cancelled at the next determinate answer; null if nobody asked. */
  cancelNoted: string | null;
  /** Where it unwinds to; null before. */
  unwinding: Unwinding | null;
  /** Of what is captured, as much as the undo asked back. A refund that fails is a debt: closing does not wait for it. */
  givenBackMinor: number;
  /** What became of its pieces and of refunds; null until something did. */
  after: AfterSales | null;
  /** Fingerprint of each command from outside of the last 24 h, by command id; null until there was one. */
  commands: RecentIds<string | null> | null;
}

/** A new order as its first event has it. */
export const createOrder = (event: OrderPlaced, atMs: number): Order => ({
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
  taxRule: event.taxRule,
  totalMinor: event.totalMinor,
  paymentToken: event.paymentToken,
  placedAtMs: atMs,
  orderedAtMs: event.orderedAtMs,
  holdUntilMs: event.holdUntilMs,
  holds: event.holds.map(({ holdId, sku, quantity }) => ({
    holdId,
    sku,
    quantity,
    state: 'asked',
    reversing: 0,
  })),
  payment: createPayment(),
  restedAtMs: null,
  cancelNoted: null,
  unwinding: null,
  givenBackMinor: 0,
  after: null,
  commands: null,
});

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
  taxRule: 'exclusive',
  totalMinor: 0,
  paymentToken: '',
  placedAtMs: 0,
  orderedAtMs: null,
  holdUntilMs: 0,
  holds: [],
  payment: createPayment(),
  restedAtMs: null,
  cancelNoted: null,
  unwinding: null,
  givenBackMinor: 0,
  after: null,
  commands: null,
});

export const isArchived = (order: { readonly orderId: string }): boolean => order.orderId === '';

/** The order's hold of that id. Throws if it has none: the journal is wrong. */
export function holdOf(order: Order, holdId: string): OrderHold {
  const hold = order.holds.find((candidate) => candidate.holdId === holdId);
  if (!hold) throw new Error(`${order.orderId} has no hold ${holdId}`);
  return hold;
}

/** The hold is over: refused, released, or committed and, in an order that is undone, taken back. */
export const isEnded = ({ state, reversing }: OrderHold): boolean =>
  state === 'refused' || state === 'released' || (state === 'committed' && reversing === 0);

/** The fingerprint of a command from outside the order has decided in the last 24 h; undefined if it has not. */
export const recallCommand = (
  { commands }: Order,
  commandId: string,
  atMs: number,
): string | null | undefined => (commands === null ? undefined : recallId(commands, commandId, atMs));

/** A decided command from outside is remembered, also if it was refused: a late copy must find the same answer. */
export function rememberCommand(
  order: Order,
  event: OrderStepEvent | CommandIgnored | CommandRefused,
  atMs: number,
): void {
  if (!('commandId' in event) || event.commandId === null) return;
  order.commands ??= createRecentIds();
  rememberId(order.commands, event.commandId, event.fingerprint, atMs);
}
