import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Session } from 'chdb';
import { ClickhouseError } from './clickhouse-error.ts';
import { type Statement } from './statement.ts';
import type { FrontUser } from './users-file.ts';

export interface Run {
  readonly statement: Statement;
  /** Path of the rows, for a statement of kind `insert`. */
  readonly dataFile?: string;
  readonly database?: string;
  readonly settings: ReadonlyMap<string, string>;
  /** Query parameters without their prefix, values in ClickHouse's escaped form, as they stand in the URL. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Format where the statement names none. */
  readonly format: string;
  readonly readOnly: boolean;
  /** Whether `writtenRows` is wanted: counting takes longer than a small insert. */
  readonly countsRows: boolean;
  /** Whose rights the statement has; absent: it may do everything. */
  readonly as?: FrontUser;
  /** True when the caller has gone: a statement still waiting for its turn is dropped. */
  readonly isGone: () => boolean;
}

export interface RunResult {
  readonly bytes: Uint8Array;
  readonly readRows: number;
  readonly readBytes: number;
  /** Rows that really stand in the table now: 0 for a block that the deduplication token or a guard dropped, or uncounted. */
  readonly writtenRows: number;
  readonly elapsedS: number;
}

/** One statement at a time, or `width` of them. */
function createLane(width: number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= width) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next(); // it takes this one's place
    }
  };
}

// What chDB sets otherwise than a server does, put back to the server's default.
const serverDefaults = 'allow_introspection_functions = 0, implicit_select = 0';

const serverConfig = (memoryMaxBytes: number, usersConfig: string | undefined): string => `<clickhouse>
  ${usersConfig === undefined ? '' : `<users_config>${usersConfig}</users_config>`}
  <max_server_memory_usage>${memoryMaxBytes}</max_server_memory_usage>
  <mark_cache_size>33554432</mark_cache_size>
  <primary_index_cache_size>33554432</primary_index_cache_size>
  <query_condition_cache_size>8388608</query_condition_cache_size>
  <parquet_metadata_cache_size>8388608</parquet_metadata_cache_size>
  <background_pool_size>2</background_pool_size>
  <background_common_pool_size>2</background_common_pool_size>
  <background_schedule_pool_size>8</background_schedule_pool_size>
  <max_thread_pool_size>400</max_thread_pool_size>
</clickhouse>
`;

const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const identifier = (name: string): string => `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;

function setStatement({ settings, parameters, readOnly, as }: Run): string {
  const pairs = [...settings, ...[...parameters].map(([name, value]) => [`param_${name}`, value] as const)];
  for (const [name] of pairs) {
    if (!/^[A-Za-z_][\w.]*$/.test(name))
      throw new ClickhouseError(115, `Unknown setting '${name}'`, 'UNKNOWN_SETTING');
  }
  const assigned = pairs.map(([name, value]) => `${name} = ${literal(value)}`);
  const isReadonly = readOnly || as?.readonly === true;
  return `SET ${[serverDefaults, ...assigned, ...(isReadonly ? ['readonly = 2'] : [])].join(', ')}`;
}

/** What makes a session one of that user's: chDB holds it to the grants of its role and the constraints of its profile. */
function loginStatements({ role, profile, settings, filters }: FrontUser): readonly string[] {
  const values = [...settings].map(([setting, value]) => `${setting} = ${literal(value)}`);
  const rows = [...filters].map(([table, filter]) => `${literal(table)}: ${literal(filter)}`);
  return [
    ...(rows.length > 0 ? [`SET additional_table_filters = {${rows.join(', ')}}`] : []),
    `SET profile = ${literal(profile)}`,
    ...(values.length > 0 ? [`SET ${values.join(', ')}`] : []),
    `SET ROLE ${identifier(role)}`,
  ];
}

/** What reads the rows of an INSERT from their file (`statement.ts`), where a server reads them from the request. */
const bodyReader = 'front-body-reader';

/** chDB's one user has roles alone, so that taking one of them on leaves it nothing else. */
function usersConfig(roles: readonly string[]): string {
  const everything = 'front-everything';
  const grants = [everything, bodyReader, ...roles].map((role) => `<query>GRANT ${identifier(role)}</query>`);
  return `<clickhouse>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <roles>
    <${everything}><grants><query>GRANT ALL ON *.*</query></grants></${everything}>
    <${bodyReader}><grants><query>GRANT CREATE TEMPORARY TABLE ON *.*</query><query>GRANT READ ON FILE</query></grants></${bodyReader}>
  </roles>
  <users><default>
    <password/><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
    <grants>${grants.join('')}</grants>
  </default></users>
