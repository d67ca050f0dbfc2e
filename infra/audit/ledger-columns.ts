import { type AvroUnion, loadAvroSchema } from '../../schemas/avro-schema.ts';
import { ledgerTables, type LedgerTable } from '../../schemas/clickhouse-columns.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';

/** Columns whose sums are compared: amounts and pieces. Every other column stands in the row's checksum alone. */
export function summedColumns(table: LedgerTable): readonly string[] {
  return Object.keys(ledgerTables[table].columns).filter(
    (name) => name.endsWith('_minor') || name.endsWith('_change') || name === 'units',
  );
}

/** The column that tells a table's kinds of rows apart. */
export const kindColumn = (table: LedgerTable): 'event' | 'entry' =>
  table === 'order_lines' ? 'entry' : 'event';

/** What names a row of the table uniquely within its partition of the journal. */
export const rowName = (table: LedgerTable): 'seq' | 'seq, line' =>
  'line' in ledgerTables[table].columns ? 'seq, line' : 'seq';

export const hasCurrency = (table: LedgerTable): boolean => 'currency' in ledgerTables[table].columns;

type Column = readonly [name: string, type: string];
const columns = Object.fromEntries(
  Object.entries(ledgerTables).map(([table, spec]) => [table, Object.entries(spec.columns)]),
) as unknown as Readonly<Record<LedgerTable, readonly Column[]>>;

/** A row's text, the same here and in `rowTextSql`: its columns in order, `\N` for null, times in epoch ms. */
export function rowText(table: LedgerTable, row: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (const [name] of columns[table]) text += `|${textOf(row[name])}`;
  return text.slice(1);
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '\\N';

/**
 * The ClickHouse expression of `rowText`. Of `detail` it takes the fields that this build's events have: a sink of the
 * next version, from which somebody went back, has said more.
 */
export function rowTextSql(table: LedgerTable): string {
  const texts = columns[table].map(([name, type]) => {
    const plain = type.includes('DateTime64') ? `toUnixTimestamp64Milli(${name})` : name;
    return name === 'detail' ? knownDetailSql() : `ifNull(toString(${plain}), '\\\\N')`;
  });
  return `arrayStringConcat([${texts.join(', ')}], '|')`;
}

/** A detail with known fields alone is compared as it stands, byte by byte. */
function knownDetailSql(): string {
  const isKnown = (key: string): string => `has([${eventFields().join(', ')}], concat(event, '.', ${key}))`;
  const known = `arrayFilter(field -> ${isKnown('field.1')}, JSONExtractKeysAndValuesRaw(detail))`;
  const texts = `arrayMap(field -> concat('"', field.1, '":', field.2), ${known})`;
  const shortened = `concat('{', arrayStringConcat(${texts}, ','), '}')`;
  return `if(arrayAll(key -> ${isKnown('key')}, JSONExtractKeys(detail)), detail, ${shortened})`;
}

/** `'<event>.<field>'` of each field an event of the orders journal has. */
function eventFields(): readonly string[] {
  const { fields = [] } = loadAvroSchema(journalOf('orders'));
  const bodies = fields.find(({ name }) => name === 'body')?.type as AvroUnion;
  return bodies.flatMap((body) => {
    if (typeof body === 'string' || !('fields' in body)) return [];
    return (body.fields ?? []).map(({ name }) => `'${body.name}.${name}'`);
  });
}
