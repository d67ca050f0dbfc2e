import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ClickHouseFacts } from '../../../infra/audit/recording.ts';
import { journalStart } from '../../../schemas/accept-journal-record.ts';
import { ledgerTableNames } from '../../../schemas/clickhouse-columns.ts';
import { type Block, createCutter, type CutRule, nameOfRule } from '../cut-blocks.ts';
import { ordersJournalRows } from '../journal-rows.ts';
import { minutesSold } from '../doubtful-minutes.ts';
import type { BlockAt, Ledger } from '../ledger.ts';
import { someSales } from './ledger-world.ts';

/** Empty tables, and what befalls them. */
export interface LedgerUnderTest {
  readonly ledger: Ledger;
  /** As the auditor reads them: rows up to the stored positions, and the view. */
  facts(): Promise<ClickHouseFacts>;
  /** Every table remembers no token any more. */
  forgetTokens(): Promise<void>;
  emptyView(): Promise<void>;
  close(): Promise<void>;
}

const at = { topic: 'orders.events.v1', partition: 3 };
const rule: CutRule = { intervalMs: 70_000, rowsMax: 50_000 };
const nextRule = nameOfRule(rule);
const sales = 40;

/** What `once` of `ledger-world.ts` counts of one life: orders, lines, payments, money back, pieces, events. */
const rowsOfSale = 2 + 4 + 3 + 2 + 6 + 10;

/** Forty sales in one block, from ten seconds before the end of a month to ten seconds after it. */
function blockOfTwoMonths(): Block {
  const whole = { intervalMs: 2 ** 50, rowsMax: sales * rowsOfSale };
  const cutter = createCutter(at.partition, { seq: 0, watermarkMs: 0, rule: whole }, ordersJournalRows);
  let last: Block | null = null;
  for (const { event, position } of someSales(sales)) last = cutter.add(event, position) ?? last;
  if (last === null) throw new Error('the journal closes no block');
  return last;
}

