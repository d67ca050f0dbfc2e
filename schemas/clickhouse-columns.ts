/**
 * The ClickHouse tables, column by column: what the sink writes, the API and the auditor read
 * (`sinks/clickhouse/migrations` creates them; a test compares both). Money is in minor units of `currency`.
 * Times are epoch milliseconds in rows, `DateTime64(3, 'UTC')` in tables. A column an event knows nothing of is null.
 */
export type ColumnType =
  | 'String'
  | 'UInt16'
  | 'UInt32'
  | 'UInt64'
  | 'Int64'
  | 'DateTime64(3)'
  | 'Nullable(String)'
  | 'Nullable(UInt32)'
  | 'Nullable(UInt64)'
  | 'Nullable(Int64)'
  | 'Nullable(DateTime64(3))';

type Plain<T extends ColumnType> = T extends `${string}String${string}` ? string : number;
type Value<T extends ColumnType> = T extends `Nullable(${string}` ? Plain<T> | null : Plain<T>;
type Columns = Readonly<Record<string, ColumnType>>;
type Row<C extends Columns> = { readonly [Name in keyof C]: Value<C[Name]> };

/** Where a row comes from: journal partition and the event's seq there; the log's clock. Part of every ledger table. */
const origin = {
  store: 'String',
  partition: 'UInt16',
  seq: 'UInt64',
  at: 'DateTime64(3)',
  order_id: 'String',
} as const satisfies Columns;

/** A row for each OrderPlaced, OrderConfirmed, UnwindStarted, OrderClosed. */
const ordersColumns = {
  ...origin,
  event: 'String',
  customer_id: 'Nullable(String)',
  currency: 'Nullable(String)',
  /** How it ends without a sale (Rejected, Declined, Expired, Cancelled) and why. */
  outcome: 'Nullable(String)',
  reason: 'Nullable(String)',
  line_count: 'Nullable(UInt32)',
  units: 'Nullable(UInt64)',
  /** What the customer pays: lines, shipping, and tax where it is not in the prices. */
  total_minor: 'Nullable(Int64)',
  discount_minor: 'Nullable(Int64)',
  shipping_minor: 'Nullable(Int64)',
  /** Tax of the lines and of shipping. */
  tax_minor: 'Nullable(Int64)',
  placed_at: 'Nullable(DateTime64(3))',
  /** The caller's claim. */
  ordered_at: 'Nullable(DateTime64(3))',
} as const satisfies Columns;

/** A row for each line of OrderPlaced (`entry` placed) and of OrderConfirmed (`entry` sold); `line` counts from 0. */
const orderLinesColumns = {
  ...origin,
  line: 'UInt16',
  entry: 'String',
  customer_id: 'String',
  currency: 'String',
  sku: 'String',
  units: 'UInt32',
  unit_minor: 'Nullable(Int64)',
  discount_minor: 'Nullable(Int64)',
  tax_minor: 'Int64',
  /** Units times unit price less discount: with the tax in it where prices include tax. */
  net_minor: 'Int64',
  /** What the customer pays for the line: net, and tax where it is not in the prices. */
  gross_minor: 'Int64',
  placed_at: 'DateTime64(3)',
  ordered_at: 'Nullable(DateTime64(3))',
} as const satisfies Columns;

/**
 * A row for each event that asks the provider to move money or says what he did: PaymentOpRequested, the other Payment
 * events but PaymentResolved, and RefundRecorded. `kind` is that of the operation.
 */
const paymentsColumns = {
  ...origin,
  event: 'String',
  op_id: 'String',
  attempt: 'UInt32',
  kind: 'String',
  amount_minor: 'Nullable(Int64)',
  currency: 'Nullable(String)',
  psp_ref: 'Nullable(String)',
  /** Code of a decline, a refused capture or a failed refund; cause of an unknown; reason of a lapse. */
  code: 'Nullable(String)',
} as const satisfies Columns;

/**
 * A row for each RefundRequested, RefundRecorded, RefundDue (`kind` refund) and DisputeRecorded (`kind` chargeback).
 * Money is back with the customer while the last row of a `ref` that is not `requested`, `due` or `open` is `succeeded`
 * or `lost`; rows are never changed, so a refund that fails after all is a row more.
 */
const moneyBackColumns = {
  ...origin,
  event: 'String',
  kind: 'String',
  /** Refund or dispute. */
  ref: 'String',
  /** requested, succeeded, failed, due; open, won, lost. */
  state: 'String',
  /** Of a request: cancel, cancel-lines, return, request, late-money. */
  why: 'Nullable(String)',
  currency: 'String',
  amount_minor: 'Int64',
  /** Of the amount of a request, with its tax. */
  shipping_minor: 'Nullable(Int64)',
  psp_ref: 'Nullable(String)',
  code: 'Nullable(String)',
  /** The caller's claim; of a request alone. */
  claimed_at: 'Nullable(DateTime64(3))',
} as const satisfies Columns;

/**
 * A row for each line of LinesCancelled, ShipmentRecorded, DeliveryRecorded, ReturnRequested, ReturnReceived and
 * ReturnLapsed; `line` counts from 0, as in `order_lines`.
 */
const fulfilmentColumns = {
  ...origin,
  line: 'UInt16',
  event: 'String',
  /** Cancellation, shipment, delivery or return. */
  ref: 'String',
  sku: 'String',
  units: 'UInt32',
  /** Of a receipt: sellable, damaged, to-supplier. */
  condition: 'Nullable(String)',
  claimed_at: 'Nullable(DateTime64(3))',
} as const satisfies Columns;

