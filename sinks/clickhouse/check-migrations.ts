import type { ClickHouseClient } from '../../infra/clients/clickhouse.ts';
import { type DeclaredTable, declaredTables } from './declared-tables.ts';
import { type Migration, readApplied, readMigrations } from './migrate.ts';

/** What is wrong with a database, by the migrations of this build. */
export interface MigrationFinding {
  readonly is:
    | 'pending'
    | 'edited'
    | 'unknown'
    | 'table-missing'
    | 'column-missing'
    | 'column-strange'
    | 'column-type'
    | 'key';
  /** The file, or the table (and column). */
  readonly what: string;
  /** In words, with what is there and what the files say. */
  readonly detail: string;
}

/** The migrations that are not applied yet, in order. Creates nothing. */
export async function planMigrations(
  client: ClickHouseClient,
  migrations = readMigrations(),
): Promise<readonly Migration[]> {
  const applied = await readApplied(client);
  return migrations.filter(({ version }) => !applied.has(version));
}

/**
 * Compares the client's database with the files: applied versions and digests, then the columns and keys of each table
 * the applied ones create. Reads system tables alone, so it runs on a server and on the local engine alike, and changes
 * nothing. Empty: all is as this build needs it.
 */
export async function checkMigrations(
  client: ClickHouseClient,
  migrations = readMigrations(),
): Promise<readonly MigrationFinding[]> {
  const applied = await readApplied(client);
  const known = new Set(migrations.map(({ version }) => version));
  const ofFiles = migrations.flatMap(({ version, name, sha256 }): MigrationFinding[] => {
    const digest = applied.get(version);
    if (digest === undefined) return [{ is: 'pending', what: name, detail: 'is not applied' }];
    if (digest === sha256) return [];
    return [{ is: 'edited', what: name, detail: `was applied as ${digest}, the file is ${sha256}` }];
  });
  const beyond = [...applied.keys()].filter((version) => !known.has(version));
  const ofNewer = beyond.map(
    (version): MigrationFinding => ({
      is: 'unknown',
      what: String(version),
      detail: 'was applied by another build, this one has no such file',
    }),
  );
  const there = await readTables(client);
  const declared = declaredTables(migrations.filter(({ version }) => applied.has(version)));
  return [...ofFiles, ...ofNewer, ...declared.flatMap((table) => compareTable(table, there.get(table.name)))];
}

interface FoundTable {
  readonly columns: ReadonlyMap<string, string>;
  readonly sortingKey: string;
  readonly partitionKey: string;
}

async function readTables(client: ClickHouseClient): Promise<ReadonlyMap<string, FoundTable>> {
  const ask = async <T>(query: string): Promise<T[]> =>
    (await client.query({ query, format: 'JSONEachRow' })).json<T>();
  const columns = await ask<{ table: string; name: string; type: string }>(
    'SELECT table, name, type FROM system.columns WHERE database = currentDatabase() ORDER BY table, position',
  );
  const byTable = Map.groupBy(columns, ({ table }) => table);
  const tables = await ask<{ name: string; sorting_key: string; partition_key: string }>(
    'SELECT name, sorting_key, partition_key FROM system.tables WHERE database = currentDatabase()',
  );
  return new Map(
    tables.map(({ name, sorting_key, partition_key }) => [
      name,
      {
        columns: new Map((byTable.get(name) ?? []).map((column) => [column.name, column.type])),
        sortingKey: sorting_key,
        partitionKey: partition_key,
      },
    ]),
  );
}

function compareTable(declared: DeclaredTable, found: FoundTable | undefined): readonly MigrationFinding[] {
  const { name, kind, columns, sortingKey, partitionKey } = declared;
  if (found === undefined) {
    return [
      { is: 'table-missing', what: name, detail: `its migration is applied, the ${kind} is not there` },
    ];
  }
  if (kind !== 'table') return [];
  const findings: MigrationFinding[] = [];
  for (const [column, type] of Object.entries(columns)) {
    const is = found.columns.get(column);
    const what = `${name}.${column}`;
    if (is === undefined) findings.push({ is: 'column-missing', what, detail: `wanted ${type}` });
    else if (is !== type) findings.push({ is: 'column-type', what, detail: `is ${is}, wanted ${type}` });
  }
  for (const [column, type] of found.columns) {
    if (column in columns) continue;
    findings.push({ is: 'column-strange', what: `${name}.${column}`, detail: `${type}: no file has it` });
  }
  for (const [key, is, wanted] of [
    ['sorting key', found.sortingKey, sortingKey],
    ['partition key', found.partitionKey, partitionKey],
  ] as const) {
    if (is !== wanted)
      findings.push({ is: 'key', what: name, detail: `${key} is (${is}), wanted (${wanted})` });
  }
  return findings;
}