/** What the sink may rely on in its tables (ledger.ts); for the real ones and for the simulator's. */
export function ledgerContract(name: string, open: () => Promise<LedgerUnderTest>): void {
  describe(`${name} as the sink's ledger`, () => {
    let subject: LedgerUnderTest;
    let ledger: Ledger;
    const block: BlockAt = { ...at, block: blockOfTwoMonths(), follows: 0 };
    const positionOf = (of: Block, next = nextRule) => ({
      position: of.end,
      watermarkMs: of.watermarkMs,
      nextRule: next,
    });
    beforeEach(async () => {
      subject = await open();
      ledger = subject.ledger;
    });
    afterEach(() => subject.close());

    const insertAll = async (): Promise<void> => {
      for (const table of filled) await ledger.insertRows(table, block);
    };
    const rowsOf = async (of = block): Promise<readonly number[]> => {
      const counts: number[] = [];
      for (const table of ledgerTableNames) counts.push(await ledger.countRows(table, of));
      return counts;
    };
    /** A block is of one journal; the tables of another have nothing of it. */
    const filled = ledgerTableNames.filter((table) => block.block.rows[table].length > 0);
    const once = ledgerTableNames.map((table) => block.block.rows[table].length);
    const nothing = ledgerTableNames.map(() => 0);
    /** The position row makes the rows visible to `facts`. */
    const sold = async () => {
      await ledger.insertPosition(at, positionOf(block.block), 0);
      const { sales: view, salesBase } = await subject.facts();
      const sum = (of: typeof view): bigint =>
        of.reduce((total, { sums }) => total + (sums['orders'] ?? 0n), 0n);
      return { view: sum(view), base: sum(salesBase) };
    };

    test('empty tables have no position and no rows', async () => {
      expect(await ledger.readPosition(at)).toEqual({
        position: journalStart,
        watermarkMs: 0,
        nextRule: null,
      });
      expect(await rowsOf()).toEqual(nothing);
    });

    test('the position is that of the row with the highest seq, of its own partition', async () => {
      const first = { position: { offset: 7n, seq: 5, writer: 'w1' }, watermarkMs: 1_000, nextRule };
      const second = { position: { offset: 12n, seq: 9, writer: 'w2' }, watermarkMs: 3_000, nextRule };
      await ledger.insertPosition(at, first, 0);
      expect(await ledger.readPosition(at)).toEqual(first);
      await ledger.insertPosition(at, second, 5);
      expect(await ledger.readPosition(at)).toEqual(second);
      expect(await ledger.readPosition({ ...at, partition: 1 })).toMatchObject({ position: journalStart });
    });

    test('a position row that follows another than the stored one is not written', async () => {
      const stored = { position: { offset: 7n, seq: 5, writer: 'w' }, watermarkMs: 1_000, nextRule };
      await ledger.insertPosition(at, stored, 0);
      await ledger.insertPosition(at, { ...stored, position: { offset: 12n, seq: 9, writer: 'w' } }, 4);
      expect(await ledger.readPosition(at)).toEqual(stored);
    });

    test('the position behind a block is not written while rows of it are missing', async () => {
      const position = positionOf(block.block);
      for (const table of filled) {
        await ledger.insertPosition(block, position, 0);
        expect(await ledger.readPosition(at)).toMatchObject({ position: journalStart });
        await ledger.insertRows(table, block);
      }
      await ledger.insertPosition(block, position, 0);
      expect(await ledger.readPosition(at)).toEqual(position);
    });

    test('of two rows for one place the first is heard, whatever rule the second names', async () => {
      const first = { position: { offset: -1n, seq: 0, writer: null }, watermarkMs: 0, nextRule: 't2-n2' };
      await ledger.insertPosition(at, first, 0);
      await ledger.insertPosition(at, { ...first, nextRule: 't1-n1' }, 0);
      expect((await ledger.readPosition(at)).nextRule).toBe('t2-n2');
    });

    test('a block of two months is written whole, its view too, and its repeat not at all', async () => {
      expect(new Set(block.block.rows.orders.map((row) => new Date(row.at).getUTCMonth())).size).toBe(2);
      await insertAll();
      expect(await rowsOf()).toEqual(once);
      await insertAll();
      expect(await rowsOf()).toEqual(once);
      expect(await sold()).toEqual({ view: BigInt(sales), base: BigInt(sales) });
    });

    test('a block that follows another position than the stored one writes nothing', async () => {
      await ledger.insertPosition(
        at,
        { ...positionOf(block.block), position: { offset: 0n, seq: 1, writer: 'w' } },
        0,
      );
      await insertAll();
      expect(await rowsOf()).toEqual(nothing);
    });

    test('rows are counted by place: another partition, or a later range, has none of them', async () => {
      await insertAll();
      expect(await rowsOf({ ...block, partition: 1 })).toEqual(nothing);
      const { lastSeq } = block.block;
      const later = { ...block.block, firstSeq: lastSeq + 1, lastSeq: lastSeq + 99 };
      expect(await rowsOf({ ...block, block: later })).toEqual(nothing);
    });

    test('rows that are there already are not written again, also when their token is forgotten', async () => {
      await ledger.insertRows('orders', block);
      await subject.forgetTokens();
      await insertAll();
      expect(await rowsOf()).toEqual(once);
      expect(await sold()).toEqual({ view: BigInt(sales), base: BigInt(sales) });
    });

    const minutes = minutesSold(block.block) ?? { fromS: 0, toS: 0 };
    const differences = () => ledger.differencesOfView(block, minutes);

    test('a view that lost its rows is mended from its base, one that has them is left alone', async () => {
      await insertAll();
      expect(await differences()).toEqual([]);
      await subject.emptyView();
      const missing = await differences();
      expect(missing.length).toBeGreaterThan(0);
      await ledger.mendView(block, missing);
      expect(await differences()).toEqual([]);
      expect(await sold()).toEqual({ view: BigInt(sales), base: BigInt(sales) });
    });

    test('the same mend twice is one; rows of the view that come after it are taken out by another of the same block', async () => {
      await insertAll();
      await subject.emptyView();
      const missing = await differences();
      await ledger.mendView(block, missing);
      await ledger.mendView(block, missing);
      expect(await differences()).toEqual([]);
      // late: under a token of their own
      await ledger.mendView({ ...block, block: { ...block.block, rule: 't1-n1' } }, missing);
      const tooMany = await differences();
      expect(tooMany).toHaveLength(missing.length);
      await ledger.mendView(block, tooMany);
      expect(await differences()).toEqual([]);
      expect(await sold()).toEqual({ view: BigInt(sales), base: BigInt(sales) });
    });

    test('who follows another position than the stored one finds no difference and mends nothing', async () => {
      await insertAll();
      await subject.emptyView();
      const missing = await differences();
      await ledger.insertPosition(block, positionOf(block.block), 0);
      expect(await differences()).toEqual([]);
      await ledger.mendView(block, missing);
      expect((await subject.facts()).sales).toEqual([]);
    });
  });
}
