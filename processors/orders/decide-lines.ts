import { assertNever } from '../../schemas/assert-never.ts';
import type {
  CancelLines,
  LineQuantity,
  ReceiveReturn,
  RecordDelivery,
  RecordShipment,
  RequestRefund,
  RequestReturn,
} from '../../schemas/generated/orders-commands.ts';
import type { OrderedPieces } from '../../schemas/generated/orders-events.ts';
import { type NoteSubject, refused } from '../../schemas/notes.ts';
import type { LineCommand } from '../../schemas/order-transitions.ts';
import { refundOfAmount, type RefundShares } from '../../schemas/refund-shares.ts';
import { hasOpenDispute } from '../payments/payment.ts';
import { isUnshipped, openPieces, piecesOf, refundsOf, returnOf, tallyOf } from './after-sales.ts';
import { decideCancel } from './cancel-order.ts';
import { askerOf } from './order-events.ts';
import type { Order, OrderCommand, OrderEvent } from './order.ts';
import { askRefund, leftMinor, unrefundedPieces, worthOfAll, worthOfPieces } from './refund-order.ts';

export type LineBody = Extract<OrderCommand, { type: LineCommand }>;

/** A confirmed order, and who asks for what of it. */
interface Asked<B extends LineBody> {
  readonly order: Order;
  readonly body: B;
  readonly about: NoteSubject;
  /** Of the cancellation, shipment, delivery, return, receipt or refund. */
  readonly id: string;
}

/** Decides a command about pieces or refunds of a confirmed order (`domain.md` §3, note 2). */
export function decideLines(
  order: Order,
  body: LineBody,
  about: NoteSubject,
  atMs: number,
): readonly OrderEvent[] {
  const id = lineIdOf(body, about.commandId) ?? `${body.type}-${(order.after?.ids.size ?? 0) + 1}`;
  switch (body.type) {
    case 'CancelLines':
      return cancelLines({ order, body, about, id }, atMs);
    case 'RecordShipment':
      return ship({ order, body, about, id });
    case 'RecordDelivery':
      return deliver({ order, body, about, id });
    case 'RequestReturn':
      return requestReturn({ order, body, about, id });
    case 'ReceiveReturn':
      return receiveReturn({ order, body, about, id });
    case 'RequestRefund':
      return refund({ order, body, about, id });
    default:
      return assertNever(body);
  }
}

/** The id a command gives what it asks for; null if it has none. */
export const lineIdOf = (body: LineBody, commandId: string | null): string | null => {
  if (body.type === 'RequestReturn') return body.returnId;
  return body.type === 'RequestRefund' ? body.refundId : commandId;
};

function cancelLines({ order, body, about, id }: Asked<CancelLines>, atMs: number): readonly OrderEvent[] {
  const lines = pick(order, body.lines, (line) => openPieces(order, line));
  if (!lines) return [refused(about, 'not-open')];
  const isAll = order.lines.every((_, i) => {
    const cancelled = lines.find(({ line }) => line === i + 1)?.quantity ?? 0;
    return openPieces(order, i + 1) === cancelled;
  });
  if (isAll && isUnshipped(order)) {
    return decideCancel(order, body, about, atMs);
  }
  const shares = worthOfPieces(order, lines);
  if (isFrozen(order, shares)) return [refused(about, 'disputed')];
  const { store, orderId } = order;
  const { reason } = body;
  const asker = askerOf(about);
  return [
    { type: 'LinesCancelled', store, orderId, cancellationId: id, lines, reason, ...asker },
    ...askRefund(
      order,
      { refundId: id, origin: 'cancel-lines', reason, claimedAtMs: null, ...asker },
      shares,
    ),
  ];
}

function ship({ order, body, about, id }: Asked<RecordShipment>): readonly OrderEvent[] {
  const lines = pick(order, body.lines, (line) => openPieces(order, line));
  if (!lines) return [refused(about, 'not-open')];
  const { store, orderId } = order;
  return [
    {
      type: 'ShipmentRecorded',
      store,
      orderId,
      shipmentId: id,
      lines,
      carrier: body.carrier,
      trackingRef: body.trackingRef,
      complete: isNothingLeft(order, lines, (line) => openPieces(order, line)),
      ...askerOf(about),
    },
  ];
}

