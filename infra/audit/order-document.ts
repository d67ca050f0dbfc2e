import type { EventBody, OrderPlaced } from '../../schemas/generated/orders-events.ts';
import { commandOutcomesMax, type OrderView } from '../../schemas/order-view.ts';
import { noteMoney, noMoney } from './document-money.ts';
import { notePieces } from './document-pieces.ts';
import { oneOf } from './one-of.ts';

/** Events that move the public status or a hold. */
const movesLife = oneOf(
  'HoldRecorded',
  'CommitRecorded',
  'CommitStarted',
  'PaymentOpRequested',
  'CancelNoted',
  'UnwindStarted',
  'OrderConfirmed',
  'OrderClosed',
);

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };
/** A document as the fold keeps it: changed in place. */
export type Document = Mutable<OrderView>;

interface At {
  readonly atMs: number;
  /** `<partition>.<seq>`. */
  readonly position: string;
}

/**
 * The order whose document an event changes, or null: the one it names, or the one whose command from outside it
 * refuses or ignores. What names no order (`psp:…`) or an order nobody placed yet changes none.
 */
export function documentOf(body: EventBody): string | null {
  if (body.type === 'CommandRefused' || body.type === 'CommandIgnored')
    return body.commandId !== null && body.command !== 'PlaceOrder' ? body.key : null;
  if (!('orderId' in body) || body.type === 'HintKept') return null;
  return body.orderId.startsWith('psp:') ? null : body.orderId;
}

/**
 * The auditor's own fold of an order into the document Redis must hold (`schemas/order-view.ts`), changed in place;
 * give it only events of `documentOf`. Returns undefined for an order that was never placed.
 */
export function foldDocument(before: Document | undefined, body: EventBody, at: At): Document | undefined {
  if (body.type === 'OrderPlaced') return created(body, at);
  if (!before) return before;
  noteOutcome(before, body, at);
  noteLife(before, body, at.atMs);
  noteMoney(before, body, at.atMs);
  notePieces(before, body, at.atMs);
  before.updatedAtMs = at.atMs;
  before.position = at.position;
  return before;
}

/** What is asked for moves the public status while the order is on its way. */
const underWay = new Set<OrderView['status']>(['holding', 'authorizing', 'committing', 'capturing']);

function noteLife(order: Document, body: EventBody, atMs: number): void {
  if (!movesLife(body)) return;
  switch (body.type) {
    case 'HoldRecorded':
      // What is left of a sale of which pieces were cancelled is sold still.
      if (body.as !== 'reversed' || isUndone(order, body.holdId)) setHold(order, body.holdId, body.as);
      break;
    case 'CommitRecorded':
      setHold(order, body.holdId, 'committed');
      break;
    case 'CommitStarted':
      order.status = 'committing';
      break;
    case 'PaymentOpRequested':
      if (!underWay.has(order.status)) break;
      if (body.kind === 'authorize') order.status = 'authorizing';
      if (body.kind === 'capture') order.status = 'capturing';
      break;
    case 'CancelNoted':
      order.cancelNoted ??= { reason: body.reason, sinceMs: atMs };
      break;
    case 'UnwindStarted':
      order.status = 'unwinding';
      order.unwinding = { to: closedAs(body.to), reason: body.reason };
      order.cancelNoted = null;
      break;
    case 'OrderConfirmed':
      order.status = 'confirmed';
      break;
    case 'OrderClosed':
      order.status = closedAs(body.as);
      order.reason = body.reason;
      order.unwinding = null;
  }
}

type Closed = NonNullable<OrderView['unwinding']>['to'];
const closedAs = (to: 'Rejected' | 'Declined' | 'Expired' | 'Cancelled'): Closed =>
  to.toLowerCase() as Closed;

function setHold(order: Document, holdId: string, state: OrderView['holds'][number]['state']): void {
  order.holds = order.holds.map((hold) => (hold.holdId === holdId ? { ...hold, state } : hold));
}

/** True where nothing of the hold's SKU is to be delivered: the whole order is undone, or every piece was cancelled. */
function isUndone({ status, lines, holds }: Document, holdId: string): boolean {
  const sku = holds.find((hold) => hold.holdId === holdId)?.sku;
  const left = lines.map((line) => (line.sku === sku ? line.quantity - line.cancelled : 0));
  return status === 'unwinding' || left.every((pieces) => pieces <= 0);
}

/** The first event of a command from outside says what became of it; a cancel that was noted is done by the unwinding. */
function noteOutcome(order: Document, body: EventBody, at: At): void {
  if (body.type === 'UnwindStarted' && body.to === 'Cancelled')
    order.commands = order.commands.map((one) =>
      one.is === 'noted' ? { ...one, is: 'done', event: body.type, ...at } : one,
    );
  if (!('commandId' in body) || body.commandId === null) return;
  const { commandId, fingerprint } = body;
  if (order.commands.some((one) => one.commandId === commandId)) return;
  const isNote = body.type === 'CommandRefused' || body.type === 'CommandIgnored';
  const one: OrderView['commands'][number] = {
    commandId,
    fingerprint,
    is:
      body.type === 'CommandRefused'
        ? 'refused'
        : body.type === 'CommandIgnored'
          ? 'unchanged'
          : body.type === 'CancelNoted'
            ? 'noted'
            : 'done',
    event: body.type,
    reason: isNote ? body.reason : null,
    detail: body.type === 'CommandRefused' ? body.detail : null,
    ...at,
  };
  order.commands = [...order.commands, one].slice(-commandOutcomesMax);
}

function created(body: OrderPlaced, { atMs, position }: At): Document {
  const { orderId, store, customerId, currency, discountMinor, shippingMinor, shippingTaxMinor } = body;
  return {
    orderId,
    store,
    customerId,
    status: 'holding',
    reason: null,
    currency,
    lines: body.lines.map((line, i) => ({
      line: i + 1,
      sku: line.sku,
      quantity: line.quantity,
      unitMinor: line.unitMinor,
      discountMinor: line.discountMinor,
      shareMinor: line.shareMinor,
      taxBp: line.taxBp,
      taxMinor: line.taxMinor,
      cancelled: 0,
      shipped: 0,
      delivered: 0,
      returnAsked: 0,
      returned: 0,
    })),
    discountMinor,
    shippingMinor,
    shippingTaxMinor,
    totalMinor: body.totalMinor,
    taxRule: body.taxRule,
    holds: body.holds.map((hold) => ({
      holdId: hold.holdId,
      sku: hold.sku,
      quantity: hold.quantity,
      state: 'asked',
    })),
    payment: noMoney,
    unwinding: null,
    cancelNoted: null,
    shipments: [],
    deliveries: [],
    returns: [],
    refunds: [],
    disputes: [],
    persons: [],
    commands: [],
    holdUntilMs: body.holdUntilMs,
    createdAtMs: atMs,
    updatedAtMs: atMs,
    orderedAtMs: body.orderedAtMs,
    commandId: body.commandId,
    fingerprint: body.fingerprint,
    requestId: body.requestId,
    position,
  };
}
