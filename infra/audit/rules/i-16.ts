import type { Event, OrderPlaced } from '../../../schemas/generated/orders-events.ts';
import { groupKey, RowGroups } from '../group-rows.ts';
import { ledgerRowsOf } from '../ledger-rows.ts';
import { lineageOf } from '../life-rows.ts';
import type { ClickHouseFacts, LedgerGroup, SalesMinute, SinkPosition } from '../recording.ts';
import { createFindings, type Rule } from '../rule.ts';

/**
 * I-16: up to the sink's position each ledger table holds one row for each row of the fold – count() =
 * uniqExact(partition, seq, line) = the fold's, sums and checksums too – and `sales_by_minute` is its base aggregated
 * again. The position stands in the journal.
 */
export function createI16(): Rule {
  const findings = createFindings('I-16');
  const expected = new RowGroups();
  let positions = new Map<number, SinkPosition>();
  let isRecorded = true;
  let taxRules = new Map<string, OrderPlaced['taxRule']>();
  const found = new Set<number>();
  const lastRow = new Map<number, number>();

  return {
    id: 'I-16',
    begin({ clickHouse }) {
      isRecorded = clickHouse !== null;
      positions = new Map(clickHouse?.positions.map((position) => [position.partition, position]) ?? []);
    },
    onJournal({ processor, partition, record, isValid, seq, writer }) {
      const position = positions.get(partition);
      if (processor !== 'orders' || !isValid || position?.offset !== record.offset) return;
      if (position.seq === seq && position.writer === writer) found.add(partition);
    },
    onFact({ processor, partition, event, offset }) {
      if (processor !== 'orders' || !isRecorded) return;
      const rows = ledgerRowsOf(partition, event as Event, taxRules);
      const lineage = lineageOf(partition, event as Event, offset);
      if (rows.length + lineage.length === 0) return;
      lastRow.set(partition, event.seq);
      if (event.seq > (positions.get(partition)?.seq ?? 0)) return;
      for (const row of rows) expected.add(row);
      for (const row of lineage) expected.add(row);
    },
    onPartitionEnd() {
      taxRules = new Map();
    },
    end({ atRest, clickHouse }) {
      if (clickHouse === null) return findings.report('ClickHouse was not recorded');
      for (const { partition, offset, seq, writer } of positions.values()) {
        findings.check(
          found.has(partition),
          () =>
            `sink_positions of partition ${partition}: no valid record stands at offset ${offset} with seq ${seq} and writer ${writer}`,
        );
      }
      for (const [partition, seq] of lastRow) {
        const at = positions.get(partition)?.seq ?? 0;
        if (atRest && seq > at)
          findings.violate(
            `the sink stands at seq ${at} of partition ${partition}, the journal has rows up to ${seq}`,
          );
      }
      compareGroups(expected.values(), clickHouse, (holds, message) => findings.check(holds, message));
      compareSales(clickHouse, (holds, message) => findings.check(holds, message));
      return findings.report();
    },
  };
}

type Check = (holds: boolean, message: () => string) => void;

function compareGroups(expected: readonly LedgerGroup[], { groups }: ClickHouseFacts, check: Check): void {
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