</clickhouse>
`;
}

/** Puts the users file where a server has it; gives the path for the configuration. */
function placeUsers(folder: string, { file, roles }: EngineUsers): string {
  const configFile = path.join(folder, 'users.xml');
  mkdirSync(path.join(folder, 'users.d'), { recursive: true });
  writeFileSync(configFile, usersConfig(roles));
  copyFileSync(file, path.join(folder, 'users.d/millrace.xml'));
  return configFile;
}

/** A file for `users.d/`, and the roles in it. */
export interface EngineUsers {
  readonly file: string;
  readonly roles: readonly string[];
}

/**
 * chDB as an engine that many callers share: a connection of its own for every statement, so that no setting, database,
 * parameter or temporary table leaks into the next; writes one at a time, two reads beside them.
 * It is the owner of the folder: one engine a folder, one folder a process.
 */
export function openChdb(folder: string, memoryMaxBytes: number, users?: EngineUsers) {
  mkdirSync(folder, { recursive: true });
  const configFile = path.join(folder, 'engine.xml');
  const usersFile = users === undefined ? undefined : placeUsers(folder, users);
  writeFileSync(configFile, serverConfig(memoryMaxBytes, usersFile));
  const dataFolder = path.join(folder, 'data');
  const anchor = new Session(dataFolder, { connectionArgs: [`--config-file=${configFile}`] });
  const readLane = createLane(2);
  const writeLane = createLane(1);
  const versionText = anchor.query('SELECT version()', 'TSV').trim();

  const number = async (session: Session, sql: string): Promise<number> =>
    Number((await session.queryAsync(sql, { format: 'TSV' })).text().trim() || 0);

  const tableFilter = (nameColumn: string, table: string): string => {
    const names = [...table.matchAll(/`((?:[^`\\]|\\.)*)`|"((?:[^"\\]|\\.)*)"|(\w+)/g)].map(
      (m) => m[1] ?? m[2] ?? m[3] ?? '',
    );
    const name = names.at(-1) ?? '';
    return `${nameColumn} = ${literal(name)} AND database = ${names.length > 1 ? literal(names[0] ?? '') : 'currentDatabase()'}`;
  };

  /** Counts the parts an insert made: block numbers rise with every part, and a dropped block makes none. */
  const countingRows = async <T>(
    session: Session,
    table: string,
    insert: () => Promise<T>,
  ): Promise<[T, number]> => {
    const of = tableFilter('table', table);
    const before = await number(session, `SELECT max(max_block_number) FROM system.parts WHERE ${of}`);
    const eventsBefore = await number(
      session,
      `SELECT sum(value) FROM system.events WHERE event = 'InsertedRows'`,
    );
    const result = await insert();
    const isMergeTree = await number(
      session,
      `SELECT count() FROM system.tables WHERE ${tableFilter('name', table)} AND engine LIKE '%MergeTree'`,
    );
    const rows = isMergeTree
      ? await number(
          session,
          `SELECT sum(rows) FROM system.parts WHERE ${of} AND level = 0 AND min_block_number > ${before}`,
        )
      : (await number(session, `SELECT sum(value) FROM system.events WHERE event = 'InsertedRows'`)) -
        eventsBefore;
    return [result, rows];
  };

  const runAlone = async (run: Run): Promise<RunResult> => {
    if (run.isGone())
      throw new ClickhouseError(394, 'Query was cancelled: the client has gone', 'QUERY_WAS_CANCELLED');
    const { statement } = run;
    const session = new Session(dataFolder);
    try {
      if (run.database !== undefined && run.database !== '')
        await session.queryAsync(`USE ${identifier(run.database)}`);
      for (const login of run.as === undefined ? [] : loginStatements(run.as))
        await session.queryAsync(login);
      await session.queryAsync(setStatement(run));
      const sql = statement.kind === 'insert' ? statement.readFrom(run.dataFile ?? '') : statement.sql;
      if (run.as !== undefined && statement.kind === 'insert')
        await session.queryAsync(`SET ROLE ${identifier(run.as.role)}, ${identifier(bodyReader)}`);
      const execute = () => session.queryAsync(sql, { format: run.format });
      const [result, writtenRows] =
        statement.table === undefined || !run.countsRows
          ? [await execute(), 0]
          : await countingRows(session, statement.table, execute);
      return {
        bytes: result.bytes(),
        readRows: result.rowsRead,
        readBytes: result.bytesRead,
        writtenRows,
        elapsedS: result.elapsed,
      };
    } finally {
      session.close();
    }
  };

  return {
    version: versionText,
    /** Runs one statement. Throws what chDB throws; `toClickhouseError` reads it. */
    run: (run: Run): Promise<RunResult> =>
      (run.statement.kind === 'read' ? readLane : writeLane)(() => runAlone(run)),
    close: (): void => anchor.close(),
  };
}

export type ChdbEngine = ReturnType<typeof openChdb>;
