import { type Clock, systemClock } from '../../infra/clients/clock.ts';
import type { AcceptedEvent } from '../../infra/clients/journal-acceptor.ts';
import { isSamePosition } from '../../schemas/accept-journal-record.ts';
import type { PositionedFold } from '../../infra/clients/journal-consumer.ts';
import type { TopicPartition } from '../../infra/clients/log.ts';
import { ledgerTableNames, processorOfTable } from '../../schemas/clickhouse-columns.ts';
import type { Body } from '../../schemas/envelope.ts';
import type { EventBody as OrdersEventBody } from '../../schemas/generated/orders-events.ts';
import type { EventBody as StockEventBody } from '../../schemas/generated/stock-events.ts';
import { emptyingRule, LedgerEmptying } from './emptying.ts';
import {
  type AddRows,
  type Block,
  createCutter,
  type Cutter,
  type CutRule,
  lastTimeOf,
  nameOfRule,
  parseRule,
  widened,
} from './cut-blocks.ts';
import { DoubtfulMinutes, minutesBefore, minutesSold } from './doubtful-minutes.ts';
import { insertBlock, type OnDifferences } from './insert-block.ts';
import { ordersJournalRows, stockJournalRows } from './journal-rows.ts';
import type { Ledger, PositionRow } from './ledger.ts';
import { countRows } from './order-rows.ts';
import { mayPass } from './retry-policy.ts';

export interface LedgerFoldOptions {
  readonly ledger: Ledger;
  /** The cutting rule of this configuration; it takes over where a position row has named it. */
  readonly rule: CutRule;
  /** Blocks are wider where the journal is at hand far beyond them (`widened`); as the rule says if absent. */
  readonly isCatchingUp?: boolean;
  /** A block and its position are in, for log and metrics. */
  readonly onBlock?: (at: TopicPartition, block: Block) => void;
  readonly onDifferences?: OnDifferences;
  /** The machine's, if absent. */
  readonly clock?: Clock;
}

/** Where nothing is sold, the position moves on after this much of the log's time, so that reports stay fresh. */
const emptyRowEveryMs = 10_000;

/** What is known of a partition from `position` on. All of it may be lost: the tables hold the position. */
interface Partition<B extends Body> {
  stored: PositionRow;
  readonly cutter: Cutter<B>;
  /** Offset of the last event the cutter has taken: a batch that comes again goes on behind it. */
  takenOffset: bigint;
  /** The journal is at hand up to this time of its own, ms. */
  reachMs: number;
  /** A closed block whose outcome is not known yet. */
  pending: Block | null;
  /** The next block may have been sent before: by whoever was here before us, or by us without an answer. */
  mayBeThere: boolean;
  /** Of blocks that are in. */
  readonly doubtful: DoubtfulMinutes;
}

/** Folds the orders journal into the ledger tables, all but `stock_movements`. */
export const createLedgerFold = (options: LedgerFoldOptions): PositionedFold<OrdersEventBody> =>
  createFold(options, 'orders', ordersJournalRows);

/** Folds the stock journal into `stock_movements`. */
export const createStockLedgerFold = (options: LedgerFoldOptions): PositionedFold<StockEventBody> =>
  createFold(options, 'stock', stockJournalRows);

/**
 * Folds a journal into its tables, a block at a time. Events that are in no block yet are in memory only; the position
 * stands in the tables with the rows. A failed `apply` may be called again with the same batch.
 */
