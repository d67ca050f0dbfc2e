import type { LedgerTable } from '../../schemas/clickhouse-columns.ts';
import type { ClientStep } from '../../schemas/client-journal.ts';
import type { Command as CatalogueCommand } from '../../schemas/generated/catalogue-commands.ts';
import type { Event as CatalogueEvent } from '../../schemas/generated/catalogue-events.ts';
import type { CustomerKey } from '../../schemas/generated/customers-keys.ts';
import type { AuditRecord } from '../../schemas/generated/ops-audit.ts';
import type { Command as OrderCommand } from '../../schemas/generated/orders-commands.ts';
import type { Event as OrderEvent } from '../../schemas/generated/orders-events.ts';
import type { Command as StockCommand } from '../../schemas/generated/stock-commands.ts';
import type { Event as StockEvent } from '../../schemas/generated/stock-events.ts';
import type { StoreConfig } from '../../schemas/generated/stores-config.ts';
import type { SourceMark } from '../../schemas/source-mark.ts';
import type { ProcessorName } from '../../schemas/topic-catalogue.ts';
import type { Given } from './given.ts';

export type AnyCommand = OrderCommand | StockCommand | CatalogueCommand;
export type AnyEvent = OrderEvent | StockEvent | CatalogueEvent;

/** Read once, in order; a recording in memory need not be asynchronous. */
export type Stream<T> = AsyncIterable<T> | Iterable<T>;

/** One record of an inbox, decoded. Offsets are dense and stay below 2^53. */
export interface InboxRecord {
  readonly offset: number;
  /** The broker's append time. */
  readonly atMs: number;
  /** Null if there is none or it is not UTF-8. */
  readonly key: string | null;
  /** The header `source`; null on a command from outside, `bad` if it cannot be read. */
  readonly mark: SourceMark | 'bad' | null;
  /** Null if the bytes cannot be read. */
  readonly command: AnyCommand | null;
}

/** One record of a journal, decoded; valid or void is for the reader to say. */
export interface JournalRecord {
  readonly offset: number;
  readonly key: string | null;
  /** Null if the bytes cannot be read: a journal must hold no such record. */
  readonly event: AnyEvent | null;
  /** CRC-32 of the value's bytes: a second copy must be the same. */
  readonly crc: number;
}

/** One key of Redis as it was read. */
export interface RedisEntry {
  readonly key: string;
  readonly value: RedisValue;
}
export type RedisValue =
  | { readonly is: 'string'; readonly text: string }
  | { readonly is: 'hash'; readonly fields: Readonly<Record<string, string>> }
  | { readonly is: 'zset'; readonly scores: ReadonlyMap<string, number> }
  | { readonly is: 'stream'; readonly entries: readonly StreamEntry[] }
  | { readonly is: 'other'; readonly type: string };