function deliver({ order, body, about, id }: Asked<RecordDelivery>): readonly OrderEvent[] {
  const onItsWay = (line: number): number => tallyOf(order, line).shipped - tallyOf(order, line).delivered;
  const lines = pick(order, body.lines, onItsWay);
  if (!lines) return [refused(about, 'not-shipped')];
  const { store, orderId } = order;
  const isNothingOpen = order.lines.every((_, i) => openPieces(order, i + 1) === 0);
  const complete = isNothingOpen && isNothingLeft(order, lines, onItsWay);
  return [{ type: 'DeliveryRecorded', store, orderId, deliveryId: id, lines, complete, ...askerOf(about) }];
}

function requestReturn({ order, body, about, id }: Asked<RequestReturn>): readonly OrderEvent[] {
  const lines = pick(
    order,
    body.lines,
    (line) => tallyOf(order, line).shipped - tallyOf(order, line).returning,
  );
  if (!lines) return [refused(about, 'not-returnable')];
  const { store, orderId } = order;
  const { reason, claimedAtMs } = body;
  return [
    { type: 'ReturnRequested', store, orderId, returnId: id, lines, reason, claimedAtMs, ...askerOf(about) },
  ];
}

/** Inspected pieces: their money goes back, whatever they are worth to us. */
function receiveReturn({ order, body, about, id }: Asked<ReceiveReturn>): readonly OrderEvent[] {
  const asked = returnOf(order, body.returnId);
  const expected = (line: number): number => {
    const of = asked?.lines.find((candidate) => candidate.line === line);
    return of ? of.quantity - of.received : 0;
  };
  const lines = pick(order, body.lines, expected);
  if (!lines) return [refused(about, 'no-return')];
  const shares = worthOfPieces(order, lines);
  if (isFrozen(order, shares)) return [refused(about, 'disputed')];
  const { store, orderId } = order;
  const { returnId, sellable, claimedAtMs } = body;
  const asker = askerOf(about);
  return [
    {
      type: 'ReturnReceived',
      store,
      orderId,
      returnId,
      receiptId: id,
      lines,
      sellable,
      condition: sellable ? null : (body.condition ?? 'damaged'),
      claimedAtMs,
      ...asker,
    },
    ...askRefund(
      order,
      { refundId: id, origin: 'return', reason: 'returned', claimedAtMs, ...asker },
      shares,
    ),
  ];
}

function refund({ order, body, about, id }: Asked<RequestRefund>): readonly OrderEvent[] {
  if (body.currency !== null && body.currency !== order.currency) {
    return [refused(about, 'currency-mismatch')];
  }
  if (hasOpenDispute(order.payment)) return [refused(about, 'disputed')];
  const shares = sharesOf(order, body);
  if (shares === null) return [refused(about, 'over-refund')];
  const { reason, claimedAtMs } = body;
  return askRefund(
    order,
    { refundId: id, origin: 'request', reason, claimedAtMs, ...askerOf(about) },
    shares,
  );
}

/** What was asked for, all that is left where nothing is named; null if it is more than is left, or nothing. */
function sharesOf(order: Order, { lines, amountMinor }: RequestRefund): RefundShares | null {
  const left = leftMinor(order);
  if (amountMinor === null && lines.length === 0) return left > 0 ? worthOfAll(order) : null;
  if (amountMinor !== null) {
    return amountMinor <= left ? refundOfAmount(order, refundsOf(order), amountMinor) : null;
  }
  const isLeft = lines.every(({ line, quantity }) => quantity <= unrefundedPieces(order, line));
  const shares = isLeft ? worthOfPieces(order, lines) : null;
  return shares === null || shares.amountMinor === 0 ? null : shares;
}

/** While the bank decides about a chargeback no money goes back: it would go twice (trap 25). */
const isFrozen = (order: Order, shares: RefundShares): boolean =>
  shares.amountMinor > 0 && hasOpenDispute(order.payment);

/** The pieces asked for, all that qualify where none are named; null where one does not qualify, or none does. */
function pick(
  order: Order,
  asked: readonly LineQuantity[],
  qualify: (line: number) => number,
): readonly OrderedPieces[] | null {
  if (asked.length > 0) {
    const all = asked.every(({ line, quantity }) => line <= order.lines.length && quantity <= qualify(line));
    return all ? asked.map(({ line, quantity }) => piecesOf(order, line, quantity)) : null;
  }
  const lines = order.lines.flatMap((_, i) => {
    const quantity = qualify(i + 1);
    return quantity > 0 ? [piecesOf(order, i + 1, quantity)] : [];
  });
  return lines.length > 0 ? lines : null;
}

const isNothingLeft = (
  order: Order,
  taken: readonly OrderedPieces[],
  left: (line: number) => number,
): boolean =>
  order.lines.every((_, i) => left(i + 1) === (taken.find(({ line }) => line === i + 1)?.quantity ?? 0));
