import { crc32 } from 'node:zlib';
import { type LedgerTable, ledgerTableNames, processorOfTable } from '../../../schemas/clickhouse-columns.ts';
import type { ClientStep } from '../../../schemas/client-journal.ts';
import { kindColumn, rowText, summedColumns } from '../ledger-columns.ts';
import type { Given } from '../given.ts';
import type {
  AuditTopicRecord,
  ClickHouseFacts,
  ConfigTopicRecord,
  CustomerTopicRecord,
  InboxRecord,
  JournalRecord,
  LedgerGroup,
  ProviderOperation,
  ProviderPayment,
  Recording,
  RedisEntry,
  SalesMinute,
  SinkPosition,
} from '../recording.ts';

export type Row = Record<string, string | number | null>;

/** A run as it was recorded, in plain lists that a test may change. Topic partitions by `orders/0`. */
export interface MemoryRun {
  readonly partitions: number;
  atRest: boolean;
  restAtMs: number | null;
  /** Of an audit that took so long that clocks ticked on; absent: nothing came after rest. */
  journalEndsAtRest?: ReadonlyMap<string, number>;
  /** When the ends of the journals were asked for, all at once; absent: at rest. */
  journalsAskedAtMs?: number;
  given: Given;
  hasRedis: boolean;
  readonly inboxes: Map<string, InboxRecord[]>;
  readonly journals: Map<string, JournalRecord[]>;
  readonly views: Map<string, RedisEntry[]>;
  readonly tables: Record<LedgerTable, Row[]>;
  readonly sales: SalesMinute[];
  readonly positions: SinkPosition[];
  /** In the stock journal; absent where they were not recorded. */
  readonly stockPositions?: SinkPosition[];
  readonly client: ClientStep[];
  operations: ProviderOperation[] | null;
  /** Absent: this provider shows none. */
  payments?: ProviderPayment[];
  readonly audit: AuditTopicRecord[];
  readonly config: ConfigTopicRecord[];
  readonly customers: CustomerTopicRecord[];
}

/** ClickHouse of a run: rows up to the positions, and what the view holds. */
export interface MemoryTables {
  readonly tables: { readonly [Table in LedgerTable]: readonly Readonly<Row>[] };
  readonly sales: readonly SalesMinute[];
  readonly positions: readonly SinkPosition[];
  readonly stockPositions?: readonly SinkPosition[];
}

/** The run as the auditor reads it, a few records a batch. */
export function toRecording(run: MemoryRun): Recording {
  return {
    partitions: run.partitions,
    atRest: run.atRest,
    restAtMs: run.restAtMs,
    journalEndsAtRest: run.journalEndsAtRest,
    journalAskedAtMs: () => run.journalsAskedAtMs ?? null,
    given: run.given,
    inbox: (processor, partition) => batches(run.inboxes.get(`${processor}/${partition}`) ?? []),
    journal: (processor, partition) => batches(run.journals.get(`${processor}/${partition}`) ?? []),
    redis: run.hasRedis ? (view, partition) => run.views.get(`${view}/${partition}`) ?? [] : null,
    clickHouse: async () => factsOf(run),
    client: () => run.client,
    ledger: async () => run.operations,
    payments: async () => run.payments ?? null,
    privileged: async () => ({ audit: run.audit, config: run.config, customers: run.customers }),
  };
}

async function* batches<T>(records: readonly T[]): AsyncGenerator<readonly T[]> {
  for (let at = 0; at < records.length; at += 7) yield records.slice(at, at + 7);
}

export const noTables = (): Record<LedgerTable, Row[]> => ({
  orders: [],
  order_lines: [],
  payments: [],
  money_back: [],
  fulfilment: [],
  order_events: [],
  stock_movements: [],
});

/** What the SELECTs over these rows would answer. */
export function factsOf({ tables, positions, stockPositions, sales }: MemoryTables): ClickHouseFacts {
  const groupsOfJournal = (journal: 'orders' | 'stock') =>
    ledgerTableNames
      .filter((table) => processorOfTable(table) === journal)
      .flatMap((table) => groupsOf(table, tables[table]));
  return {
    positions,
    sales,
    groups: groupsOfJournal('orders'),
    salesBase: minutesOf(tables.orders),
    ...(stockPositions === undefined
      ? {}
      : { stock: { positions: stockPositions, groups: groupsOfJournal('stock') } }),
  };
}

function groupsOf(table: LedgerTable, rows: readonly Row[]): readonly LedgerGroup[] {
  const kind = kindColumn(table);
  const groups = Map.groupBy(rows, (row) => `${row['partition']} ${row[kind]} ${row['currency']}`);
  const columns = summedColumns(table);
  return [...groups.values()].map((of) => ({
    table,
    partition: Number(of[0]?.['partition']),
    event: String(of[0]?.[kind]),
    currency: of[0]?.['currency'] == null ? null : String(of[0]['currency']),
    rows: BigInt(of.length),
    distinct: BigInt(new Set(of.map((row) => `${row['seq']} ${row['line']}`)).size),
    sums: Object.fromEntries(columns.map((name) => [name, sumOf(of, name)])),
    checksum: of.reduce((sum, row) => sum + BigInt(crc32(rowText(table, row))), 0n),
  }));
}

function sumOf(rows: readonly Row[], column: string): bigint {
  let sum = 0n;
  for (const row of rows) {
    const value = row[column];
    if (value) sum += BigInt(value); // most amounts are 0 or null
  }
  return sum;
}

/** `sales_by_minute` as its base says. */
export function minutesOf(orders: readonly Row[]): SalesMinute[] {
  const confirmed = orders.filter((row) => row['event'] === 'OrderConfirmed');
  const minutes = Map.groupBy(
    confirmed,
    (row) =>
      `${row['store']}|${Math.floor(Number(row['at']) / 60_000) * 60_000}|${row['currency']}|${row['partition']}`,
  );
  const sum = (rows: readonly Row[], name: string): bigint =>
    rows.reduce((total, row) => total + BigInt(row[name] ?? 0), 0n);
  return [...minutes].map(([key, rows]) => ({
    key,
    sums: {
      orders: BigInt(rows.length),
      units: sum(rows, 'units'),
      gross_minor: sum(rows, 'total_minor'),
      discount_minor: sum(rows, 'discount_minor'),
      shipping_minor: sum(rows, 'shipping_minor'),
      tax_minor: sum(rows, 'tax_minor'),
    },
  }));
}
