import { assertNever } from '../../schemas/assert-never.ts';
import type { EventBody, OrderedPieces, OrderPlaced } from '../../schemas/generated/orders-events.ts';

/** Pieces of one line as its order's events say. */
export interface LinePieces {
  readonly sku: string;
  readonly quantity: number;
  cancelled: number;
  shipped: number;
  delivered: number;
  /** Asked back, less what did not come in time. */
  asked: number;
  lapsed: number;
}

/** Pieces of a line within one return. */
interface Returning {
  asked: number;
  /** Received, or lapsed. */
  done: number;
}

/** What an order's events say of its pieces. */
export interface PiecesOfOrder {
  /** By number of the line less one. */
  readonly lines: readonly LinePieces[];
  /** By return and line; null before the first. */
  returns: Map<string, Map<number, Returning>> | null;
}

type Told = Extract<EventBody, { lines: readonly OrderedPieces[] }>;

/**
 * The pieces of every order of the partition (domain §3, note ²): cancelled + shipped ≤ quantity, delivered ≤ shipped,
 * asked back ≤ shipped, received ≤ asked back. Folded by rule I-08; the rules after it look at them.
 */
export class OrderLines {
  /** As placed; most orders have no event about pieces, so theirs are counted from the first one on. */
  private placed = new Map<string, OrderPlaced['lines']>();
  private readonly counted = new Map<string, PiecesOfOrder>();

  of(orderId: string): PiecesOfOrder | undefined {
    const known = this.counted.get(orderId);
    const lines = known ? undefined : this.placed.get(orderId);
    if (!lines) return known;
    const order = { lines: lines.map(untouched), returns: null };
    this.counted.set(orderId, order);
    return order;
  }

  place({ orderId, lines }: OrderPlaced): void {
    this.placed.set(orderId, lines);
  }

  /** Folds an event about pieces; what speaks against it, or null. */
  fold(body: Told): string | null {
    const order = this.of(body.orderId);
    if (!order) return null;
    if (body.lines.length === 0) return `${body.type} of no pieces`;
    for (const pieces of body.lines) {
      const line = order.lines[pieces.line - 1];
      const wrong = line ? misnamed(body.orderId, line, pieces) : 'the order has no such line';
      if (wrong !== null || !line) return `line ${pieces.line}: ${wrong}`;
      const over = take(order, line, body, pieces);
      if (over !== null) return `line ${pieces.line} of ${line.quantity}: ${over}`;
    }
    return wronglyComplete(order, body);
  }

  leavePartition(): void {
    this.placed = new Map();
    this.counted.clear();
  }
}

const untouched = ({ sku, quantity }: { readonly sku: string; readonly quantity: number }): LinePieces => ({
  sku,
  quantity,
  cancelled: 0,
  shipped: 0,
  delivered: 0,
  asked: 0,
  lapsed: 0,
});

/** Pieces that are neither cancelled nor shipped. */
export const openOf = ({ quantity, cancelled, shipped }: LinePieces): number =>
  quantity - cancelled - shipped;

/** Pieces of a return that have not come, by line. */
export const missingOf = (
  { returns }: PiecesOfOrder,
  returnId: string,
): ReadonlyMap<number, number> | null => {
  const lines = returns?.get(returnId);
  return lines ? new Map([...lines].map(([line, { asked, done }]) => [line, asked - done])) : null;
};

function misnamed(
  orderId: string,
  line: LinePieces,
  { sku, holdId, quantity }: OrderedPieces,
): string | null {
  if (!Number.isSafeInteger(quantity) || quantity < 1) return `${quantity} pieces`;
  if (sku !== line.sku) return `it is of ${line.sku}, the event says ${sku}`;
  return holdId === `${orderId}:${sku}` ? null : `its hold is ${orderId}:${sku}, the event says ${holdId}`;
}

function take(
  order: PiecesOfOrder,
  line: LinePieces,
  body: Told,
  { line: number, quantity }: OrderedPieces,
): string | null {
  switch (body.type) {
    case 'LinesCancelled':
      line.cancelled += quantity;
      return openOf(line) < 0 ? `${line.cancelled} are cancelled, ${line.shipped} shipped` : null;
    case 'ShipmentRecorded':
      line.shipped += quantity;
      return openOf(line) < 0 ? `${line.shipped} are shipped, ${line.cancelled} cancelled` : null;
    case 'DeliveryRecorded':
      line.delivered += quantity;
      return line.delivered > line.shipped
        ? `${line.delivered} are delivered, ${line.shipped} shipped`
        : null;
    case 'ReturnRequested': {
      const asked = returningOf(order, body.returnId, number);
      asked.asked += quantity;
      line.asked += quantity;
      return line.asked > line.shipped ? `${line.asked} are asked back, ${line.shipped} shipped` : null;
    }
    case 'ReturnReceived':
    case 'ReturnLapsed': {
      const of = returningOf(order, body.returnId, number);
      of.done += quantity;
      if (body.type === 'ReturnLapsed') {
        line.asked -= quantity;
        line.lapsed += quantity;
      }
      const done = body.type === 'ReturnLapsed' ? 'lapsed' : 'received';
      return of.done > of.asked
        ? `${of.done} of return ${body.returnId} are ${done}, ${of.asked} were asked back`
        : null;
    }
    default:
      return assertNever(body);
  }
}

function returningOf(order: PiecesOfOrder, returnId: string, line: number): Returning {
  order.returns ??= new Map();
  let lines = order.returns.get(returnId);
  if (!lines) order.returns.set(returnId, (lines = new Map()));
  let of = lines.get(line);
  if (!of) lines.set(line, (of = { asked: 0, done: 0 }));
  return of;
}

/** A shipment is complete if nothing is open, a delivery if all that was shipped has arrived besides. */
function wronglyComplete({ lines }: PiecesOfOrder, body: Told): string | null {
  if (body.type === 'ReturnReceived')
    return body.sellable && body.condition !== null
      ? `sellable pieces are told to be ${body.condition}`
      : null;
  if (body.type !== 'ShipmentRecorded' && body.type !== 'DeliveryRecorded') return null;
  const isShipped = lines.every((line) => openOf(line) === 0);
  const isComplete =
    body.type === 'ShipmentRecorded'
      ? isShipped
      : isShipped && lines.every(({ shipped, delivered }) => shipped === delivered);
  return body.complete === isComplete
    ? null
    : `it says complete ${body.complete}, by its lines it is ${isComplete}`;
}