export interface StreamEntry {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** How far the sink says the tables are complete, for each journal partition. */
export interface SinkPosition {
  readonly partition: number;
  readonly offset: number;
  readonly seq: number;
  readonly writer: string | null;
}

/**
 * One group of a ledger table's rows up to the sink's position: rows of one partition, `event` (or `entry`) and
 * currency, so that no sum mixes two.
 */
export interface LedgerGroup {
  readonly table: LedgerTable;
  readonly partition: number;
  readonly event: string;
  readonly currency: string | null;
  readonly rows: bigint;
  /** uniqExact(partition, seq, line). */
  readonly distinct: bigint;
  /** Sum of each amount and unit column, nulls as 0. */
  readonly sums: Readonly<Record<string, bigint>>;
  /** Sum of the CRC-32 of each row's text (`ledger-columns.ts`): a swap of values keeps sums, not this. */
  readonly checksum: bigint;
}

/** A minute of `sales_by_minute`, or of its base aggregated again. */
export interface SalesMinute {
  /** `store|minute|currency|partition`. */
  readonly key: string;
  readonly sums: Readonly<Record<string, bigint>>;
}

export interface ClickHouseFacts {
  readonly positions: readonly SinkPosition[];
  readonly groups: readonly LedgerGroup[];
  readonly sales: readonly SalesMinute[];
  readonly salesBase: readonly SalesMinute[];
  /** The same of what the sink makes of the stock journal; absent where it was not recorded. */
  readonly stock?: { readonly positions: readonly SinkPosition[]; readonly groups: readonly LedgerGroup[] };
}

/** One operation of the provider's own book. */
export interface ProviderOperation {
  readonly key: string;
  readonly kind: string;
  readonly opId: string;
  readonly orderId: string;
  readonly amount: number;
  readonly currency: string;
  /** True if the provider did it. */
  readonly done: boolean;
  /** Digests of the different byte strings that came under the key: one, if the byte rule is kept. */
  readonly digests: readonly string[];
}

/** One payment as it stands in the provider's own book. Minor units. */
export interface ProviderPayment {
  readonly orderId: string;
  readonly currency: string;
  readonly captured: number;
  /** A Stripe-like word; `requires_capture`: the money is reserved. */
  readonly status: string;
  readonly refunds: readonly { readonly opId: string; readonly amount: number; readonly status: string }[];
  readonly disputes: readonly { readonly id: string; readonly amount: number; readonly status: string }[];
}

/** One record of `ops.audit.v1`. */
export interface AuditTopicRecord {
  readonly offset: number;
  /** The broker's append time. */
  readonly atMs: number;
  readonly key: string | null;
  /** Null if the bytes cannot be read. */
  readonly value: AuditRecord | null;
}

/** One record of `stores.config.v1` that compaction has left. */
export interface ConfigTopicRecord {
  readonly offset: number;
  /** Of whoever wrote it. */
  readonly atMs: number;
  readonly key: string | null;
  /** Null for a tombstone, or bytes that cannot be read. */
  readonly value: StoreConfig | null;
}

/** One record of `customers.keys.v1` that compaction has left. */
export interface CustomerTopicRecord extends Omit<ConfigTopicRecord, 'value'> {
  readonly value: CustomerKey | null;
}

/** What was done with privilege beside the inboxes, and what was announced. */
export interface PrivilegedFacts {
  readonly audit: readonly AuditTopicRecord[];
  readonly config: readonly ConfigTopicRecord[];
  readonly customers: readonly CustomerTopicRecord[];
}

/**
 * Everything the rules look at, read to end offsets taken at rest or soon after. Topic partitions come as streams, so that
 * millions of records fit; each stream may be opened once for each call. A source that was not recorded is null: the
 * rules that need it say that they checked nothing.
 */
export interface Recording {
  readonly partitions: number;
  /** Whether the pipeline was at rest when it was read: some clauses hold only then. */
  readonly atRest: boolean;
  /** Time at that rest on the clock that the log is stamped by, epoch ms; null where no clock can be compared. */
  readonly restAtMs: number | null;
  /**
   * First offset of each journal partition (`orders/0`) that was not written yet at that rest; absent where nothing was
   * written after it: a live pipeline's clocks tick on while it is read.
   */
  readonly journalEndsAtRest?: ReadonlyMap<string, number> | undefined;
  /** When the end to which a journal was read was asked for, epoch ms: nothing in it is younger. Null before its reading began. */
  journalAskedAtMs?(processor: ProcessorName, partition: number): number | null;
  inbox(processor: ProcessorName, partition: number): Stream<readonly InboxRecord[]>;
  journal(processor: ProcessorName, partition: number): Stream<readonly JournalRecord[]>;
  /** Every key of the view of one journal partition, the position first. */
  readonly redis: ((view: 'orders' | 'stock', partition: number) => Stream<RedisEntry>) | null;
  clickHouse(): Promise<ClickHouseFacts | null>;
  client(): Stream<ClientStep>;
  /** Null where no provider simulator can be asked. */
  ledger(): Promise<readonly ProviderOperation[] | null>;
  /** The same of its payments; absent where they were not recorded. */
  payments?(): Promise<readonly ProviderPayment[] | null>;
  /** Read after the inboxes, so that every effect's record is in it; absent where it was not recorded. */
  privileged?(): Promise<PrivilegedFacts | null>;
  readonly given: Given;
}
