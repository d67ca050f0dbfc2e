import { ledgerTableNames, salesByMinute } from '../../schemas/clickhouse-columns.ts';
import type { Principal } from './principals.ts';

/** What a principal may do in ClickHouse. */
export interface ClickhouseAccess {
  /** Each `<privileges> ON <object>`; an object without a database is in that of the configuration. */
  readonly grants: readonly { readonly privileges: string; readonly on: string }[];
  readonly profile: ProfileName;
}

/** Settings of a session, and how far it may change them; the rest it may not change at all where `readonly` is 2. */
export interface Profile {
  readonly readonly: 0 | 2;
  /** Value in the beginning, and the most it may be set to; never 0, which is no limit. */
  readonly limits: Readonly<Record<string, { readonly value: number; readonly max: number }>>;
}
export type ProfileName = 'millrace-service' | 'millrace-reader' | 'millrace-analyst';

const memoryMb = 1_048_576;

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  'millrace-service': { readonly: 0, limits: {} },
  // Reports allow themselves 10 s; the auditor reads whole tables.
  'millrace-reader': {
    readonly: 2,
    limits: { max_execution_time: { value: 60, max: 600 } },
  },
  'millrace-analyst': {
    readonly: 2,
    limits: {
      max_execution_time: { value: 10, max: 60 },
      max_rows_to_read: { value: 50_000_000, max: 500_000_000 },
      max_result_rows: { value: 100_000, max: 1_000_000 },
      max_result_bytes: { value: 64 * memoryMb, max: 256 * memoryMb },
      max_memory_usage: { value: 512 * memoryMb, max: 1_024 * memoryMb },
    },
  },
};

/** Every one has a column `store`. */
export const storeTables: readonly string[] = [...ledgerTableNames, salesByMinute.table];
const tables: readonly string[] = [...storeTables, 'sink_positions'];

const grant = (privileges: string, on: readonly string[]): ClickhouseAccess['grants'] =>
  on.map((name) => ({ privileges, on: name }));

/** It looks with the asker's rights, at the rows he may see. */
const views: readonly string[] = ['unknown_money'];

const reads: ClickhouseAccess = {
  grants: grant('SELECT', [...tables, ...views]),
  profile: 'millrace-reader',
};

/** Of those who look at one store alone, each a user of its own: the rows of other stores are not there for them. */
export const analystAccess: ClickhouseAccess = { ...reads, profile: 'millrace-analyst' };

/** Who does what in ClickHouse; whoever is not named has no user there. Nobody may alter or drop. */
export const clickhouseAccess: Partial<Readonly<Record<Principal, ClickhouseAccess>>> = {
  api: reads,
  auditor: reads,
  // It reads its own position and counts its own rows; the tables are the deploy step's.
  sink: {
    grants: [
      ...grant('SELECT, INSERT', tables),
      ...grant('SELECT', ['schema_migrations']),
      // `input('…')`, the rows of an INSERT … SELECT, is a table function
      { privileges: 'CREATE TEMPORARY TABLE', on: '*.*' },
    ],
    profile: 'millrace-service',
  },
  deploy: {
    grants: grant('CREATE DATABASE, CREATE TABLE, CREATE VIEW, SELECT, INSERT', ['*']),
    profile: 'millrace-service',
  },
  // `sink rebuild --in-place` puts up its fence, waits for inserts that are under way, then empties the tables.
  operator: {
    grants: [
      ...grant('SELECT, TRUNCATE', tables),
      ...grant('INSERT', ['sink_positions']),
      ...grant('SELECT', ['system.processes']),
    ],
    profile: 'millrace-service',
  },
};
