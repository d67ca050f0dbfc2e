import type { ClickHouseClient } from '../../infra/clients/clickhouse.ts';
import { besideOf, filledTables, missingPlaces, placesOf } from './beside.ts';
import { emptyingRule, emptyingSeq, flippingSeq, InPlaceUnderWay } from './emptying.ts';
import { endFlip, fenceTable, forgetSteps, readSteps, uuidsOf, writeSteps } from './flip-state.ts';
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

/** Ledgers beside that have not come as far as the live one: an answer would call complete what they lack. */
export class LedgerBehind extends Error {
  override readonly name = 'LedgerBehind';
}

/** The tables are exchanged in order: while this one is not, none is. */
const [firstTable = ''] = filledTables;

/**
 * Exchanges the live ledger and the one beside it, table by table, and flips back when it is called again. First the live
 * positions are exchanged with a fence: every insert's guard fails, `complete_until` is unknown to reports, sinks wait.
 * Then what is beside catches up until it has all that the live one has, the tables are exchanged, the positions last:
 * sinks go on from the positions they find. Views follow, they name their tables. Killed at any step: call it again; it
 * folds nothing once a table is exchanged, for the tables beside are then the live ledger's. One caller at a time
 * (`beside-lock.ts`). Whatever goes wrong before the first table is exchanged, the fence is taken away and it rejects:
 * with LedgerBehind where the ledger beside does not catch up, InPlaceUnderWay where the live one is being emptied.
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
  const exchange = (a: string, b: string) => client.command({ query: `EXCHANGE TABLES ${a} AND ${b}` });
  const positions = `\`${live}\`.sink_positions`;
  const positionsBeside = `\`${beside}\`.sink_positions`;
  const fence = `\`${beside}\`.${fenceTable}`;
  const uuidOf = async (database: string, table: string): Promise<string | undefined> =>
    (await uuidsOf(client, database)).get(table);

  const cutShort = await readSteps(client, beside);
  if (cutShort.size === 0) await catchUp(); // most of it while the sinks still write
  const began = cutShort.size > 0 ? cutShort : await beginFlip(client, { live, beside, partitions });
  const fenceUuid = began.get(fenceTable) ?? '';

  if ((await uuidOf(live, firstTable)) === began.get(firstTable)) {
    onStep?.('fence');
    if ((await uuidOf(live, 'sink_positions')) !== fenceUuid) await exchange(positions, fence);
    onStep?.('catch up');
    try {
      while ((await insertsUnderWay(client)) > 0) await pause(200);
      await refuseInPlace(client, beside);
      await catchUpTo(client, beside, { catchUp, pause });
    } catch (error) {
      // Where this fails too, the fence stands and the flip is under way: sinks and commands say so.
      await exchange(positions, fence);
      await forgetSteps(client, beside);
      throw error;
    }
  }
  for (const table of filledTables) {
    if ((await uuidOf(live, table)) !== began.get(table)) continue;
    onStep?.(table);
    await exchange(`\`${live}\`.${table}`, `\`${beside}\`.${table}`);
  }
  onStep?.('positions');
  if ((await uuidOf(live, 'sink_positions')) === fenceUuid) await exchange(positions, positionsBeside);
  if ((await uuidOf(beside, 'sink_positions')) === fenceUuid) await exchange(positionsBeside, fence);
  await endFlip(client, beside);
}

/** A partition ticks every 15 s at least, and a tick closes a block. */
const catchUpTries = 40;

/** While the fence is up the live ledger's own positions stand in the fence's place. */
async function catchUpTo(
  client: ClickHouseClient,
  beside: string,
  { catchUp, pause }: Pick<FlipOptions, 'catchUp' | 'pause'>,
): Promise<void> {
  let missing: readonly string[] = [];
  for (let i = 0; i < catchUpTries; i += 1) {
    await catchUp();
    missing = missingPlaces(await placesOf(client, beside), await placesOf(client, beside, fenceTable));
    if (missing.length === 0) return;
    await pause(1_000);
  }
  throw new LedgerBehind(`the ledger beside is behind the live one: ${missing.join('; ')}`);
}

/** Asked behind the exchange: an in-place rebuild that begins later finds the flip's fence instead. */
async function refuseInPlace(client: ClickHouseClient, beside: string): Promise<void> {
  const answer = await client.query({
    query: `SELECT count() AS n FROM \`${beside}\`.${fenceTable} WHERE seq = {emptying:UInt64}`,
    query_params: { emptying: emptyingSeq },
    format: 'JSONEachRow',
  });
  const [row] = await answer.json<{ n: number | string }>();
  if (Number(row?.n ?? 0) > 0) throw new InPlaceUnderWay();
}

/** Makes the fence and writes down the UUIDs a flip begins with. */
async function beginFlip(
  client: ClickHouseClient,
  {
    live,
    beside,
    partitions,
  }: { readonly live: string; readonly beside: string; readonly partitions: number },
): Promise<ReadonlyMap<string, string>> {
  const [uuids, uuidsBeside] = [await uuidsOf(client, live), await uuidsOf(client, beside)];
  const tables = [...filledTables, 'sink_positions'];
  for (const [database, has] of [
    [live, uuids],
    [beside, uuidsBeside],
  ] as const) {
    const absent = tables.filter((name) => !has.has(name));
    if (absent.length > 0) {
      throw new Error(`${database} lacks ${absent.join(', ')}: run npx millrace migrate up first`);
    }
  }
  if (uuidsBeside.has(fenceTable)) await dropFence(client, beside);
  await client.command({ query: `CREATE TABLE \`${beside}\`.${fenceTable} AS \`${live}\`.sink_positions` });
  await client.insert({
    table: `${beside}.${fenceTable}`,
    values: ledgerTopics.flatMap((topic) =>
      Array.from({ length: partitions }, (_, partition) => ({
        topic,
        partition,
        offset: -1,
        seq: flippingSeq,
        writer: null,
        watermark: 0,
        next_rule: emptyingRule,
      })),
    ),
    format: 'JSONEachRow',
    clickhouse_settings: { insert_deduplicate: 0, async_insert: 0 },
  });
  const fenceUuid = (await uuidsOf(client, beside)).get(fenceTable) ?? '';
  const began = new Map([
    ...tables.map((name) => [name, uuids.get(name) ?? ''] as const),
    [fenceTable, fenceUuid] as const,
  ]);
  await writeSteps(client, beside, began);
  return began;
}

/** The fence of an earlier flip. Never a table with positions: they would be the live ledger's own. */
async function dropFence(client: ClickHouseClient, beside: string): Promise<void> {
  const places = await placesOf(client, beside, fenceTable);
  if (places.length > 0) {
    throw new Error(
      `${beside}.${fenceTable} holds the positions of a ledger, though no flip is under way: nothing is dropped`,
    );
  }
  await client.command({ query: `DROP TABLE \`${beside}\`.${fenceTable}` });
}
