import type { ClickHouseClient } from '../../infra/clients/clickhouse.ts';
import { type DeclaredTable, declaredTables, settingsOf } from './declared-tables.ts';
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
    | 'key'
    | 'engine'
    | 'setting'
    | 'view';
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
 * Compares the client's database with the files: applied versions and digests, then columns, keys, engine and settings of
 * each table the applied ones create, SELECT and target of each view. A table of a Replicated or Shared engine has a
 * deduplication window of its own kind: its settings are not compared. Reads system tables alone, so it runs on a server and on the local engine alike, and changes
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
  const ofTables: MigrationFinding[] = [];
  for (const table of declared) {
    const found = there.get(table.name);
    if (found === undefined) {
      const detail = `its migration is applied, the ${table.kind} is not there`;
      ofTables.push({ is: 'table-missing', what: table.name, detail });
    } else if (table.kind === 'table') ofTables.push(...compareTable(table, found));
    else ofTables.push(...(await compareView(client, table, found)));
  }
  return [...ofFiles, ...ofNewer, ...ofTables];
}

interface FoundTable {
  readonly columns: ReadonlyMap<string, string>;
  readonly sortingKey: string;
  readonly partitionKey: string;
  /** `system.tables.engine_full`. */
  readonly engineFull: string;
  readonly createQuery: string;
  readonly select: string;
}

async function readTables(client: ClickHouseClient): Promise<ReadonlyMap<string, FoundTable>> {
  const ask = async <T>(query: string): Promise<T[]> =>
    (await client.query({ query, format: 'JSONEachRow' })).json<T>();
  const columns = await ask<{ table: string; name: string; type: string }>(
    'SELECT table, name, type FROM system.columns WHERE database = currentDatabase() ORDER BY table, position',
  );
  const byTable = Map.groupBy(columns, ({ table }) => table);
  // The server names the tables of a view with their database, the files without.
  const tables = await ask<{
    name: string;
    sorting_key: string;
    partition_key: string;
    engine_full: string;
    create_query: string;
    select: string;
  }>(
    `SELECT name, sorting_key, partition_key, engine_full, ${withoutDatabase('create_table_query')} AS create_query,
      ${withoutDatabase('as_select')} AS select FROM system.tables WHERE database = currentDatabase()`,
  );
  return new Map(
    tables.map(({ name, sorting_key, partition_key, engine_full, create_query, select }) => [
      name,
      {
        columns: new Map((byTable.get(name) ?? []).map((column) => [column.name, column.type])),
        sortingKey: sorting_key,
        partitionKey: partition_key,
        engineFull: engine_full,
        createQuery: create_query,
        select,
      },
    ]),
  );
}

const withoutDatabase = (column: string): string =>
  `replaceAll(replaceAll(${column}, concat('\`', currentDatabase(), '\`.'), ''), concat(currentDatabase(), '.'), '')`;

function compareTable(declared: DeclaredTable, found: FoundTable): readonly MigrationFinding[] {
  const { name, columns, sortingKey, partitionKey } = declared;
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
  return [...findings, ...compareEngine(declared, found)];
}

function compareEngine(
  { name, engine, settings }: DeclaredTable,
  { engineFull }: FoundTable,
): readonly MigrationFinding[] {
  const [is = ''] = engineFull.split(/ (?:PARTITION BY|PRIMARY KEY|ORDER BY|SAMPLE BY|TTL|SETTINGS) /);
  const [, kin] = /^(?:Replicated|Shared)(\w+)/.exec(is) ?? [];
  if (kin !== undefined) {
    if (kin === engine.replace(/\(.*/, '')) return [];
    return [{ is: 'engine', what: name, detail: `is ${is}, wanted ${engine} or its replicated kin` }];
  }
  const findings: MigrationFinding[] = [];
  if (is !== engine) findings.push({ is: 'engine', what: name, detail: `is ${is}, wanted ${engine}` });
  const there = settingsOf(engineFull);
  for (const [setting, value] of Object.entries(settings)) {
    if (there[setting] === value) continue;
    const detail = `is ${there[setting] ?? 'not set'}, wanted ${value}`;
    findings.push({ is: 'setting', what: `${name}.${setting}`, detail });
  }
  return findings;
}

/** Both SELECTs in the server's own writing. */
async function compareView(
  client: ClickHouseClient,
  { name, select, target }: DeclaredTable,
  found: FoundTable,
): Promise<readonly MigrationFinding[]> {
  const answer = await client.query({
    query:
      'SELECT formatQuerySingleLine({is:String}) AS is, formatQuerySingleLine({wanted:String}) AS wanted',
    query_params: { is: found.select, wanted: select },
    format: 'JSONEachRow',
  });
  const [of] = await answer.json<{ is: string; wanted: string }>();
  const findings: MigrationFinding[] = [];
  if (of?.is !== of?.wanted) {
    findings.push({ is: 'view', what: name, detail: `its SELECT is ${of?.is}, wanted ${of?.wanted}` });
  }
  const [, to = ''] = /^CREATE MATERIALIZED VIEW \S+ TO (\S+)/.exec(found.createQuery) ?? [];
  if (to !== target) findings.push({ is: 'view', what: name, detail: `writes to ${to}, wanted ${target}` });
  return findings;
}
