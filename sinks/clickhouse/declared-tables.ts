import type { Migration } from './migrate.ts';

/** A table or view as the migrations make it. A view has no columns of its own to compare. */
export interface DeclaredTable {
  readonly name: string;
  readonly kind: 'table' | 'materialized view' | 'view';
  /** ClickHouse type by column, in order. */
  readonly columns: Readonly<Record<string, string>>;
  /** As `system.tables.sorting_key` and `partition_key` say them; '' for a view. */
  readonly sortingKey: string;
  readonly partitionKey: string;
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
  };
}

function viewOf(statement: string): DeclaredTable | null {
  const [, materialized, name] = /^CREATE (MATERIALIZED )?VIEW IF NOT EXISTS (\w+) /.exec(statement) ?? [];
  if (name === undefined) return null;
  const kind = materialized === undefined ? 'view' : 'materialized view';
  return { name, kind, columns: {}, sortingKey: '', partitionKey: '' };
}
