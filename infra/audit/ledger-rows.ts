import { assertNever } from '../../schemas/assert-never.ts';
import type { LedgerRows, LedgerTable } from '../../schemas/clickhouse-columns.ts';
import type { Event, OrderConfirmed, OrderPlaced } from '../../schemas/generated/orders-events.ts';
import { lifeRowsOf } from './life-rows.ts';
import { moneyOf } from './order-money.ts';

export type TableRow = {
  [Table in LedgerTable]: { readonly table: Table; readonly row: LedgerRows[Table] };
}[LedgerTable];

/**
 * The auditor's own reading of what the ledger tables must hold for one event of the orders journal, written from
 * `schemas/clickhouse-columns.ts`. `taxRules` remembers each order's tax rule, which a sale does not name; it is
 * added to here and forgotten at the order's end.
 */
export function ledgerRowsOf(
  partition: number,
  { seq, atMs, body }: Event,
  taxRules: Map<string, OrderPlaced['taxRule']>,
): readonly TableRow[] {
  if (!('orderId' in body)) return [];
  const { store, orderId } = body;
  const origin = { store, partition, seq, at: atMs, order_id: orderId };
  switch (body.type) {
    case 'OrderPlaced':
      taxRules.set(orderId, body.taxRule);
      return placedRows(origin, body, atMs);
    case 'OrderConfirmed': {
      const rule = taxRules.get(orderId) ?? 'inclusive';
      taxRules.delete(orderId);
      return soldRows(origin, body, rule);
    }
    case 'UnwindStarted':
      return [unsold(origin, { event: body.type, outcome: body.to, reason: body.reason })];
    case 'OrderClosed': {
      taxRules.delete(orderId);
      const { currency, totalMinor, placedAtMs, orderedAtMs } = body;
      const known = { currency, total_minor: totalMinor, placed_at: placedAtMs, ordered_at: orderedAtMs };
      return [unsold(origin, { event: body.type, outcome: body.as, reason: body.reason, ...known })];
    }
    case 'PaymentOpRequested':
    case 'PaymentAuthorized':
    case 'PaymentCaptured':
    case 'PaymentDeclined':
    case 'PaymentUnknown': {
      const row = {
        ...origin,
        event: body.type,
        op_id: body.opId,
        attempt: body.attempt,
        kind: body.opId.slice(orderId.length + 1).replace(/:.*$/, ''),
        amount_minor: body.type === 'PaymentDeclined' ? null : body.amountMinor,
        currency: body.type === 'PaymentDeclined' ? null : body.currency,
        psp_ref: 'pspRef' in body ? body.pspRef : null,
        code:
          body.type === 'PaymentDeclined' ? body.code : body.type === 'PaymentUnknown' ? body.cause : null,
      };
      return [{ table: 'payments', row }];
    }
    case 'PaymentVoided':
    case 'PaymentLapsed':
    case 'PaymentCaptureFailed':
    case 'PaymentPending':
    case 'PaymentActionRequired':
    case 'RefundRecorded':
    case 'RefundRequested':
    case 'RefundDue':
    case 'DisputeRecorded':
    case 'LinesCancelled':
    case 'ShipmentRecorded':
    case 'DeliveryRecorded':
    case 'ReturnRequested':
    case 'ReturnReceived':
    case 'ReturnLapsed':
      return lifeRowsOf(origin, body);
    case 'HoldRecorded':
    case 'CommitStarted':
    case 'CommitRecorded':
    case 'OrderArchived':
    case 'LookUpRequested':
    case 'CancelNoted':
    case 'HintKept':
    case 'DiscrepancyRecorded':
    case 'PersonNeeded':
    case 'PaymentResolved':
      return [];
    default:
      return assertNever(body);
  }
}

type Origin = Readonly<{ store: string; partition: number; seq: number; at: number; order_id: string }>;

const nothing = {
  customer_id: null,
  currency: null,
  outcome: null,
  reason: null,
  line_count: null,
  units: null,
  total_minor: null,
  discount_minor: null,
  shipping_minor: null,
  tax_minor: null,
  placed_at: null,
  ordered_at: null,
};

type OrdersRow = LedgerRows['orders'];
type Unsold = Pick<OrdersRow, 'event' | 'outcome' | 'reason'> & Partial<OrdersRow>;

const unsold = (origin: Origin, known: Unsold): TableRow => ({
  table: 'orders',
  row: { ...origin, ...nothing, ...known },
});

const unitsOf = (lines: readonly { readonly quantity: number }[]): number =>
  lines.reduce((sum, { quantity }) => sum + quantity, 0);

function placedRows(origin: Origin, body: OrderPlaced, atMs: number): readonly TableRow[] {
  const { nets, tax } = moneyOf(body);
  const order = {
    ...origin,
    ...nothing,
    event: 'OrderPlaced',
    customer_id: body.customerId,
    currency: body.currency,
    line_count: body.lines.length,
    units: unitsOf(body.lines),
    total_minor: body.totalMinor,
    discount_minor: body.discountMinor,
    shipping_minor: body.shippingMinor,
    tax_minor: Number(tax),
    placed_at: atMs,
    ordered_at: body.orderedAtMs,
  };
  const lines = body.lines.map((line, i) => ({
    ...origin,
    line: i,
    entry: 'placed',
    customer_id: body.customerId,
    currency: body.currency,
    sku: line.sku,
    units: line.quantity,
    unit_minor: line.unitMinor,
    discount_minor: line.discountMinor,
    tax_minor: line.taxMinor,
    net_minor: Number(nets[i]),
    gross_minor: Number(nets[i]) + (body.taxRule === 'exclusive' ? line.taxMinor : 0),
    placed_at: atMs,
    ordered_at: body.orderedAtMs,
  }));
  return [{ table: 'orders', row: order }, ...lines.map((row): TableRow => ({ table: 'order_lines', row }))];
}

function soldRows(origin: Origin, body: OrderConfirmed, rule: OrderPlaced['taxRule']): readonly TableRow[] {
  const order = {
    ...origin,
    ...nothing,
    event: 'OrderConfirmed',
    customer_id: body.customerId,
    currency: body.currency,
    line_count: body.lines.length,
    units: unitsOf(body.lines),
    total_minor: body.totalMinor,
    discount_minor: body.discountMinor,
    shipping_minor: body.shippingMinor,
    tax_minor: body.taxMinor,
    placed_at: body.placedAtMs,
    ordered_at: body.orderedAtMs,
  };
  const lines = body.lines.map((line, i) => ({
    ...origin,
    line: i,
    entry: 'sold',
    customer_id: body.customerId,
    currency: body.currency,
    sku: line.sku,
    units: line.quantity,
    unit_minor: null,
    discount_minor: null,
    tax_minor: line.taxMinor,
    net_minor: line.netMinor,
    gross_minor: line.netMinor + (rule === 'exclusive' ? line.taxMinor : 0),
    placed_at: body.placedAtMs,
    ordered_at: body.orderedAtMs,
  }));
  return [{ table: 'orders', row: order }, ...lines.map((row): TableRow => ({ table: 'order_lines', row }))];
}