function createFold<B extends Body>(
  { ledger, rule, isCatchingUp = false, onBlock, onDifferences, clock = systemClock }: LedgerFoldOptions,
  journal: 'orders' | 'stock',
  addRows: AddRows<B>,
): PositionedFold<B> {
  const partitions = new Map<number, Partition<B>>();
  const tables = ledgerTableNames.filter((table) => processorOfTable(table) === journal);

  /** The stored position; into empty tables a first one is written, so that the first block has a rule as well. */
  const readPosition = async (at: TopicPartition): Promise<PositionRow> => {
    const found = await ledger.readPosition(at);
    if (found.nextRule === null) {
      await ledger.insertPosition(at, { ...found, nextRule: nameOfRule(rule) }, 0);
    }
    const stored = found.nextRule === null ? await ledger.readPosition(at) : found;
    if (stored.nextRule === emptyingRule) throw new LedgerEmptying(stored.position.seq);
    if (stored.nextRule === null) {
      throw new Error(`the first position row of ${at.topic}/${at.partition} is not there yet`);
    }
    return { ...stored, nextRule: stored.nextRule };
  };

  /** Sends the pending block; false if another writer stands elsewhere. Rejects while the outcome is unknown. */
  const settle = async (at: TopicPartition, partition: Partition<B>, block: Block): Promise<boolean> => {
    const isEmpty = countRows(block.rows) === 0;
    const isFresh = block.watermarkMs - partition.stored.watermarkMs < emptyRowEveryMs;
    // A wide rule is for the block whose end is at hand: without a row that names the next one, the end of the block behind
    // it may be an hour away.
    const isOfAnotherRule = partition.stored.nextRule !== nameOfRule(rule);
    if (!isEmpty || !isFresh || isOfAnotherRule) {
      const follows = partition.stored.position.seq;
      const { mayBeThere } = partition;
      partition.mayBeThere = true; // until the answer says otherwise
      const stored = await insertBlock(ledger, {
        at: { ...at, block, follows },
        tables,
        nextRule: nameOfRule(isCatchingUp ? widened(rule, block.watermarkMs, partition.reachMs) : rule),
        mayBeThere,
        doubtful: partition.doubtful,
        onDifferences,
      });
      if (stored.position.seq !== block.lastSeq || stored.nextRule === null) return false;
      partition.stored = { ...stored, nextRule: stored.nextRule };
      partition.cutter.useRule(parseRule(stored.nextRule));
      partition.mayBeThere = isEmpty && mayBeThere;
      if (mayBeThere) partition.doubtful.add(minutesSold(block));
      onBlock?.(at, block);
    }
    partition.pending = null;
    return true;
  };

  const takeNext = (partition: Partition<B>, { event, position }: AcceptedEvent<B>): void => {
    if (position.offset <= partition.takenOffset) return;
    partition.takenOffset = position.offset;
    partition.pending = partition.cutter.add(event, position);
  };

  return {
    async position(at) {
      const stored = await readPosition(at);
      const from = {
        seq: stored.position.seq,
        watermarkMs: stored.watermarkMs,
        rule: parseRule(stored.nextRule),
      };
      const doubtful = new DoubtfulMinutes(clock);
      // the other journal's partitions have no sales of their own
      if (journal === 'orders') doubtful.add(minutesBefore(stored.watermarkMs));
      partitions.set(at.partition, {
        stored,
        cutter: createCutter(at.partition, from, addRows),
        takenOffset: stored.position.offset,
        reachMs: stored.watermarkMs,
        pending: null,
        mayBeThere: true,
        doubtful,
      });
      return stored.position;
    },
    async apply(at, batch) {
      // Where another writer stands elsewhere it returns what we last knew, which lies before the batch's end: the
      // reader asks `position` again and begins there.
      const partition = partitions.get(at.partition);
      if (!partition)
        throw new TypeError(`${at.topic}/${at.partition} was not started: position() comes first`);
      partition.reachMs = Math.max(partition.reachMs, lastTimeOf(batch.events) ?? 0);
      if (partition.pending && !(await settle(at, partition, partition.pending)))
        return partition.stored.position;
      for (const accepted of batch.events) {
        takeNext(partition, accepted);
        if (partition.pending && !(await settle(at, partition, partition.pending)))
          return partition.stored.position;
      }
      return batch.to;
    },
    /** The books are never thrown away by themselves: it waits until an operator empties the tables. */
    async onLineage(at, { message }) {
      const { position } = await ledger.readPosition(at);
      const known = partitions.get(at.partition)?.stored.position;
      if (known && isSamePosition(position, known)) {
        throw new Error(`${message}; \`npx millrace sink rebuild\` fills them again from this journal`);
      }
      return 'start-over';
    },
    isMendable: mayPass,
    onLost: (at) => void partitions.delete(at.partition),
  };
}
