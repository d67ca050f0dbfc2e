import { crc32 } from 'node:zlib';
import { kindColumn, rowText, summedColumns } from './ledger-columns.ts';
import type { TableRow } from './ledger-rows.ts';
import type { LedgerGroup } from './recording.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Adds rows up by table, partition, kind and currency, as the SELECT over ClickHouse does. BigInt throughout. */
export class RowGroups {
  private readonly groups = new Map<string, Mutable<LedgerGroup>>();

  add({ table, row: typed }: TableRow): void {
    const row: Readonly<Record<string, string | number | null>> = typed;
    const kind = String(row[kindColumn(table)]);
    const currency = row['currency'] === null ? null : String(row['currency']);
    const partition = Number(row['partition']);
    const key = groupKey({ table, partition, event: kind, currency });
    let group = this.groups.get(key);
    if (!group) {
      const sums = Object.fromEntries(summedColumns(table).map((name) => [name, 0n]));
      group = { table, partition, event: kind, currency, rows: 0n, distinct: 0n, sums, checksum: 0n };
      this.groups.set(key, group);
    }
    group.rows += 1n;
    group.distinct += 1n;
    group.sums = Object.fromEntries(
      Object.entries(group.sums).map(([name, sum]) => [name, sum + BigInt(row[name] ?? 0)]),
    );
    group.checksum += BigInt(crc32(rowText(table, row)));
  }

  values(): readonly LedgerGroup[] {
    return [...this.groups.values()];
  }
}

export const groupKey = ({
  table,
  partition,
  event,
  currency,
}: Pick<LedgerGroup, 'table' | 'partition' | 'event' | 'currency'>): string =>
  `${table} ${event} ${currency ?? 'no currency'} of partition ${partition}`;
