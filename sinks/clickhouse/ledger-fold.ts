import type { JournalPosition } from '../../schemas/accept-journal-record.ts';
import type { Event } from '../../schemas/generated/orders-events.ts';
import type { TopicPartition } from '../../infra/clients/log.ts';
import { type Block, createCutter, type Cutter, type CutRule, nameOfRule, parseRule } from './cut-blocks.ts';
import { insertBlock } from './insert-block.ts';
import type { Ledger, PositionRow, StoredPosition } from './ledger.ts';
import { countRows } from './order-rows.ts';
import { type RetryPort, untilItWorks } from './retry-policy.ts';

/** A valid event and the reader's place behind it. */
export interface PlacedEvent {
  readonly event: Event;
  readonly position: JournalPosition;
}

export interface LedgerFoldOptions {
  readonly ledger: Ledger;
  /** The cutting rule of this configuration; it takes over where a position row has named it. */
  readonly rule: CutRule;
  readonly retry: RetryPort;
  /** A block went in (rows by table stand in it), for log and metrics. */
  readonly onBlock?: (at: TopicPartition, block: Block) => void;
}

/** Where nothing is sold, the position moves on after this much of the log's time, so that reports stay fresh. */
const emptyRowEveryMs = 10_000;

interface Partition {
  stored: StoredPosition;
  readonly cutter: Cutter;
  /** The block after the position found at the start may have been sent by whoever was here before. */
  isFirstBlock: boolean;
}

/**
 * Folds partitions of the orders journal into the ledger tables. What is read and not yet in a block is in memory
 * only; the position stands in the tables with the rows.
 */
export function createLedgerFold({ ledger, rule, retry, onBlock }: LedgerFoldOptions) {
  const partitions = new Map<number, Partition>();

  const startAt = (at: TopicPartition, stored: PositionRow): void => {
    const from = {
      seq: stored.position.seq,
      watermarkMs: stored.watermarkMs,
      rule: parseRule(stored.nextRule),
    };
    partitions.set(at.partition, { stored, cutter: createCutter(at.partition, from), isFirstBlock: true });
  };

  /** The stored position; into empty tables a first one is written, so that the first block has a rule as well. */
  const readPosition = async (at: TopicPartition): Promise<PositionRow> => {
    const found = await ledger.readPosition(at);
    if (found.nextRule === null) await ledger.insertPosition(at, { ...found, nextRule: nameOfRule(rule) }, 0);
    const stored = found.nextRule === null ? await ledger.readPosition(at) : found;
    if (stored.nextRule === null) throw new Error(`the first position row of ${at.topic}/${at.partition} is not there yet`);
    return { ...stored, nextRule: stored.nextRule };
  };

  /** Sends a block until its outcome is known; false if another writer stands elsewhere. */
  const settle = async (at: TopicPartition, partition: Partition, block: Block): Promise<boolean> => {
    const isEmpty = countRows(block.rows) === 0;
    if (isEmpty && block.watermarkMs - partition.stored.watermarkMs < emptyRowEveryMs) return true;
    const blockAt = { ...at, block, follows: partition.stored.position.seq };
    const stored = await untilItWorks(retry, (attempt) =>
      insertBlock(ledger, {
        at: blockAt,
        nextRule: nameOfRule(rule),
        mayBeThere: attempt > 1 || partition.isFirstBlock,
      }),
    );
    if (stored.position.seq !== block.lastSeq || stored.nextRule === null) {
      startAt(at, await untilItWorks(retry, () => readPosition(at)));
      return false;
    }
    partition.stored = stored;
    if (!isEmpty) partition.isFirstBlock = false;
    partition.cutter.useRule(parseRule(stored.nextRule));
    onBlock?.(at, block);
    return true;
  };

  return {
    /** Where to read on: the stored position. Forgets what was read and not written. */
    async position(at: TopicPartition): Promise<JournalPosition> {
      const stored = await untilItWorks(retry, () => readPosition(at));
      startAt(at, stored);
      return stored.position;
    },
    /**
     * Takes valid events in order and writes the blocks they close; returns the place to read on: behind the last of
     * them, or where another writer stands. Rejects with what waiting cannot mend.
     */
    async apply(at: TopicPartition, events: readonly PlacedEvent[]): Promise<JournalPosition> {
      const partition = partitions.get(at.partition);
      if (!partition) throw new Error(`${at.topic}/${at.partition} was not started: position() comes first`);
      let last = partition.stored.position;
      for (const { event, position } of events) {
        last = position;
        const block = partition.cutter.add(event, position);
        if (block !== null && !(await settle(at, partition, block))) {
          return partitions.get(at.partition)?.stored.position ?? last;
        }
      }
      return last;
    },
    /** Forgets a partition that is another member's now. */
    drop(at: TopicPartition): void {
      partitions.delete(at.partition);
    },
  };
}

export type LedgerFold = ReturnType<typeof createLedgerFold>;
