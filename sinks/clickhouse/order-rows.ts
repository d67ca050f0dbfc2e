import { assertNever } from '../../schemas/assert-never.ts';
import { type LedgerRows, type LedgerTable, ledgerTableNames } from '../../schemas/clickhouse-columns.ts';
import type {
  Event,
  OrderClosed,
  OrderConfirmed,
  OrderPlaced,
  UnwindStarted,
} from '../../schemas/generated/orders-events.ts';
import { sumMinor } from '../../schemas/money.ts';
import { lineNetMinor } from '../../schemas/order-total.ts';
import { fulfilmentRows } from './fulfilment-rows.ts';
import { moneyBackRow, paymentRow } from './money-rows.ts';

/** Rows of some events, by table, in the journal's order. */
export type RowsByTable = { readonly [Table in LedgerTable]: LedgerRows[Table][] };

export const noRows = (): RowsByTable => ({
  orders: [],
  order_lines: [],
  payments: [],
  money_back: [],
  fulfilment: [],
  order_events: [],
  stock_movements: [],
});

export const countRows = (rows: RowsByTable): number =>
  ledgerTableNames.reduce((sum, table) => sum + rows[table].length, 0);

/**
 * Adds the rows of one event of the orders journal to `rows`; `order-event-row.ts` has the one of its lineage.
 * The rows are a function of the event and its journal partition alone.
 */
export function addOrderRows(rows: RowsByTable, partition: number, event: Event): void {
  const { body } = event;
  switch (body.type) {
    case 'OrderPlaced':
      addPlaced(rows, partition, event, body);
      return;
    case 'OrderConfirmed':
      addConfirmed(rows, partition, event, body);
      return;
    case 'UnwindStarted':
    case 'OrderClosed':
      rows.orders.push(unsoldRow(partition, event, body));
      return;
    case 'PaymentOpRequested':
    case 'PaymentAuthorized':
    case 'PaymentDeclined':
    case 'PaymentCaptured':
    case 'PaymentCaptureFailed':
    case 'PaymentVoided':
    case 'PaymentLapsed':
    case 'PaymentUnknown':
    case 'PaymentPending':
    case 'PaymentActionRequired':
      rows.payments.push(paymentRow(originOf(partition, event, body), body));
      return;
    case 'RefundRecorded':
      rows.payments.push(paymentRow(originOf(partition, event, body), body));
      rows.money_back.push(moneyBackRow(originOf(partition, event, body), body));
      return;
    case 'RefundRequested':
    case 'RefundDue':
    case 'DisputeRecorded':
      rows.money_back.push(moneyBackRow(originOf(partition, event, body), body));
      return;
    case 'LinesCancelled':
    case 'ShipmentRecorded':
    case 'DeliveryRecorded':
    case 'ReturnRequested':
    case 'ReturnReceived':
    case 'ReturnLapsed':
      rows.fulfilment.push(...fulfilmentRows(originOf(partition, event, body), body));
      return;
    case 'LookUpRequested':
    case 'CancelNoted':
    case 'HintKept':
    case 'DiscrepancyRecorded':
    case 'PersonNeeded':
    case 'PaymentResolved':
    case 'HoldRecorded':
    case 'CommitStarted':
    case 'CommitRecorded':
    case 'OrderArchived':
    case 'Barrier':
    case 'TimePassed':
    case 'CommandIgnored':
    case 'CommandRefused':
    case 'CommandQuarantined':
    case 'CommandParked':
    case 'CommandRedriven':
    case 'RedriveAnswered':
    case 'AnomalyRecorded':
      return;
    default:
      assertNever(body);
  }
}

const originOf = (partition: number, { seq, atMs }: Event, body: { store: string; orderId: string }) => ({
  store: body.store,
  partition,
  seq,
  at: atMs,
  order_id: body.orderId,
});

/** What the row of an order says alike when it was placed and when it was sold. */
const orderColumns = (body: OrderPlaced | OrderConfirmed) => ({
  event: body.type,
  customer_id: body.customerId,
  currency: body.currency,
  outcome: null,
  reason: null,
  line_count: body.lines.length,
  units: sumMinor(body.lines.map((line) => line.quantity)),
  total_minor: body.totalMinor,
  discount_minor: body.discountMinor,
  shipping_minor: body.shippingMinor,
  ordered_at: body.orderedAtMs,
});

/** The same of a line's row; `line` is its place in the order, `isTaxOnTop` says that its net is without the tax. */
const lineColumns = (
  { customerId, currency, orderedAtMs }: OrderPlaced | OrderConfirmed,
  line: number,
  of: Pick<OrderConfirmed['lines'][number], 'sku' | 'quantity' | 'taxMinor' | 'netMinor'>,
  isTaxOnTop: boolean,
) => ({
  line,
  customer_id: customerId,
  currency,
  sku: of.sku,
  units: of.quantity,
  tax_minor: of.taxMinor,
  net_minor: of.netMinor,
  gross_minor: isTaxOnTop ? sumMinor([of.netMinor, of.taxMinor]) : of.netMinor,
  ordered_at: orderedAtMs,
});

function addPlaced(rows: RowsByTable, partition: number, event: Event, body: OrderPlaced): void {
  const origin = originOf(partition, event, body);
  const taxes = body.lines.map((line) => line.taxMinor);
  rows.orders.push({
    ...origin,
    ...orderColumns(body),
    tax_minor: sumMinor([...taxes, body.shippingTaxMinor]),
    placed_at: event.atMs,
  });
  for (const [line, of] of body.lines.entries()) {
    const priced = { ...of, netMinor: lineNetMinor(of) };
    rows.order_lines.push({
      ...origin,
      ...lineColumns(body, line, priced, body.taxRule === 'exclusive'),
      entry: 'placed',
      unit_minor: of.unitMinor,
      discount_minor: of.discountMinor,
      placed_at: event.atMs,
    });
  }
}

function addConfirmed(rows: RowsByTable, partition: number, event: Event, body: OrderConfirmed): void {
  const origin = originOf(partition, event, body);
  rows.orders.push({
    ...origin,
    ...orderColumns(body),
    tax_minor: body.taxMinor,
    placed_at: body.placedAtMs,
  });
  const isTaxOnTop = taxIsOnTop(body);
  for (const [line, of] of body.lines.entries()) {
    rows.order_lines.push({
      ...origin,
      ...lineColumns(body, line, of, isTaxOnTop),
      entry: 'sold',
      unit_minor: null,
      discount_minor: null,
      placed_at: body.placedAtMs,
    });
  }
}

/** A sale does not name its tax rule, but only under `exclusive` does its total hold the tax beside the nets. */
function taxIsOnTop({ lines, totalMinor, shippingMinor, taxMinor }: OrderConfirmed): boolean {
  return sumMinor([...lines.map((line) => line.netMinor), shippingMinor, taxMinor]) === totalMinor;
}

function unsoldRow(partition: number, event: Event, body: UnwindStarted | OrderClosed): LedgerRows['orders'] {
  const closed = body.type === 'OrderClosed' ? body : null;
  return {
    ...originOf(partition, event, body),
    event: body.type,
    customer_id: null,
    currency: closed?.currency ?? null,
    outcome: body.type === 'OrderClosed' ? body.as : body.to,
    reason: body.reason,
    line_count: null,
    units: null,
    total_minor: closed?.totalMinor ?? null,
    discount_minor: null,
    shipping_minor: null,
    tax_minor: null,
    placed_at: closed?.placedAtMs ?? null,
    ordered_at: closed?.orderedAtMs ?? null,
  };
}
