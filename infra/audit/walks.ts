import type { EventBody as OrderBody, OrderPlaced } from '../../schemas/generated/orders-events.ts';
import type { EventBody as StockBody } from '../../schemas/generated/stock-events.ts';
import { orderPath, orderStepOf } from '../../schemas/order-path.ts';
import type { OrderState } from '../../schemas/order-transitions.ts';
import { paymentPath, type PaymentState } from '../../schemas/payment-transitions.ts';
import { skuPath, type SkuState, stockStepOf } from '../../schemas/stock-transitions.ts';
import { oneOf } from './one-of.ts';

/** Events that ask for money moves, answer them, or say how long they may stay unanswered. */
const movesDoubt = oneOf(
  'PaymentOpRequested',
  'PaymentUnknown',
  'PaymentPending',
  'PaymentActionRequired',
  'PaymentAuthorized',
  'PaymentCaptureFailed',
  'PaymentDeclined',
  'PaymentCaptured',
  'PaymentVoided',
  'PaymentLapsed',
);

/** An order as far as its events were walked. */
export interface WalkedOrder {
  readonly store: string;
  readonly fingerprint: string | null;
  readonly holdUntilMs: number;
  /** Until when unknown money may stay so; null while it is known, or in version 1. */
  decideByMs: number | null;
  /** A cancel waits for the next determinate answer, or was asked for. */
  isCancelAsked: boolean;
  /** The provider refused to capture. */
  hasCaptureFailed: boolean;
  /** What it is being undone to. */
  unwindsTo: OrderBodyOf<'UnwindStarted'>['to'] | null;
  /** Its latest UnwindStarted is not its first: it names the stock once the money is settled. */
  isUnwindingOn: boolean;
  /** A person is asked about its money. */
  needsPerson: boolean;
  state: OrderState;
  /** `atMs` of the event that led to the state. */
  sinceMs: number;
  /** Out of the processor's memory: nothing of it may follow. */
  isArchived: boolean;
  money: PaymentState;
  /** Money moves ever asked for, `opId/attempt`. */
  readonly asked: Set<string>;
  /** Operations without a determinate answer, but refunds: those hold up nothing. */
  readonly open: Set<string>;
}

export type OrderBodyOf<T extends OrderBody['type']> = Extract<OrderBody, { type: T }>;
/** What speaks of one order. */
export type OwnBody = Extract<OrderBody, { orderId: string }>;
export type SkuBody = Extract<StockBody, { sku: string }>;

/**
 * The auditor's own walk through the path tables of `schemas/`: where each order, its money and each SKU of the
 * partition stands. Rule I-04 moves it; the rules after I-04 look where things stand.
 */
export class Walks {
  orders = new Map<string, WalkedOrder>();
  skus = new Map<string, SkuState>();
  /** Open orders that wait for a person, as rule I-05 finds them: their holds stay. Over all partitions. */
  readonly waiting = new Set<string>();
  /** How often each cell was walked, `<state> <step>`; over all partitions. */
  readonly steps = new Map<string, number>();

  /**
   * Moves an order by an event of the time `atMs`; returns what is wrong, or null. An order goes on from where a wrong
   * event leads, if anywhere.
   */
  walkOrder(body: OwnBody, atMs: number): string | null {
    const known = this.orders.get(body.orderId);
    const order = known ?? (body.type === 'OrderPlaced' ? this.place(body) : null);
    if (order === null)
      return isOfNoOrder(body) ? null : `${body.type} of order ${body.orderId}, which was never placed`;
    const step = orderStepOf(body);
    const from = known?.state ?? 'none';
    const to = this.look(orderPath, step, from);
    const money = stepOfMoney(step) ? this.look(paymentPath, step, order.money) : order.money;
    const wrong =
      to === null
        ? `${step} of order ${body.orderId}, which is ${from}`
        : money === null
          ? `${step} of order ${body.orderId}, whose money is ${order.money}`
          : null;
    const wrongly = wrong ?? wrongInArchive(order, body) ?? wrongInUnwinding(order, body);
    if (to !== null && to !== from) {
      order.state = to;
      order.sinceMs = atMs;
    }
    order.money = money ?? order.money;
    noteOperation(order, body);
    return wrongly;
  }

