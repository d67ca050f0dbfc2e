import type { JournalPosition } from '../../schemas/accept-journal-record.ts';
import type { LedgerTable } from '../../schemas/clickhouse-columns.ts';
import type { TopicPartition } from '../../infra/clients/log.ts';
import type { Block } from './cut-blocks.ts';
import type { Minutes } from './doubtful-minutes.ts';

/** How far the tables are complete for one journal partition, and how the next block is cut. */
export interface StoredPosition {
  readonly position: JournalPosition;
  readonly watermarkMs: number;
  /** Name of the cutting rule of the next block; null before the first row. */
  readonly nextRule: string | null;
}

/** A stored position to be. */
export interface PositionRow extends StoredPosition {
  readonly nextRule: string;
}

/** A block on its way into the tables. */
export interface BlockAt extends TopicPartition {
  readonly block: Block;
  /** `seq` of the stored position it follows: the tables take nothing of it where another is stored. */
  readonly follows: number;
}

/** Where a position is to stand: behind a block, or, the first of all, behind none. */
export interface PositionAt extends TopicPartition {
  readonly block?: Block;
}

/** A row of `sales_by_minute` by column name. Sums are text: they may be wider than a number is exact. */
export type SalesDifference = Readonly<Record<string, string | number>>;

/**
 * What the sink asks of the tables. Every call may be repeated; it rejects where the outcome is unknown too.
 * `clickhouse-ledger.ts` speaks to ClickHouse.
 */
export interface Ledger {
  readPosition(at: TopicPartition): Promise<StoredPosition>;
  /** How many rows of the block's seq range stand in a table. */
  countRows(table: LedgerTable, at: BlockAt): Promise<number>;
  /** One insert, under the block's token and guard, of those rows of it that are not there yet. */
  insertRows(table: LedgerTable, at: BlockAt): Promise<void>;
  /**
   * The row that says how far the tables are complete; the same guard, `follows`. Of a block, only while all its rows
   * stand there: a writer that slept through `sink rebuild` would else call complete what was emptied behind it.
   */
  insertPosition(at: PositionAt, row: PositionRow, follows: number): Promise<void>;
  /** What the base of `sales_by_minute` has more than the view, in these minutes of the block's partition; same guard. */
  differencesOfView(at: BlockAt, minutes: Minutes): Promise<readonly SalesDifference[]>;
  /** Adds them to the view; the same guard. Under a token of the block and of what they say: the same ones are added once. */
  mendView(at: BlockAt, differences: readonly SalesDifference[]): Promise<void>;
}
