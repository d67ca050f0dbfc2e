import type { ClickHouseClient } from '../../infra/clients/clickhouse.ts';
import { FlipUnderWay } from './emptying.ts';

/** Table of the ledger beside that stands in for the live positions meanwhile: rows above all others, so nobody writes. */
export const fenceTable = 'fence_positions';

/** What a flip that is under way began with: the UUID of each live table, and the fence's. */
const stepsTable = 'flip_steps';

/** The same of the last flip that came to its end: what stands beside since was live once. */
const lastFlipTable = 'last_flip';

/** A ledger beside that was live once: filling it further rebuilds nothing. */
export class FormerBeside extends Error {
  override readonly name = 'FormerBeside';
  constructor(beside: string) {
    super(
      `${beside} holds a ledger that was live before a flip, not one rebuilt from the journals: drop it first`,
    );
  }
}

/**
 * `half-flipped`: a flip began and did not end, tables of both ledgers stand in either database. `former`: since a flip
 * came to its end, there stands what was live before. `rebuilt`: nothing of it was ever live.
 */
export type StateOfBeside = 'half-flipped' | 'former' | 'rebuilt';

/** The state of the database `beside`, which is there. */
export async function stateOfBeside(client: ClickHouseClient, beside: string): Promise<StateOfBeside> {
  if ((await readSteps(client, beside)).size > 0) return 'half-flipped';
  return (await uuidsOf(client, beside)).has(lastFlipTable) ? 'former' : 'rebuilt';
}

/** Throws FlipUnderWay where a flip began and did not end: nothing can be said or done of either ledger alone. */
export async function refuseHalfFlipped(client: ClickHouseClient, beside: string): Promise<void> {
  if ((await stateOfBeside(client, beside)) === 'half-flipped') throw new FlipUnderWay();
}

/** Throws FlipUnderWay, or FormerBeside where the ledger beside was live once. */
export async function refuseAllButRebuilt(client: ClickHouseClient, beside: string): Promise<void> {
  await refuseHalfFlipped(client, beside);
  if ((await stateOfBeside(client, beside)) === 'former') throw new FormerBeside(beside);
}

/** UUID by table with which the flip under way began; empty where none is. */
export async function readSteps(
  client: ClickHouseClient,
  beside: string,
): Promise<ReadonlyMap<string, string>> {
  if (!(await uuidsOf(client, beside)).has(stepsTable)) return new Map();
  const answer = await client.query({
    query: `SELECT name, uuid FROM \`${beside}\`.${stepsTable}`,
    format: 'JSONEachRow',
  });
  const rows = await answer.json<{ name: string; uuid: string }>();
  return new Map(rows.map(({ name, uuid }) => [name, uuid]));
}

/** From here on a flip is under way. One insert of one block: all rows or none. */
export async function writeSteps(
  client: ClickHouseClient,
  beside: string,
  uuids: ReadonlyMap<string, string>,
): Promise<void> {
  await client.command({
    query: `CREATE TABLE IF NOT EXISTS \`${beside}\`.${stepsTable} (name String, uuid String) ENGINE = MergeTree ORDER BY name`,
  });
  await client.insert({
    table: `${beside}.${stepsTable}`,
    values: [...uuids].map(([name, uuid]) => ({ name, uuid })),
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0 },
  });
}

/** The flip came to its end. Killed between its two statements it is still under way, with nothing left to do. */
export async function endFlip(client: ClickHouseClient, beside: string): Promise<void> {
  await client.command({ query: `DROP TABLE IF EXISTS \`${beside}\`.${lastFlipTable}` });
  await client.command({
    query: `RENAME TABLE \`${beside}\`.${stepsTable} TO \`${beside}\`.${lastFlipTable}`,
  });
}

/** The flip was given up before any table was exchanged. */
export async function forgetSteps(client: ClickHouseClient, beside: string): Promise<void> {
  await client.command({ query: `DROP TABLE \`${beside}\`.${stepsTable}` });
}

/** UUID by name of the tables in `database`. */
export async function uuidsOf(
  client: ClickHouseClient,
  database: string,
): Promise<ReadonlyMap<string, string>> {
  const answer = await client.query({
    query: 'SELECT name, toString(uuid) AS uuid FROM system.tables WHERE database = {database:String}',
    query_params: { database },
    format: 'JSONEachRow',
  });
  const rows = await answer.json<{ name: string; uuid: string }>();
  return new Map(rows.map(({ name, uuid }) => [name, uuid]));
}
