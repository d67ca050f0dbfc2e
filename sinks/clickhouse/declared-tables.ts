import type { Migration } from './migrate.ts';

/** A table or view as the migrations make it. A view has no columns of its own to compare, a table no SELECT. */
export interface DeclaredTable {
  readonly name: string;
  readonly kind: 'table' | 'materialized view' | 'view';
  /** ClickHouse type by column, in order. */
  readonly columns: Readonly<Record<string, string>>;
  /** As `system.tables.sorting_key` and `partition_key` say them; '' for a view. */
  readonly sortingKey: string;
  readonly partitionKey: string;
  /** With its arguments, for example `ReplacingMergeTree(seq)`; '' for a view. */
  readonly engine: string;
  /** Value by name, of those the file sets. */
  readonly settings: Readonly<Record<string, string>>;
  /** Of a view, as the file has it; '' for a table. */
  readonly select: string;
  /** Table a materialized view writes to; '' for all others. */
  readonly target: string;
}

/**
 * What the statements of `migrations` create, read from their text. Throws a TypeError on a statement it does not know:
 * the migration that alters a table first has to teach it here, or the check would compare with what stood before.
 */
export function declaredTables(migrations: readonly Migration[]): readonly DeclaredTable[] {
  return migrations.flatMap(({ name, statements }) =>
    statements.map((statement) => {
      const declared = tableOf(statement) ?? viewOf(statement);
      if (declared === null)
        throw new TypeError(`${name}: \`${statement.slice(0, 60)}…\` creates no table or view`);
      return declared;
    }),
  );
}

function tableOf(statement: string): DeclaredTable | null {
  const [, name, body, rest] =
    /^CREATE TABLE IF NOT EXISTS (\w+) \(\n(.*?)\n\) (ENGINE = .*)$/s.exec(statement) ?? [];
  if (name === undefined || body === undefined || rest === undefined) return null;
  const columns = body
    .split('\n')
    .map((line) => line.trim().replace(/,$/, ''))
    .filter((line) => line !== '' && !line.startsWith('INDEX '))
    .map((line): [string, string] => {
      const [column = '', ...type] = line.split(' ');
      return [column, type.join(' ').replace(/ (CODEC|DEFAULT).*$/, '')];
    });
  return {
    name,
    kind: 'table',
    columns: Object.fromEntries(columns),
    sortingKey: /^ORDER BY \(?(.*?)\)?$/m.exec(rest)?.[1] ?? '',
    partitionKey: /^PARTITION BY (.*)$/m.exec(rest)?.[1] ?? '',
    engine: /^ENGINE = (.*)$/m.exec(rest)?.[1] ?? '',
    settings: settingsOf(rest),
    select: '',
    target: '',
  };
}

/** The settings behind `SETTINGS` at the end of a statement or of `system.tables.engine_full`, value by name. */
export function settingsOf(text: string): Readonly<Record<string, string>> {
  const [, all = ''] = /\bSETTINGS (.*)$/s.exec(text) ?? [];
  return Object.fromEntries([...all.matchAll(/(\w+) = ([^\s,]+)/g)].map(([, name, value]) => [name, value]));
}

function viewOf(statement: string): DeclaredTable | null {
  const [, materialized, name, target = '', select] =
    /^CREATE (MATERIALIZED )?VIEW IF NOT EXISTS (\w+)(?: TO (\w+))?(?: SQL SECURITY \w+)? AS\n(.*)$/s.exec(
      statement,
    ) ?? [];
  if (name === undefined || select === undefined) return null;
  const kind = materialized === undefined ? 'view' : 'materialized view';
  const noTable = { columns: {}, sortingKey: '', partitionKey: '', engine: '', settings: {} };
  return { name, kind, ...noTable, select, target };
}
