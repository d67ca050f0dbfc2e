import type {
  Event as OrderEvent,
  EventBody as OrderBody,
} from '../../../schemas/generated/orders-events.ts';
import type { Event as StockEvent, EventBody as StockBody } from '../../../schemas/generated/stock-events.ts';
import { holdIdOf, orderIdOf } from '../../../schemas/ids.ts';
import { reactionVersions } from '../../../schemas/reactions.ts';
import { stockKeys } from '../../../schemas/redis-keys.ts';
import type { JournalRecord, RedisEntry } from '../../audit/recording.ts';
import type { CheckedRecording } from '../check-stock.ts';

export const store = 's-1';
export const sku = 'MUG';
export const orderId = orderIdOf(store, 'cart-1');
export const holdId = holdIdOf(orderId, sku);
const atMs = 1_700_000_000_000;

/** What a test says of an event; the rest of it is plain. */
type Said<B> = { readonly type: string } & Partial<Record<keyof UnionToIntersection<B>, unknown>>;
type UnionToIntersection<U> = (U extends unknown ? (of: U) => void : never) extends (of: infer I) => void
  ? I
  : never;

/** An orders and a stock journal of one partition each, and the view of stock, written by hand. */
export class TwoJournals {
  private readonly records = { orders: [] as JournalRecord[], stock: [] as JournalRecord[] };
  private readonly view: RedisEntry[] = [];

  constructor() {
    for (const processor of ['orders', 'stock'] as const) {
      this.push(processor, 0, null, { type: 'Barrier', writer: 'w', follows: null });
    }
  }

  /** Appends an event of the order and returns its seq. */
  order(said: Said<OrderBody>): number {
    return this.push('orders', this.records.orders.length, null, { store, orderId, ...said });
  }

  /** Appends an event of the SKU; `of` is the pair of the message it decides. */
  stock(said: Said<StockBody>, of: readonly [seq: number, index: number] | null = null): number {
    return this.push('stock', this.records.stock.length, of, {
      store,
      sku,
      commandId: null,
      repeat: false,
      ...said,
    });
  }

  receive(quantity: number): this {
    this.stock({ type: 'StockReceived', quantity });
    return this;
  }

  /** The order asks for `quantity`, gets it and hears of it. */
  place(quantity: number): this {
    const seq = this.order({ type: 'OrderPlaced', holds: [{ holdId, sku, quantity }] });
    this.stock({ type: 'HoldPlaced', holdId, orderId, quantity }, [seq, 0]);
    this.order({ type: 'HoldRecorded', holdId, as: 'placed' });
    return this;
  }

  /** The hold becomes a sale and the order is confirmed. */
  sell(quantity: number): this {
    const seq = this.order({ type: 'CommitStarted', holds: [{ holdId, sku, quantity }] });
    this.stock({ type: 'HoldCommitted', holdId, orderId, quantity }, [seq, 0]);
    this.order({ type: 'OrderConfirmed' });
    return this;
  }

  close(): this {
    this.order({ type: 'OrderClosed', as: 'Cancelled' });
    return this;
  }

  /** A message that stock decided without moving a piece: so the ones before it are decided too. */
  decided(seq: number, index = 0): this {
    this.stock({ type: 'AnomalyRecorded', command: 'CommitHold', key: `${store}/${sku}` }, [seq, index]);
    return this;
  }

  /** The view, as of `seq`. */
  viewAt(seq: number, document: object | null, listed: readonly string[] = [sku]): this {
    const fields = { offset: `${seq}`, seq: `${seq}`, writer: 'w', cause: '0', atMs: '0' };
    this.view.push({ key: stockKeys.position(0), value: { is: 'hash', fields } });
    if (document) {
      const text = JSON.stringify(document);
      this.view.push({ key: stockKeys.sku(0, store, sku), value: { is: 'string', text } });
    }
    const scores = new Map(listed.map((name) => [name, 0]));
    this.view.push({ key: stockKeys.skus(0, store), value: { is: 'zset', scores } });
    return this;
  }

  recording(): CheckedRecording {
    return {
      partitions: 1,
      journal: (processor) => (processor === 'catalogue' ? [] : [this.records[processor]]),
      redis: () => this.view,
    };
  }

  private push(
    processor: 'orders' | 'stock',
    seq: number,
    of: readonly [number, number] | null,
    body: object,
  ): number {
    const cause = { offset: seq, source: of && 'orders/0', seq: of && of[0], index: of && of[1] };
    const version = reactionVersions[processor];
    const event = { seq, writer: 'w', cause, atMs, routedThrough: 0, version, body };
    const offset = this.records[processor].length;
    this.records[processor].push({
      offset,
      key: null,
      event: event as unknown as OrderEvent | StockEvent,
      crc: 0,
    });
    return seq;
  }
}
