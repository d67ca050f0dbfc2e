import type {
  LinesCancelled,
  OrderedPieces,
  RefundRequested,
  ReturnLapsed,
  ReturnReceived,
  ReturnRequested,
} from '../../schemas/generated/orders-events.ts';
import type { EarlierRefund } from '../../schemas/refund-shares.ts';
import type { Order, OrderStepEvent } from './order.ts';

/** What became of the pieces of one line. Whole pieces; what is neither cancelled nor shipped is open. */
export interface LineTally {
  cancelled: number;
  shipped: number;
  delivered: number;
  /** Of the shipped ones those of a return that is open or was received. */
  returning: number;
}

/** Some pieces of one line of a return. */
export interface ReturnedLine {
  readonly line: number;
  readonly quantity: number;
  received: number;
}

/** A return from its request on; it leaves when all was received or its time is over. */
export interface OpenReturn {
  readonly returnId: string;
  readonly requestedAtMs: number;
  readonly lines: readonly ReturnedLine[];
}

/** A refund as it was asked for, for what is left of each line. */
export interface OrderRefund extends EarlierRefund {
  readonly refundId: string;
  failed: boolean;
}

/** What happened to an order after it was confirmed, and the refunds of any order. */
export interface AfterSales {
  /** One for each line of the order. */
  readonly lines: readonly LineTally[];
  readonly returns: OpenReturn[];
  readonly refunds: OrderRefund[];
  /** Fingerprint of each cancellation, shipment, delivery, return, receipt and refund, as long as the order lives. */
  readonly ids: Map<string, string | null>;
}

const untouched: LineTally = Object.freeze({ cancelled: 0, shipped: 0, delivered: 0, returning: 0 });

/** The tally of a line, by its number from 1. */
export const tallyOf = ({ after }: Order, line: number): Readonly<LineTally> =>
  after?.lines[line - 1] ?? untouched;

export const openPieces = (order: Order, line: number): number => {
  const { cancelled, shipped } = tallyOf(order, line);
  return (order.lines[line - 1]?.quantity ?? 0) - cancelled - shipped;
};

export const isUnshipped = ({ after }: Order): boolean =>
  after === null || after.lines.every(({ shipped }) => shipped === 0);

export const refundsOf = ({ after }: Order): readonly OrderRefund[] => after?.refunds ?? [];

export const returnOf = ({ after }: Order, returnId: string): OpenReturn | undefined =>
  after?.returns.find((candidate) => candidate.returnId === returnId);

/** How long what may come back is waited for. */
export const returnWithinMs = 30 * 24 * 3_600_000;

/** When the oldest open return lapses; Infinity without one. */
export const returnDueAtMs = ({ after }: Order): number => {
  const [oldest] = after?.returns ?? [];
  return oldest ? oldest.requestedAtMs + returnWithinMs : Number.POSITIVE_INFINITY;
};

type AfterSalesEvent = Extract<
  OrderStepEvent,
  {
    type:
      | 'LinesCancelled'
      | 'ShipmentRecorded'
      | 'DeliveryRecorded'
      | 'ReturnRequested'
      | 'ReturnReceived'
      | 'ReturnLapsed'
      | 'RefundRequested';
  }
>;

/** Folds one event of the pieces or of the refunds, in place. */
export function evolveAfterSales(order: Order, event: AfterSalesEvent, atMs: number): void {
  order.after ??= createAfterSales(order);
  const { after } = order;
  switch (event.type) {
    case 'LinesCancelled':
      after.ids.set(event.cancellationId, event.fingerprint);
      return add(after, 'cancelled', event);
    case 'ShipmentRecorded':
      after.ids.set(event.shipmentId, event.fingerprint);
      return add(after, 'shipped', event);
    case 'DeliveryRecorded':
      after.ids.set(event.deliveryId, event.fingerprint);
      return add(after, 'delivered', event);
    case 'ReturnRequested':
      after.ids.set(event.returnId, event.fingerprint);
      add(after, 'returning', event);
      return open(after, event, atMs);
    case 'ReturnReceived':
      after.ids.set(event.receiptId, event.fingerprint);
      return receive(after, event);
    case 'ReturnLapsed':
      return lapse(after, event);
    case 'RefundRequested':
      after.ids.set(event.refundId, event.fingerprint);
      return refund(after, event);
  }
}

/** The answer to a refund: one that failed is owed still, also after it had succeeded. */
export function failRefund(order: Order, refundId: string): void {
  const failed = order.after?.refunds.find((candidate) => candidate.refundId === refundId);
  if (failed) failed.failed = true;
}

const createAfterSales = ({ lines }: Order): AfterSales => ({
  lines: lines.map(() => ({ ...untouched })),
  returns: [],
  refunds: [],
  ids: new Map(),
});

function add(
  after: AfterSales,
  what: keyof LineTally,
  { lines }: { readonly lines: LinesCancelled['lines'] },
): void {
  for (const { line, quantity } of lines) tallyIn(after, line)[what] += quantity;
}

function tallyIn(after: AfterSales, line: number): LineTally {
  const tally = after.lines[line - 1];
  if (!tally) throw new Error(`line ${line} of ${after.lines.length}`);
  return tally;
}

function open(after: AfterSales, { returnId, lines }: ReturnRequested, atMs: number): void {
  after.returns.push({
    returnId,
    requestedAtMs: atMs,
    lines: lines.map(({ line, quantity }) => ({ line, quantity, received: 0 })),
  });
}

function receive(after: AfterSales, { returnId, lines }: ReturnReceived): void {
  const at = indexOf(after, returnId);
  const returned = after.returns[at]?.lines ?? [];
  for (const { line, quantity } of lines) {
    const asked = returned.find((candidate) => candidate.line === line);
    if (!asked) throw new Error(`return ${returnId} has no line ${line}`);
    asked.received += quantity;
  }
  if (returned.every(({ quantity, received }) => quantity === received)) after.returns.splice(at, 1);
}

/** What did not come back may be asked for again. */
function lapse(after: AfterSales, { returnId, lines }: ReturnLapsed): void {
  for (const { line, quantity } of lines) tallyIn(after, line).returning -= quantity;
  after.returns.splice(indexOf(after, returnId), 1);
}

function indexOf({ returns }: AfterSales, returnId: string): number {
  const at = returns.findIndex((candidate) => candidate.returnId === returnId);
  if (at < 0) throw new Error(`no open return ${returnId}`);
  return at;
}

function refund(after: AfterSales, { refundId, lines, shippingMinor }: RefundRequested): void {
  after.refunds.push({ refundId, lines, shippingMinor, failed: false });
}

/** The oldest return that lapses at `atMs`: its pieces that did not come back. */
export function lapsedReturn(order: Order, atMs: number): ReturnLapsed | null {
  const oldest = order.after?.returns[0];
  if (!oldest || atMs < oldest.requestedAtMs + returnWithinMs) return null;
  const { store, orderId } = order;
  const missing = oldest.lines.flatMap(({ line, quantity, received }) =>
    quantity > received ? [piecesOf(order, line, quantity - received)] : [],
  );
  return { type: 'ReturnLapsed', store, orderId, returnId: oldest.returnId, lines: missing };
}

/** Pieces of a line by the names stock needs. */
export function piecesOf(order: Order, line: number, quantity: number): OrderedPieces {
  const sku = order.lines[line - 1]?.sku ?? '';
  const hold = order.holds.find((candidate) => candidate.sku === sku);
  return { line, sku, holdId: hold?.holdId ?? '', quantity };
}
