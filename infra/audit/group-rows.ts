import { crc32 } from 'node:zlib';
import type { LedgerTable } from '../../schemas/clickhouse-columns.ts';
import { kindColumn, rowText, summedColumns } from './ledger-columns.ts';
import type { TableRow } from './ledger-rows.ts';
import type { LedgerGroup } from './recording.ts';

/** A group as it is added up; its sums in the order of `summedColumns`. */
interface Adding extends Omit<LedgerGroup, 'distinct' | 'sums'> {
  rows: bigint;
  checksum: bigint;
  readonly columns: readonly string[];
  readonly sums: bigint[];
}

/** Adds rows up by table, partition, kind and currency, as the SELECT over ClickHouse does. BigInt throughout. */
export class RowGroups {
  private readonly groups = new Map<string, Adding>();

  add({ table, row: typed }: TableRow): void {
    const row: Readonly<Record<string, string | number | null>> = typed;
    const group = this.groupOf(table, row);
    group.rows += 1n;
    for (let i = 0; i < group.columns.length; i += 1) {
      const value = row[group.columns[i] ?? ''] ?? 0;
      if (value !== 0) group.sums[i] = (group.sums[i] ?? 0n) + BigInt(value);
    }
    group.checksum += BigInt(crc32(rowText(table, row)));
  }

  values(): readonly LedgerGroup[] {
    return [...this.groups.values()].map(({ columns, sums, ...group }) => ({
      ...group,
      distinct: group.rows,
      sums: Object.fromEntries(columns.map((name, i) => [name, sums[i] ?? 0n])),
    }));
  }

  private groupOf(table: LedgerTable, row: Readonly<Record<string, string | number | null>>): Adding {
    const event = String(row[kindColumn(table)]);
    const currency = row['currency'] == null ? null : String(row['currency']);
    const partition = Number(row['partition']);
    const key = groupKey({ table, partition, event, currency });
    const known = this.groups.get(key);
    if (known) return known;
    const columns = summedColumns(table);
    const sums = columns.map(() => 0n);
    const group = { table, partition, event, currency, rows: 0n, checksum: 0n, columns, sums };
    this.groups.set(key, group);
    return group;
  }
}

export const groupKey = ({
  table,
  partition,
  event,
  currency,
}: Pick<LedgerGroup, 'table' | 'partition' | 'event' | 'currency'>): string =>
  `${table} ${event} ${currency ?? 'no currency'} of partition ${partition}`;
