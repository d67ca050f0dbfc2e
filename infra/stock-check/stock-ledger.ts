import type { Event, EventBody } from '../../schemas/generated/stock-events.ts';
import { comparePairs, type MessagePair } from '../../schemas/source-mark.ts';
import type { StockView } from '../../schemas/stock-view.ts';
import { foldStockDocument } from '../audit/stock-document.ts';

/** A hold as the stock journal tells it. */
export interface LedgerHold {
  readonly holdId: string;
  readonly orderId: string;
  readonly quantity: number;
  state: 'open' | 'committed' | 'released';
  reversed: number;
  shipped: number;
}

/** One SKU as the stock journal tells it. */
export interface LedgerSku {
  readonly store: string;
  readonly sku: string;
  readonly partition: number;
  /** Levels at the end of the journal; undefined for a SKU that was never received. */
  now: StockView | undefined;
  /** Levels at the place the view has folded to. */
  atView: StockView | undefined;
  readonly holds: Map<string, LedgerHold>;
  /** Pieces put back on hand by `returnId:receiptId`, and the order. */
  readonly restocks: Map<string, { readonly orderId: string; readonly quantity: number }>;
  readonly movements: Set<string>;
  /** Corrections that name no movement before them. */
  readonly lost: { readonly movementId: string; readonly corrects: string; readonly quantity: number }[];
  /** Commands that wait for a redrive. */
  parked: number;
  /** What a level below 0, or a hold that ends twice, was seen at; the first one. */
  broken: string | null;
}

/** How far a view partition has folded; null: it has none, or is not looked at. */
export type ViewSeqs = (partition: number) => number | null;

/**
 * Stock recomputed from the stock journal alone, by other code than the processor's. Give it the valid events of each
 * partition in order.
 */
export class StockLedger {
  readonly skus = new Map<string, LedgerSku>();
  /** By `<stock partition> <source>`: the highest pair that was decided. */
  private readonly marks = new Map<string, MessagePair>();
  private readonly viewSeqOf: ViewSeqs;

  constructor(viewSeqOf: ViewSeqs) {
    this.viewSeqOf = viewSeqOf;
  }

  /** True if stock has decided the message `pair` of `source` to its partition. */
  hasDecided(partition: number, source: string, pair: MessagePair): boolean {
    const mark = this.marks.get(`${partition} ${source}`);
    return mark !== undefined && comparePairs(mark, pair) >= 0;
  }

  fold(partition: number, { seq, atMs, cause, body }: Event): void {
    if (cause.source !== null && cause.seq !== null && cause.index !== null) {
      this.marks.set(`${partition} ${cause.source}`, { seq: cause.seq, index: cause.index });
    }
    if (body.type === 'CommandParked') this.skuOfKey(partition, body.key).parked += 1;
    if (body.type === 'CommandRedriven') this.skuOfKey(partition, body.key).parked -= 1;
    if (!('sku' in body)) return;
    const known = this.skuOf(partition, body);
    known.now = foldStockDocument(known.now, body, { atMs, position: `${partition}.${seq}` });
    if (seq <= (this.viewSeqOf(partition) ?? -1)) known.atView = known.now;
    const wrong = foldHold(known, body) ?? negative(known.now);
    known.broken ??= wrong === null ? null : `${body.type} at ${partition}.${seq}: ${wrong}`;
    foldMovement(known, body);
  }

  private skuOfKey(partition: number, key: string): LedgerSku {
    const slash = key.lastIndexOf('/');
    return this.skuOf(partition, { store: key.slice(0, slash), sku: key.slice(slash + 1) });
  }

  private skuOf(
    partition: number,
    { store, sku }: { readonly store: string; readonly sku: string },
  ): LedgerSku {
    const key = `${store}/${sku}`;
    const known = this.skus.get(key);
    if (known) return known;
    const created: LedgerSku = {
      store,
      sku,
      partition,
      now: undefined,
      atView: undefined,
      holds: new Map(),
      restocks: new Map(),
      movements: new Set(),
      lost: [],
      parked: 0,
      broken: null,
    };
    this.skus.set(key, created);
    return created;
  }
}

/** Pieces of a hold that stock still keeps for its order. */
export const keptOf = ({ state, quantity, reversed, shipped }: LedgerHold): number =>
  state === 'released' ? 0 : quantity - reversed - shipped;

function foldMovement(of: LedgerSku, body: EventBody): void {
  if (body.type === 'StockRestocked' && !body.repeat) {
    const { orderId, quantity } = body;
    of.restocks.set(`${body.returnId}:${body.receiptId}`, { orderId, quantity });
  }
  if (!('commandId' in body) || body.commandId === null) return;
  if (body.type === 'StockAdjusted' && body.corrects !== null && !of.movements.has(body.corrects)) {
    of.lost.push({ movementId: body.commandId, corrects: body.corrects, quantity: body.quantity });
  }
  of.movements.add(body.commandId);
}

/** What is wrong with the event, or null. */
function foldHold({ holds }: LedgerSku, body: EventBody): string | null {
  if (!('holdId' in body) || body.type === 'HoldRefused' || ('repeat' in body && body.repeat)) return null;
  const { holdId, orderId, quantity } = body;
  const hold = holds.get(holdId);
  if (body.type === 'HoldPlaced') {
    holds.set(holdId, { holdId, orderId, quantity, state: 'open', reversed: 0, shipped: 0 });
    return hold && hold.state !== 'released' ? `${holdId} opens again` : null;
  }
  if (!hold) {
    if (body.type !== 'HoldReleased' || quantity !== 0) return `${holdId} was never opened`;
    holds.set(holdId, { holdId, orderId, quantity, state: 'released', reversed: 0, shipped: 0 });
    return null;
  }
  const isSale = body.type === 'CommitReversed' || body.type === 'AllocationShipped';
  const wrong = hold.state === (isSale ? 'committed' : 'open') ? null : `${holdId} is ${hold.state}`;
  if (body.type === 'CommitReversed') hold.reversed += quantity;
  else if (body.type === 'AllocationShipped') hold.shipped += quantity;
  else hold.state = body.type === 'HoldCommitted' ? 'committed' : 'released';
  return wrong ?? (keptOf(hold) < 0 ? `more goes of ${holdId} than it has` : null);
}

function negative(view: StockView | undefined): string | null {
  if (!view) return null;
  const { onHand, held, allocated } = view;
  return Math.min(onHand, held, allocated, onHand - held) < 0
    ? `${onHand} on hand, ${held} held, ${allocated} allocated`
    : null;
}
