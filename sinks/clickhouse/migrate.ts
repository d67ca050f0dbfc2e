import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClickHouseError } from '@clickhouse/client';
import { type ClickHouseClient, connectClickhouse, hasDatabase } from '../../infra/clients/clickhouse.ts';
import type { Link } from '../../infra/clients/links.ts';

/** A file of `migrations/`, in the order of its number. Released ones are never edited. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sha256: string;
  readonly statements: readonly string[];
}

/** An applied migration was edited since: its tables may be others than the file says. */
export class MigrationChanged extends Error {
  override readonly name = 'MigrationChanged';
}

/** Tables of this build are not there, and this user may not make them. */
export class TablesMissing extends Error {
  override readonly name = 'TablesMissing';
}

const folder = join(import.meta.dirname, 'migrations');

/** The migrations of this build. A file is `<number>-<name>.sql`; its statements end with `;` at a line's end. */
export function readMigrations(from = folder): readonly Migration[] {
  return readdirSync(from)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => {
      const sql = readFileSync(join(from, file), 'utf8');
      const statements = sql
        .replaceAll(/^--.*$/gm, '')
        .split(/;\s*$/m)
        .map((statement) => statement.trim())
        .filter((statement) => statement !== '');
      const sha256 = createHash('sha256').update(sql).digest('hex');
      return { version: Number.parseInt(file, 10), name: file, sha256, statements };
    });
}

/**
 * Creates the database of the configuration if it is not there: no statement can run in one that is not. Rejects with a
 * LinkFault where ClickHouse does not answer or let us in, with TablesMissing where we may not create.
 */
export async function createDatabase(link: Link & { readonly database: string }): Promise<void> {
  if (await hasDatabase(link)) return; // who may not create one may go on
  const client = connectClickhouse({ ...link, database: 'default' });
  try {
    await create(client, `CREATE DATABASE IF NOT EXISTS \`${link.database}\``);
  } finally {
    await client.close();
  }
}

/**
 * Brings the client's database to this build's tables; returns the names of the migrations that were applied now.
 * Each statement may be repeated, so several processes may do it at once and one that died half-way is finished by
 * the next. Throws MigrationChanged where an applied file has been edited since, TablesMissing where there is something
 * to do that this user may not.
 */
export async function migrate(
  client: ClickHouseClient,
  migrations = readMigrations(),
): Promise<readonly string[]> {
  await createMigrationsTable(client);
  const applied = await readApplied(client);
  const done: string[] = [];
  for (const { version, name, sha256, statements } of migrations) {
    const before = applied.get(version);
    if (before !== undefined && before !== sha256) {
      throw new MigrationChanged(
        `${name} was edited after it was applied: restore it and write a new migration`,
      );
    }
    if (before !== undefined) continue;
    for (const query of statements) await create(client, query);
    await client.insert({
      table: 'schema_migrations',
      values: [{ version, name, sha256 }],
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0 },
    });
    done.push(name);
  }
  return done;
}

async function ask<T>(client: ClickHouseClient, query: string): Promise<T[]> {
  return (await client.query({ query, format: 'JSONEachRow' })).json<T>();
}

async function hasMigrationsTable(client: ClickHouseClient): Promise<boolean> {
  const [found] = await ask<{ result: number }>(client, 'EXISTS TABLE schema_migrations');
  return found?.result === 1;
}

async function createMigrationsTable(client: ClickHouseClient): Promise<void> {
  if (await hasMigrationsTable(client)) return;
  await create(
    client,
    `CREATE TABLE IF NOT EXISTS schema_migrations
      (version UInt32, name String, sha256 String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'))
      ENGINE = ReplacingMergeTree ORDER BY version`,
  );
}

/** By version, the digests of the files that were applied to the client's database; none where nothing was. Creates nothing. */
export async function readApplied(client: ClickHouseClient): Promise<ReadonlyMap<number, string>> {
  if (!(await hasMigrationsTable(client))) return new Map();
  const rows = await ask<{ version: number; sha256: string }>(
    client,
    'SELECT version, sha256 FROM schema_migrations',
  );
  return new Map(rows.map((row) => [row.version, row.sha256]));
}

/** ErrorCodes.cpp. */
const accessDenied = '497';

async function create(client: ClickHouseClient, query: string): Promise<void> {
  try {
    await client.command({ query });
  } catch (error) {
    if (!(error instanceof ClickHouseError) || error.code !== accessDenied) throw error;
    throw new TablesMissing(
      'ClickHouse lacks tables of this build, and this user may not create them: run the deploy step first',
      { cause: error },
    );
  }
}
