import type { Event, OrderPlaced } from '../../../schemas/generated/orders-events.ts';
import type { Event as StockEvent } from '../../../schemas/generated/stock-events.ts';
import { groupKey, RowGroups } from '../group-rows.ts';
import { ledgerRowsOf } from '../ledger-rows.ts';
import { lineageOf } from '../life-rows.ts';
import type { ClickHouseFacts, LedgerGroup, SalesMinute, SinkPosition } from '../recording.ts';
import { createFindings, type Rule } from '../rule.ts';
import { movementsOf } from '../stock-movements.ts';

/**
 * I-16: up to the sink's position each ledger table holds one row for each row of the fold – count() =
 * uniqExact(partition, seq, line) = the fold's, sums and checksums too – and `sales_by_minute` is its base aggregated
 * again. The position stands in the journal, and behind all rows that the journal had at rest: a late answer that changes
 * nothing may come afterwards, and be in a block that is not closed yet. The same of the stock journal and its table,
 * where the sink follows it.
 */
export function createI16(): Rule {
  const findings = createFindings('I-16');
  const expected = { orders: new RowGroups(), stock: new RowGroups() };
  /** By `orders/0`; of the journals that the sink follows. */
  let positions = new Map<string, SinkPosition>();
  const followed = new Set<string>();
  let taxRules = new Map<string, OrderPlaced['taxRule']>();
  const found = new Set<string>();
  const lastRow = new Map<string, number>();
  let endsAtRest: ReadonlyMap<string, number> | undefined;

  return {
    id: 'I-16',
    begin({ clickHouse, journalEndsAtRest }) {
      if (clickHouse === null) return;
      endsAtRest = journalEndsAtRest;
      followed.add('orders');
      if (clickHouse.stock) followed.add('stock');
      positions = new Map([
        ...clickHouse.positions.map((of) => [`orders/${of.partition}`, of] as const),
        ...(clickHouse.stock?.positions ?? []).map((of) => [`stock/${of.partition}`, of] as const),
      ]);
    },
    onJournal({ processor, partition, record, isValid, seq, writer }) {
      const task = `${processor}/${partition}`;
      const position = positions.get(task);
      if (!isValid || position?.offset !== record.offset) return;
      if (position.seq === seq && position.writer === writer) found.add(task);
    },
    onFact({ processor, partition, event, offset }) {
      if (processor === 'catalogue' || !followed.has(processor)) return;
      const rows =
        processor === 'stock'
          ? movementsOf(partition, event as StockEvent)
          : [
              ...ledgerRowsOf(partition, event as Event, taxRules),
              ...lineageOf(partition, event as Event, offset),
            ];
      if (rows.length === 0) return;
      const task = `${processor}/${partition}`;
      if (offset < (endsAtRest?.get(task) ?? Number.POSITIVE_INFINITY)) lastRow.set(task, event.seq);
      if (event.seq > (positions.get(task)?.seq ?? 0)) return;
      for (const row of rows) expected[processor].add(row);
    },
    onPartitionEnd() {
      taxRules = new Map();
    },
    end({ atRest, clickHouse }) {
      if (clickHouse === null) return findings.report('ClickHouse was not recorded');
      for (const [task, { offset, seq, writer }] of positions) {
        findings.check(
          found.has(task),
          () =>
            `sink_positions of ${task}: no valid record stands at offset ${offset} with seq ${seq} and writer ${writer}`,
        );
      }
      for (const [task, seq] of lastRow) {
        const at = positions.get(task)?.seq ?? 0;
        if (atRest && seq > at)
          findings.violate(`the sink stands at seq ${at} of ${task}, the journal has rows up to ${seq}`);
      }
      const check: Check = (holds, message) => findings.check(holds, message);
      compareGroups(expected.orders.values(), clickHouse.groups, check);
      if (clickHouse.stock) compareGroups(expected.stock.values(), clickHouse.stock.groups, check);
      compareSales(clickHouse, check);
      return findings.report();
    },
  };
}

type Check = (holds: boolean, message: () => string) => void;

function compareGroups(expected: readonly LedgerGroup[], groups: readonly LedgerGroup[], check: Check): void {
  const has = new Map(groups.map((group) => [groupKey(group), group]));
  for (const group of expected) {
    const key = groupKey(group);
    const is = has.get(key);
    has.delete(key);
    check(is?.rows === group.rows, () => `${key}: ${is?.rows ?? 0} rows, the fold has ${group.rows}`);
    if (!is) continue;
    check(is.distinct === is.rows, () => `${key}: ${is.rows} rows and ${is.distinct} distinct ones`);
    for (const [column, sum] of Object.entries(group.sums)) {
      check(
        is.sums[column] === sum,
        () => `${key}: sum(${column}) is ${is.sums[column]}, the fold has ${sum}`,
      );
    }
    check(
      is.checksum === group.checksum,
      () => `${key}: the rows' checksum is ${is.checksum}, the fold's ${group.checksum}`,
    );
  }
  for (const [key, { rows }] of has) check(false, () => `${key}: ${rows} rows, the fold has none`);
}

function compareSales({ sales, salesBase }: ClickHouseFacts, check: Check): void {
  const has = new Map(sales.map((minute) => [minute.key, minute]));
  for (const { key, sums } of salesBase) {
    const is: SalesMinute | undefined = has.get(key);
    has.delete(key);
    const wrong = Object.entries(sums).find(([column, sum]) => is?.sums[column] !== sum);
    check(
      wrong === undefined,
      () =>
        `sales_by_minute ${key}: ${wrong?.[0]} is ${is?.sums[wrong?.[0] ?? ''] ?? 'missing'}, its base has ${wrong?.[1]}`,
    );
  }
  for (const key of has.keys()) check(false, () => `sales_by_minute ${key}: its base has no such minute`);
}
