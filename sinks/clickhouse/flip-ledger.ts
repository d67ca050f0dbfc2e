import type { ClickHouseClient } from '../../infra/clients/clickhouse.ts';
import { besideOf, filledTables, missingPlaces, placesOf } from './beside.ts';
import { emptyingRule, emptyingSeq } from './emptying.ts';
import { ledgerTopics } from './ledger-topics.ts';
import { insertsUnderWay } from './rebuild-ledger.ts';

export interface FlipOptions {
  /** Of the live database. */
  readonly client: ClickHouseClient;
  readonly database: string;
  readonly partitions: number;
  readonly pause: (ms: number) => Promise<void>;
  /** Folds on in the ledger beside, from where it stands to the end of the journals. */
  readonly catchUp: () => Promise<void>;
  readonly onStep?: (step: string) => void;
}

/** Table of the ledger beside that stands in for the live positions meanwhile: rows above all others, so nobody writes. */
const fence = 'fence_positions';
/** What a flip that is under way began with: the UUID of each live table. Empty when none is. */
const steps = 'flip_steps';

/** Ledgers beside that have not come as far as the live one: an answer would call complete what they lack. */
export class LedgerBehind extends Error {
  override readonly name = 'LedgerBehind';
}

/**
 * Exchanges the live ledger and the one beside it, table by table, and flips back when it is called again. First the live
 * positions are exchanged with a fence: every insert's guard fails, `complete_until` is unknown to reports, sinks wait.
 * Then what is beside catches up until it has all that the live one has, the tables are exchanged, the positions last:
 * sinks go on from the positions they find. Views follow, they name their tables. Killed at any step: call it again.
 * Throws LedgerBehind, with the fence taken away, where the ledger beside does not catch up.
 */
export async function flipLedger({
  client,
  database: live,
  partitions,
  pause,
  catchUp,
  onStep,
}: FlipOptions): Promise<void> {
  const beside = besideOf(live);
  const command = (query: string) => client.command({ query });
  const exchange = (a: string, b: string) => command(`EXCHANGE TABLES ${a} AND ${b}`);
  const positions = `\`${live}\`.sink_positions`;
  const positionsBeside = `\`${beside}\`.sink_positions`;

  await catchUp();
  const began = await beginFlip(client, { live, beside, partitions });
  const uuid = async (database: string, table: string): Promise<string> =>
    (await uuidsOf(client, database)).get(table) ?? '';
  const fenceUuid = began.get(fence) ?? '';

  onStep?.('fence');
  if ((await uuid(live, 'sink_positions')) === began.get('sink_positions')) {
    await exchange(positions, `\`${beside}\`.${fence}`);
  }
  while ((await insertsUnderWay(client)) > 0) await pause(200);

  const isFenced = (await uuid(live, 'sink_positions')) === fenceUuid;
  const isUntouched = (await uuid(live, filledTables[0] ?? '')) === began.get(filledTables[0] ?? '');
  if (isFenced && isUntouched) {
    onStep?.('catch up');
    const missing = await catchUpTo(client, beside, { catchUp, pause });
    if (missing.length > 0) {
      await exchange(positions, `\`${beside}\`.${fence}`);
      await command(`TRUNCATE TABLE \`${beside}\`.${steps}`);
      throw new LedgerBehind(`the ledger beside is behind the live one: ${missing.join('; ')}`);
    }
  }
  for (const table of filledTables) {
    if ((await uuid(live, table)) !== began.get(table)) continue;
    onStep?.(table);
    await exchange(`\`${live}\`.${table}`, `\`${beside}\`.${table}`);
  }
  onStep?.('positions');
  if ((await uuid(live, 'sink_positions')) === fenceUuid) await exchange(positions, positionsBeside);
  if ((await uuid(beside, 'sink_positions')) === fenceUuid) {
    await exchange(positionsBeside, `\`${beside}\`.${fence}`);
  }
  await command(`TRUNCATE TABLE \`${beside}\`.${steps}`);
}

/** While the fence is up the live ledger's own positions stand in the fence's place. */
async function catchUpTo(
  client: ClickHouseClient,
  beside: string,
  { catchUp, pause }: Pick<FlipOptions, 'catchUp' | 'pause'>,
): Promise<readonly string[]> {
  let missing: readonly string[] = [];
  for (let i = 0; i < catchUpTries; i += 1) {
    await catchUp();
    missing = missingPlaces(await placesOf(client, beside), await placesOf(client, beside, fence));
    if (missing.length === 0) return [];
    await pause(1_000);
  }
  return missing;
}

/** A partition ticks every 15 s at least, and a tick closes a block. */
const catchUpTries = 40;

/** The UUIDs a flip begins with: of one that was cut short, those it began with. */
async function beginFlip(
  client: ClickHouseClient,
  {
    live,
    beside,
    partitions,
  }: { readonly live: string; readonly beside: string; readonly partitions: number },
): Promise<ReadonlyMap<string, string>> {
  await client.command({
    query: `CREATE TABLE IF NOT EXISTS \`${beside}\`.${steps} (name String, uuid String) ENGINE = MergeTree ORDER BY name`,
  });
  const answer = await client.query({
    query: `SELECT name, uuid FROM \`${beside}\`.${steps}`,
    format: 'JSONEachRow',
  });
  const known = await answer.json<{ name: string; uuid: string }>();
  if (known.length > 0) return new Map(known.map(({ name, uuid }) => [name, uuid]));
  await client.command({ query: `DROP TABLE IF EXISTS \`${beside}\`.${fence}` });
  await client.command({ query: `CREATE TABLE \`${beside}\`.${fence} AS \`${live}\`.sink_positions` });
  await client.insert({
    table: `${beside}.${fence}`,
    values: ledgerTopics.flatMap((topic) =>
      Array.from({ length: partitions }, (_, partition) => ({
        topic,
        partition,
        offset: -1,
        seq: emptyingSeq,
        writer: null,
        watermark: 0,
        next_rule: emptyingRule,
      })),
    ),
    format: 'JSONEachRow',
    clickhouse_settings: { insert_deduplicate: 0, async_insert: 0 },
  });
  const uuids = await uuidsOf(client, live);
  const fenceUuid = (await uuidsOf(client, beside)).get(fence) ?? '';
  const values = [...filledTables, 'sink_positions'].map((name) => ({ name, uuid: uuids.get(name) ?? '' }));
  await client.insert({
    table: `${beside}.${steps}`,
    values: [...values, { name: fence, uuid: fenceUuid }],
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0 },
  });
  return new Map([...values.map(({ name, uuid }) => [name, uuid] as const), [fence, fenceUuid]]);
}

async function uuidsOf(client: ClickHouseClient, database: string): Promise<ReadonlyMap<string, string>> {
  const answer = await client.query({
    query: 'SELECT name, toString(uuid) AS uuid FROM system.tables WHERE database = {database:String}',
    query_params: { database },
    format: 'JSONEachRow',
  });
  const rows = await answer.json<{ name: string; uuid: string }>();
  return new Map(rows.map(({ name, uuid }) => [name, uuid]));
}
