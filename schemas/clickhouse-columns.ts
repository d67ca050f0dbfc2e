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
export const ordersColumns = {
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
export const orderLinesColumns = {
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

/** A row for each PaymentOpRequested, PaymentAuthorized, PaymentDeclined, PaymentCaptured, PaymentUnknown. */
export const paymentsColumns = {
  ...origin,
  event: 'String',
  op_id: 'String',
  attempt: 'UInt32',
  kind: 'String',
  amount_minor: 'Nullable(Int64)',
  currency: 'Nullable(String)',
  psp_ref: 'Nullable(String)',
  /** Code of a decline, cause of an unknown. */
  code: 'Nullable(String)',
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
  /** Cutting rule of the next block, for example `t2000-n50000`. */
  next_rule: 'String',
} as const satisfies Columns;

export interface LedgerRows {
  readonly orders: OrdersRow;
  readonly order_lines: OrderLinesRow;
  readonly payments: PaymentsRow;
}
export type OrdersRow = Row<typeof ordersColumns>;
export type OrderLinesRow = Row<typeof orderLinesColumns>;
export type PaymentsRow = Row<typeof paymentsColumns>;
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
} as const satisfies Readonly<Record<LedgerTable, TableSpec>>;

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
