import { ledgerTables, type LedgerTable } from '../../schemas/clickhouse-columns.ts';

/** Columns whose sums are compared: amounts and pieces. Every other column stands in the row's checksum alone. */
export function summedColumns(table: LedgerTable): readonly string[] {
  return Object.keys(ledgerTables[table].columns).filter(
    (name) => name.endsWith('_minor') || name === 'units',
  );
}

/** The column that tells a table's kinds of rows apart. */
export const kindColumn = (table: LedgerTable): 'event' | 'entry' =>
  table === 'order_lines' ? 'entry' : 'event';

const columnsOf = (table: LedgerTable): readonly (readonly [name: string, type: string])[] =>
  Object.entries(ledgerTables[table].columns);

/** A row's text, the same here and in `rowTextSql`: its columns in order, `\N` for null, times in epoch ms. */
export const rowText = (table: LedgerTable, row: Readonly<Record<string, unknown>>): string =>
  columnsOf(table)
    .map(([name]) => textOf(row[name]))
    .join('|');

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '\\N';

/** The ClickHouse expression of `rowText`. */
export function rowTextSql(table: LedgerTable): string {
  const texts = columnsOf(table).map(([name, type]) => {
    const plain = type.includes('DateTime64') ? `toUnixTimestamp64Milli(${name})` : name;
    return `ifNull(toString(${plain}), '\\\\N')`;
  });
  return `arrayStringConcat([${texts.join(', ')}], '|')`;
}
