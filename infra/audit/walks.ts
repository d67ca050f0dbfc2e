import type { EventBody as OrderBody, OrderPlaced } from '../../schemas/generated/orders-events.ts';
import type { EventBody as StockBody } from '../../schemas/generated/stock-events.ts';
import { orderPath, orderStepOf } from '../../schemas/order-path.ts';
import type { OrderState } from '../../schemas/order-transitions.ts';
import { paymentPath, type PaymentState } from '../../schemas/payment-transitions.ts';
import { skuPath, type SkuState, stockStepOf } from '../../schemas/stock-transitions.ts';

/** An order as far as its events were walked. */
export interface WalkedOrder {
  readonly store: string;
  readonly fingerprint: string | null;
  readonly holdUntilMs: number;
  state: OrderState;
  /** `atMs` of the event that led to the state. */
  sinceMs: number;
  /** Out of the processor's memory: nothing of it may follow. */
  isArchived: boolean;
  money: PaymentState;
  /** Money moves ever asked for, `opId/attempt`. */
  readonly asked: Set<string>;
  /** Operations without a determinate answer. */
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
  /** How often each cell was walked, `<state> <step>`; over all partitions. */
  readonly steps = new Map<string, number>();

  /**
   * Moves an order by an event of the time `atMs`; returns what is wrong, or null. An order goes on from where a wrong
   * event leads, if anywhere.
   */
  walkOrder(body: OwnBody, atMs: number): string | null {
    const known = this.orders.get(body.orderId);
    const order = known ?? (body.type === 'OrderPlaced' ? this.place(body) : null);
    if (order === null) return `${body.type} of order ${body.orderId}, which was never placed`;
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
    const wrongly = wrong ?? wrongInArchive(order, body);
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

const stepOfMoney = (step: string): boolean => step.startsWith('Payment');

/** What is archived rests, says since when, and is done with. */
function wrongInArchive(order: WalkedOrder, body: OwnBody): string | null {
  if (order.isArchived) return `${body.type} of order ${body.orderId}, which is archived`;
  if (body.type !== 'OrderArchived') return null;
  order.isArchived = true;
  return body.as === order.state && body.atRestSinceMs === order.sinceMs
    ? null
    : `order ${body.orderId} is archived as ${body.as} since ${body.atRestSinceMs}, it is ${order.state} since ${order.sinceMs}`;
}

/** Which money moves are asked for, and which of them have no determinate answer. */
function noteOperation({ asked, open }: WalkedOrder, body: OwnBody): void {
  if (body.type === 'PaymentOpRequested') {
    asked.add(`${body.opId}/${body.attempt}`);
    open.add(body.opId);
  } else if (determinate.has(body.type) && 'opId' in body && body.opId !== null) {
    open.delete(body.opId);
  }
}

/** Events that say what the provider did. */
const determinate = new Set<OwnBody['type']>([
  'PaymentAuthorized',
  'PaymentDeclined',
  'PaymentCaptured',
  'PaymentCaptureFailed',
  'PaymentVoided',
  'PaymentLapsed',
  'RefundRecorded',
  'PaymentResolved',
]);
