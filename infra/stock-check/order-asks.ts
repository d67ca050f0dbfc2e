import type { Event, EventBody, OrderPlaced } from '../../schemas/generated/orders-events.ts';
import { skuKeyOf } from '../../schemas/ids.ts';
import type { MessagePair } from '../../schemas/source-mark.ts';

/** Pieces an order has asked stock to move: in all, and of messages that stock has decided. */
export interface Asked {
  all: number;
  decided: number;
}

/** What an order's journal has asked for one of its holds. */
export interface AskedHold {
  readonly holdId: string;
  readonly orderId: string;
  readonly key: string;
  readonly quantity: number;
  readonly placed: Asked;
  readonly committed: Asked;
  readonly released: Asked;
  readonly reversed: Asked;
  readonly shipped: Asked;
  /** The order heard that it was placed. */
  isHeard: boolean;
}

/** Sellable pieces that came back with one line of a receipt. */
export interface AskedRestock {
  readonly orderId: string;
  readonly returnId: string;
  readonly receiptId: string;
  readonly key: string;
  readonly store: string;
  readonly sku: string;
  readonly quantity: number;
  readonly isDecided: boolean;
}

export interface AskingOrder {
  readonly store: string;
  state: 'open' | 'unwinding' | 'confirmed' | 'closed';
  readonly holds: Map<string, AskedHold>;
}

/** True if stock has decided the message `pair` of `source` for this SKU. */
export type HasDecided = (key: string, source: string, pair: MessagePair) => boolean;

interface Pieces {
  readonly holdId: string;
  readonly quantity: number;
}

const stateAfter: Readonly<Partial<Record<EventBody['type'], AskingOrder['state']>>> = {
  UnwindStarted: 'unwinding',
  OrderConfirmed: 'confirmed',
  OrderClosed: 'closed',
};

/**
 * What the orders journal has asked of stock, by the reactions of `messages.md` §5, and what of it stock has
 * decided by now. Give it the valid events of each partition in order, after the stock journal was read.
 */
export class OrderAsks {
  readonly orders = new Map<string, AskingOrder>();
  /** By `store/SKU returnId:receiptId`. */
  readonly restocks = new Map<string, AskedRestock>();
  private readonly hasDecided: HasDecided;

  constructor(hasDecided: HasDecided) {
    this.hasDecided = hasDecided;
  }

  fold(partition: number, { seq, body }: Event): void {
    const at = { source: `orders/${partition}`, seq };
    if (body.type === 'OrderPlaced') return this.place(at, body);
    if (!('orderId' in body)) return;
    const order = this.orders.get(body.orderId);
    if (!order) return;
    if (body.type === 'HoldRecorded' && body.as === 'placed') {
      const hold = order.holds.get(body.holdId);
      if (hold) hold.isHeard = true;
    }
    if (body.type === 'CommitStarted') this.ask(order, at, 'committed', body.holds);
    if (body.type === 'UnwindStarted') {
      this.ask(order, at, 'released', body.holds);
      this.ask(order, at, 'reversed', body.commits, body.holds.length);
    }
    if (body.type === 'LinesCancelled') this.ask(order, at, 'reversed', body.lines);
    if (body.type === 'ShipmentRecorded') this.ask(order, at, 'shipped', body.lines);
    if (body.type === 'ReturnReceived' && body.sellable) this.takeBack(at, body);
    order.state = stateAfter[body.type] ?? order.state;
  }

  private place(at: At, { store, orderId, holds }: OrderPlaced): void {
    const asked = holds.map(({ holdId, sku, quantity }): [string, AskedHold] => [
      holdId,
      {
        holdId,
        orderId,
        key: skuKeyOf(store, sku),
        quantity,
        placed: { all: 0, decided: 0 },
        committed: { all: 0, decided: 0 },
        released: { all: 0, decided: 0 },
        reversed: { all: 0, decided: 0 },
        shipped: { all: 0, decided: 0 },
        isHeard: false,
      },
    ]);
    const order: AskingOrder = { store, state: 'open', holds: new Map(asked) };
    this.orders.set(orderId, order);
    this.ask(order, at, 'placed', holds);
  }

  private ask(
    order: AskingOrder,
    { source, seq }: At,
    what: 'placed' | 'committed' | 'released' | 'reversed' | 'shipped',
    pieces: readonly Pieces[],
    firstIndex = 0,
  ): void {
    for (const [i, { holdId, quantity }] of pieces.entries()) {
      const hold = order.holds.get(holdId);
      // then stock keeps nothing under that name either, or keeps it for nobody
      if (!hold) continue;
      hold[what].all += quantity;
      if (this.hasDecided(hold.key, source, { seq, index: firstIndex + i })) hold[what].decided += quantity;
    }
  }

  private takeBack({ source, seq }: At, body: Extract<EventBody, { type: 'ReturnReceived' }>): void {
    const { store, orderId, returnId } = body;
    for (const [index, { line, sku, quantity }] of body.lines.entries()) {
      const receiptId = `${body.receiptId}:${line}`;
      const key = skuKeyOf(store, sku);
      const isDecided = this.hasDecided(key, source, { seq, index });
      this.restocks.set(`${key} ${returnId}:${receiptId}`, {
        orderId,
        returnId,
        receiptId,
        key,
        store,
        sku,
        quantity,
        isDecided,
      });
    }
  }
}

interface At {
  readonly source: string;
  readonly seq: number;
}
