import { assertNever } from '../../schemas/assert-never.ts';
import type { LedgerRows } from '../../schemas/clickhouse-columns.ts';
import type { Event, EventBody, OrderedPieces } from '../../schemas/generated/orders-events.ts';
import type { TableRow } from './ledger-rows.ts';

type Origin = Readonly<{ store: string; partition: number; seq: number; at: number; order_id: string }>;
type Of<T extends EventBody['type']> = Extract<EventBody, { type: T }>;

type LifeEvent = Of<
  | 'PaymentVoided'
  | 'PaymentLapsed'
  | 'PaymentCaptureFailed'
  | 'PaymentPending'
  | 'PaymentActionRequired'
  | 'RefundRecorded'
  | 'RefundRequested'
  | 'RefundDue'
  | 'DisputeRecorded'
  | 'LinesCancelled'
  | 'ShipmentRecorded'
  | 'DeliveryRecorded'
  | 'ReturnRequested'
  | 'ReturnReceived'
  | 'ReturnLapsed'
>;

/** What the tables must hold of an event after the sale, or of money that is not taken; the auditor's own reading. */
export function lifeRowsOf(origin: Origin, body: LifeEvent): readonly TableRow[] {
  switch (body.type) {
    case 'PaymentVoided':
      return [step(origin, body, body.amountMinor, body.currency, body.pspRef, null)];
    case 'PaymentLapsed':
      return [step(origin, body, null, null, null, body.reason)];
    case 'PaymentCaptureFailed':
      return [step(origin, body, null, null, null, body.code)];
    case 'PaymentPending':
    case 'PaymentActionRequired':
      return [step(origin, body, null, null, body.pspRef, null)];
    case 'RefundRecorded':
      return [
        step(origin, body, body.amountMinor, body.currency, body.pspRef, body.code),
        back(origin, body, { ref: body.refundId, state: body.as, psp_ref: body.pspRef, code: body.code }),
      ];
    case 'RefundRequested': {
      const asked = { why: body.origin, shipping_minor: body.shippingMinor, claimed_at: body.claimedAtMs };
      return [back(origin, body, { ref: body.refundId, state: 'requested', ...asked })];
    }
    case 'RefundDue':
      return [back(origin, body, { ref: body.refundId, state: 'due', code: body.code })];
    case 'DisputeRecorded': {
      const dispute = { kind: 'chargeback', ref: body.disputeId, state: body.as, psp_ref: body.pspRef };
      return [back(origin, body, dispute)];
    }
    case 'LinesCancelled':
      return moved(origin, body, body.cancellationId, null, null);
    case 'ShipmentRecorded':
      return moved(origin, body, body.shipmentId, null, null);
    case 'DeliveryRecorded':
      return moved(origin, body, body.deliveryId, null, null);
    case 'ReturnRequested':
      return moved(origin, body, body.returnId, null, body.claimedAtMs);
    case 'ReturnReceived':
      return moved(
        origin,
        body,
        body.returnId,
        body.sellable ? 'sellable' : body.condition,
        body.claimedAtMs,
      );
    case 'ReturnLapsed':
      return moved(origin, body, body.returnId, null, null);
    default:
      return assertNever(body);
  }
}

const step = (
  origin: Origin,
  { type, opId, attempt }: { readonly type: string; readonly opId: string; readonly attempt: number },
  amount_minor: number | null,
  currency: string | null,
  psp_ref: string | null,
  code: string | null,
): TableRow => {
  const kind = opId.slice(origin.order_id.length + 1).replace(/:.*$/, '');
  const row = { ...origin, event: type, op_id: opId, attempt, kind, amount_minor, currency, psp_ref, code };
  return { table: 'payments', row };
};

type MoneyBack = LedgerRows['money_back'];

function back(
  origin: Origin,
  { type, amountMinor, currency }: Extract<LifeEvent, { amountMinor: number; currency: string }>,
  known: Pick<MoneyBack, 'ref' | 'state'> & Partial<MoneyBack>,
): TableRow {
  const unknown = { why: null, shipping_minor: null, psp_ref: null, code: null, claimed_at: null };
  const money = { event: type, kind: 'refund', currency, amount_minor: amountMinor };
  return { table: 'money_back', row: { ...origin, ...unknown, ...money, ...known } };
}

const moved = (
  origin: Origin,
  { type, lines }: { readonly type: string; readonly lines: readonly OrderedPieces[] },
  ref: string,
  condition: string | null,
  claimed_at: number | null,
): readonly TableRow[] =>
  lines.map(({ line, sku, quantity }) => ({
    table: 'fulfilment',
    row: { ...origin, line: line - 1, event: type, ref, sku, units: quantity, condition, claimed_at },
  }));

/** Columns of a row say these, or they are sealed, of a person, or as long as the order. */
const notInDetail = new Set([
  'type',
  'store',
  'orderId',
  'customerId',
  'fingerprint',
  'holds',
  'commits',
  'paymentToken',
  'shipTo',
  'methodRef',
  'client',
  'by',
  'evidence',
]);

/** The lineage row of an event of an order; none for what speaks of none. `offset` is of its record. */
export function lineageOf(partition: number, { seq, atMs, cause, body }: Event, offset: number): TableRow[] {
  const isAnswer =
    body.type === 'CommandIgnored' || body.type === 'CommandRefused' || body.type === 'AnomalyRecorded';
  const orderId = 'orderId' in body ? body.orderId : isAnswer ? body.key : '';
  if (!orderId.startsWith('o-')) return [];
  const isCart = body.type === 'OrderPlaced' || body.type === 'OrderConfirmed';
  const detail: Record<string, unknown> = {};
  for (const name of Object.keys(body)) {
    const value = (body as unknown as Readonly<Record<string, unknown>>)[name];
    if (value !== null && !notInDetail.has(name) && !(isCart && name === 'lines')) detail[name] = value;
  }
  const row = {
    store: 'store' in body ? body.store : '',
    partition,
    seq,
    at: atMs,
    order_id: orderId,
    event: body.type,
    offset,
    cause_offset: cause.offset,
    cause_source: cause.source,
    cause_seq: cause.seq,
    cause_index: cause.index,
    detail: JSON.stringify(detail),
  };
  return [{ table: 'order_events', row }];
}
