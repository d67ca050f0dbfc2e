import { crashPoint } from '../../infra/clients/crash-point.ts';
import { ledgerTableNames, type LedgerTable } from '../../schemas/clickhouse-columns.ts';
import { type DoubtfulMinutes, type Minutes, minutesSold } from './doubtful-minutes.ts';
import type { BlockAt, Ledger, SalesDifference, StoredPosition } from './ledger.ts';
import { countRows } from './order-rows.ts';

/** The tables hold what the journal does not: nothing may be added before somebody has looked. */
export class LedgerDamaged extends Error {
  override readonly name = 'LedgerDamaged';
}

export interface InsertBlock {
  readonly at: BlockAt;
  /** Those its journal fills: the numbers of another journal's rows mean nothing here. */
  readonly tables: readonly LedgerTable[];
  /** Cutting rule of the block after it. */
  readonly nextRule: string;
  /**
   * Somebody, we included, may have sent this block before: its rows are counted first (DESIGN §4).
   */
  readonly mayBeThere: boolean;
  /** Minutes of earlier blocks of the partition that are compared again. */
  readonly doubtful: DoubtfulMinutes;
  readonly onDifferences?: OnDifferences | undefined;
}

/** The view differed from its base, which it never should, and is mended now. */
export type OnDifferences = (at: BlockAt, minutes: Minutes, differences: readonly SalesDifference[]) => void;

/**
 * Puts a block's rows into all tables, then its position row, and returns what is stored then: the block's end, or
 * where another writer stands. May be called again with `mayBeThere` after any failure. Throws LedgerDamaged where
 * a table holds more rows of the block's range than the journal has.
 */
export async function insertBlock(
  ledger: Ledger,
  { at, tables, nextRule, mayBeThere, doubtful, onDifferences }: InsertBlock,
): Promise<StoredPosition> {
  crashPoint('sink.before-block');
  if (countRows(at.block.rows) > 0) {
    if (mayBeThere) await finishRows(ledger, at, tables);
    else await sendRows(ledger, at);
  }
  const mend = async (minutes: Minutes): Promise<void> => {
    const differences = await ledger.differencesOfView(at, minutes);
    if (differences.length === 0) return;
    onDifferences?.(at, minutes, differences);
    await ledger.mendView(at, differences);
  };
  const sold = minutesSold(at.block);
  if (sold !== null) await mend(sold);
  await doubtful.look(mend);
  crashPoint('sink.before-position');
  const { end, watermarkMs } = at.block;
  await ledger.insertPosition(at, { position: end, watermarkMs, nextRule }, at.follows);
  crashPoint('sink.after-position');
  return ledger.readPosition(at);
}

/**
 * Each insert takes only the rows that are not there. A count before it would not do: a writer may sleep in between, and
 * find on waking the block written, its position not yet, its token forgotten (simulator, seed 145 of `folds`).
 */
async function sendRows(ledger: Ledger, at: BlockAt): Promise<void> {
  for (const table of ledgerTableNames) {
    if (at.block.rows[table].length === 0) continue;
    await ledger.insertRows(table, at);
    crashPoint('sink.between-tables');
  }
}

/** Only the tables where something is missing. */
async function finishRows(ledger: Ledger, at: BlockAt, tables: readonly LedgerTable[]): Promise<void> {
  for (const table of tables) {
    const wanted = at.block.rows[table].length;
    const there = await ledger.countRows(table, at);
    if (there > wanted) {
      throw new LedgerDamaged(
        `${table} holds ${there} rows of ${at.topic}/${at.partition} seq ${at.block.firstSeq}-${at.block.lastSeq}, ` +
          `the journal has ${wanted}: run the auditor, then rebuild the tables`,
      );
    }
    if (there < wanted) await ledger.insertRows(table, at);
  }
}