/**
 * A row for each event of an order, answers to its commands included: with its topic, the order's whole lineage.
 * Kept for ever, unlike the streams in Redis. Only blocks of rows 2 have it (`sinks/clickhouse/cut-blocks.ts`).
 */
const orderEventsColumns = {
  /** '' where the event names none (answers to commands). */
  ...origin,
  event: 'String',
  /** Of the record in the journal. */
  offset: 'Int64',
  /** Of the inbox record it decides, and the pair that carried: from another journal. */
  cause_offset: 'Int64',
  cause_source: 'Nullable(String)',
  cause_seq: 'Nullable(UInt64)',
  cause_index: 'Nullable(UInt32)',
  /** JSON of what the event says beside these and the lines and holds of the order; nothing sealed or personal. */
  detail: 'String',
} as const satisfies Columns;

/**
 * A row for each event of the stock journal that changes a level, refuses a hold, or halts or resumes a SKU; an answer
 * given again (`repeat`) moves nothing and has none. A level at a time is the sum of its changes before it, from the
 * journal's start on; available is on hand less held (`docs/design/domain.md` §4).
 */
const stockMovementsColumns = {
  /** Of the stock journal; `order_id` is '' where no order is behind it. */
  ...origin,
  event: 'String',
  sku: 'String',
  /** Pieces the event speaks of: signed for an adjustment, what was asked for a refused hold, 0 for a halt. */
  units: 'Int64',
  on_hand_change: 'Int64',
  held_change: 'Int64',
  /** Committed and not shipped. */
  allocated_change: 'Int64',
  /** Of a refused hold: what was available then. */
  available: 'Nullable(Int64)',
  /** Of a receipt, an adjustment, a refusal, a release, a halt. */
  reason: 'Nullable(String)',
  /** Hold, return or shipment; of a movement its command, by which a correction names it. */
  ref: 'Nullable(String)',
} as const satisfies Columns;

/** How far the tables are complete, for each journal partition: the row with the highest `seq` counts. */
export const sinkPositionsColumns = {
  topic: 'String',
  partition: 'UInt16',
  /** The reader's place, of the last record the ledger tables include (schemas/accept-journal-record.ts). */
  offset: 'Int64',
  seq: 'UInt64',
  writer: 'Nullable(String)',
  /** `atMs` of the last TimePassed up to there: no later event is older. */
  watermark: 'DateTime64(3)',
  /** Cutting rule of the next block, for example `t2000-n50000-r2`. */
  next_rule: 'String',
} as const satisfies Columns;

export interface LedgerRows {
  readonly orders: OrdersRow;
  readonly order_lines: OrderLinesRow;
  readonly payments: PaymentsRow;
  readonly money_back: MoneyBackRow;
  readonly fulfilment: FulfilmentRow;
  readonly order_events: OrderEventsRow;
  readonly stock_movements: StockMovementsRow;
}
export type OrdersRow = Row<typeof ordersColumns>;
export type OrderLinesRow = Row<typeof orderLinesColumns>;
export type PaymentsRow = Row<typeof paymentsColumns>;
export type MoneyBackRow = Row<typeof moneyBackColumns>;
export type FulfilmentRow = Row<typeof fulfilmentColumns>;
export type OrderEventsRow = Row<typeof orderEventsColumns>;
export type StockMovementsRow = Row<typeof stockMovementsColumns>;
export type SinkPositionsRow = Row<typeof sinkPositionsColumns>;

export type LedgerTable = keyof LedgerRows;

export interface TableSpec {
  readonly columns: Columns;
  /** The table's sorting key; rows are sent in this order. */
  readonly sortedBy: readonly string[];
}

/** The ledger tables, in the order in which a block writes them. */
export const ledgerTables = {
  orders: { columns: ordersColumns, sortedBy: ['store', 'event', 'at', 'partition', 'seq'] },
  order_lines: { columns: orderLinesColumns, sortedBy: ['store', 'entry', 'at', 'partition', 'seq', 'line'] },
  payments: { columns: paymentsColumns, sortedBy: ['store', 'event', 'at', 'partition', 'seq'] },
  money_back: { columns: moneyBackColumns, sortedBy: ['store', 'kind', 'at', 'partition', 'seq'] },
  fulfilment: { columns: fulfilmentColumns, sortedBy: ['store', 'event', 'at', 'partition', 'seq', 'line'] },
  order_events: { columns: orderEventsColumns, sortedBy: ['store', 'at', 'partition', 'seq'] },
  stock_movements: { columns: stockMovementsColumns, sortedBy: ['store', 'event', 'at', 'partition', 'seq'] },
} as const satisfies Readonly<Record<LedgerTable, TableSpec>>;

/** Whose journal fills a table: its watermark, in `sink_positions` under that topic, is how far the table is complete. */
export const processorOfTable = (table: LedgerTable): 'orders' | 'stock' =>
  table === 'stock_movements' ? 'stock' : 'orders';

export const ledgerTableNames = Object.keys(ledgerTables) as readonly LedgerTable[];

/**
 * What `orders` keeps aggregated by a materialized view: sums over the confirmed orders of a minute, by store, currency
 * and journal partition (whose sink alone adds to them, so a block's minutes can be compared with their base any time).
 */
export const salesByMinute = {
  table: 'sales_by_minute',
  keys: ['store', 'minute', 'currency', 'partition'],
  sums: ['orders', 'units', 'gross_minor', 'discount_minor', 'shipping_minor', 'tax_minor'],
} as const;