  /** Moves a SKU; returns what is wrong, or null. */
  walkSku(body: SkuBody): string | null {
    const key = `${body.store}/${body.sku}`;
    const from = this.skus.get(key) ?? 'Unknown';
    const step = stockStepOf(body);
    const to = this.look(skuPath, step, from);
    if (to === null) return `${step} of ${key}, which is ${from}`;
    this.skus.set(key, to);
    return null;
  }

  /** Orders and SKUs live in one partition. */
  leavePartition(): void {
    this.orders = new Map();
    this.skus = new Map();
  }

  private place(body: OrderPlaced): WalkedOrder {
    const { store, fingerprint, holdUntilMs } = body;
    const order: WalkedOrder = {
      store,
      fingerprint,
      holdUntilMs,
      decideByMs: null,
      isCancelAsked: false,
      hasCaptureFailed: false,
      unwindsTo: null,
      isUnwindingOn: false,
      needsPerson: false,
      state: 'none',
      sinceMs: 0,
      isArchived: false,
      money: 'None',
      asked: new Set(),
      open: new Set(),
    };
    this.orders.set(body.orderId, order);
    return order;
  }

  private look<State extends string>(table: Table<State>, step: string, from: State): State | null {
    const to = table[step]?.[from] ?? null;
    if (to !== null) {
      const cell = `${from} ${step}`;
      this.steps.set(cell, (this.steps.get(cell) ?? 0) + 1);
    }
    return to;
  }
}

type Table<State extends string> = Readonly<
  Record<string, Readonly<Record<State, State | null>> | undefined>
>;

/** What is kept of a provider's news about an order nobody placed yet, or none at all (payments §6). */
export const isOfNoOrder = (body: OwnBody): boolean =>
  body.type === 'HintKept' ||
  (body.orderId.startsWith('psp:') && (body.type === 'DiscrepancyRecorded' || body.type === 'PersonNeeded'));

const stepOfMoney = (step: string): boolean => step in paymentPath;

/** An order is undone to one end, and ends as it was to. */
function wrongInUnwinding(order: WalkedOrder, body: OwnBody): string | null {
  if (body.type === 'CancelNoted') order.isCancelAsked = true;
  if (body.type === 'PaymentCaptureFailed') order.hasCaptureFailed = true;
  if (body.type === 'PersonNeeded') order.needsPerson = true;
  if (body.type === 'PaymentResolved') order.needsPerson = false;
  if (body.type === 'OrderClosed')
    return body.as === order.unwindsTo
      ? null
      : `order ${body.orderId} is closed as ${body.as}, it was to be ${order.unwindsTo}`;
  if (body.type !== 'UnwindStarted') return null;
  const before = order.unwindsTo;
  order.isUnwindingOn = before !== null;
  order.unwindsTo = body.to;
  return before === null || before === body.to
    ? null
    : `order ${body.orderId} unwinds to ${body.to}, it did to ${before}`;
}

/** What is archived rests, says since when, and is done with. */
function wrongInArchive(order: WalkedOrder, body: OwnBody): string | null {
  if (order.isArchived) return `${body.type} of order ${body.orderId}, which is archived`;
  if (body.type !== 'OrderArchived') return null;
  order.isArchived = true;
  return body.as === order.state && body.atRestSinceMs === order.sinceMs
    ? null
    : `order ${body.orderId} is archived as ${body.as} since ${body.atRestSinceMs}, it is ${order.state} since ${order.sinceMs}`;
}

/** Which money moves were asked for, and which of them have no determinate answer. */
function noteOperation(order: WalkedOrder, body: OwnBody): void {
  const { asked, open } = order;
  if (!movesDoubt(body)) return;
  switch (body.type) {
    case 'PaymentOpRequested':
      asked.add(`${body.opId}/${body.attempt}`);
      if (body.kind !== 'refund') open.add(body.opId);
      return;
    case 'PaymentUnknown':
      if (body.kind !== 'refund') order.decideByMs = body.decideByMs;
      return;
    // The customer, or the provider, is at it: that has another deadline.
    case 'PaymentPending':
    case 'PaymentActionRequired':
      order.decideByMs = null;
      return;
    // The provider reserved: what is being taken or dropped is still to be answered.
    case 'PaymentAuthorized':
    case 'PaymentCaptureFailed':
      order.decideByMs = null;
      open.delete(body.opId);
      return;
    // Whatever was under way, this is what came of it.
    case 'PaymentDeclined':
    case 'PaymentCaptured':
    case 'PaymentVoided':
    case 'PaymentLapsed':
      order.decideByMs = null;
      open.clear();
  }
}
