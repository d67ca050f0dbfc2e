import { Readable } from 'node:stream';
import type { ClickHouseClient } from '../../infra/clients/clickhouse.ts';
import type { TopicPartition } from '../../infra/clients/log.ts';
import { journalStart } from '../../schemas/accept-journal-record.ts';
import {
  ledgerTableNames,
  ledgerTables,
  type LedgerTable,
  sinkPositionsColumns,
  type SinkPositionsRow,
  type TableSpec,
} from '../../schemas/clickhouse-columns.ts';
import type { BlockAt, Ledger, PositionAt, StoredPosition } from './ledger.ts';
import { differencesOfSales } from './mend-sales.ts';
import { compareBy } from './order-of-rows.ts';
import { createRowEncoder, type RowEncoder } from './row-binary.ts';

const positions: TableSpec = { columns: sinkPositionsColumns, sortedBy: ['topic', 'partition'] };

const encoders = Object.fromEntries(
  ledgerTableNames.map((table) => [table, createRowEncoder(ledgerTables[table].columns)]),
) as Readonly<Record<LedgerTable, RowEncoder>>;
const encodePosition = createRowEncoder(positions.columns);

/**
 * The second guard of a block (DESIGN §4): rows are selected only where the stored position is the one it follows.
 * It looks, then inserts; the token guards the moment between.
 */
const isFollowed = `(SELECT max(seq) FROM sink_positions WHERE topic = {topic:String} AND partition = {partition:UInt16}) = {follows:UInt64}`;

/** One insert is one block: one thread, and no server-side batching of other inserts into it. */
const insertSettings = {
  async_insert: 0,
  max_threads: 1,
  max_insert_threads: '1',
  deduplicate_blocks_in_dependent_materialized_views: 1,
  wait_end_of_query: 1,
} as const;

const guardOf = ({ topic, partition, follows }: BlockAt) => ({ topic, partition, follows });

const rangeOf = ({ partition, block }: Required<PositionAt>) => {
  const times = ledgerTableNames.flatMap((table) => block.rows[table].map((row) => row.at));
  const fromMs = times.reduce((least, at) => Math.min(least, at), Number.MAX_SAFE_INTEGER);
  const toMs = times.reduce((most, at) => Math.max(most, at), 0);
  return { partition, first: block.firstSeq, last: block.lastSeq, from_ms: fromMs, to_ms: toMs };
};

/** The block's rows by their place in the journal; the bound on `at` lets the table skip all other months. */
const inRange = `partition = {partition:UInt16} AND seq BETWEEN {first:UInt64} AND {last:UInt64}
  AND at BETWEEN fromUnixTimestamp64Milli({from_ms:Int64}) AND fromUnixTimestamp64Milli({to_ms:Int64})`;

/** The third: every table has the rows of the block that is called complete. Nothing to ask where it has none. */
function wholeBlock({ topic, partition, block }: PositionAt): {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, unknown>>;
} {
  if (!block) return { sql: '', parameters: {} };
  const filled = ledgerTableNames.filter((table) => block.rows[table].length > 0);
  if (filled.length === 0) return { sql: '', parameters: {} };
  const counts = filled.map(
    (table) => `AND (SELECT count() FROM ${table} WHERE ${inRange}) = {rows_of_${table}:UInt64}`,
  );
  const wanted = filled.map((table) => [`rows_of_${table}`, block.rows[table].length] as const);
  return {
    sql: counts.join(' '),
    parameters: { ...rangeOf({ topic, partition, block }), ...Object.fromEntries(wanted) },
  };
}

/** The tables of the client's database. Rejects with the client's errors; `retry-policy.ts` judges them. */
export function createClickhouseLedger(client: ClickHouseClient): Ledger {
  const insert = async (
    query: string,
    params: Record<string, unknown>,
    token: string,
    body: Buffer,
  ): Promise<void> => {
    const { stream } = await client.exec({
      query,
      query_params: params,
      clickhouse_settings: { ...insertSettings, insert_deduplication_token: token },
      values: Readable.from([body], { objectMode: false }),
    });
    for await (const _ of stream) continue;
  };
  return {
    readPosition: (at) => readPosition(client, at),
    async countRows(table, at) {
      const answer = await client.query({
        query: `SELECT count() AS rows FROM ${table} WHERE ${inRange}`,
        query_params: rangeOf(at),
        format: 'JSONEachRow',
      });
      const [counted] = await answer.json<{ rows: number | string }>();
      return Number(counted?.rows ?? 0);
    },
    async insertRows(table, at) {
      const spec: TableSpec = ledgerTables[table];
      const keys = 'line' in spec.columns ? '(seq, line)' : 'seq';
      const isMissing = `${keys} NOT IN (SELECT ${keys} FROM ${table} WHERE ${inRange})`;
      const rows = (at.block.rows[table] as readonly object[]).toSorted(compareBy(spec.sortedBy));
      await insert(
        `${insertInto(table, spec)} WHERE ${isFollowed} AND ${isMissing} FORMAT RowBinary`,
        { ...guardOf(at), ...rangeOf(at) },
        tokenOf(at),
        encoders[table](rows),
      );
    },
    async insertPosition(at, { position, watermarkMs, nextRule }, follows) {
      const { topic, partition } = at;
      const whole = wholeBlock(at);
      const row: SinkPositionsRow = {
        topic,
        partition,
        offset: Number(position.offset),
        seq: position.seq,
        writer: position.writer,
        watermark: watermarkMs,
        next_rule: nextRule,
      };
      await insert(
        `${insertInto('sink_positions', positions)} WHERE ${isFollowed} ${whole.sql} FORMAT RowBinary`,
        { topic, partition, follows, ...whole.parameters },
        // Without the rule: of two writers that name different rules for the next block, the first is heard.
        `position/${topic}/${partition}/${position.seq}`,
        encodePosition([row]),
      );
    },
    async mendViews(at) {
      if (!at.block.rows.orders.some(({ event }) => event === 'OrderConfirmed')) return 0;
      const minutes = { partition: at.partition, ...minutesOf(at) };
      const answer = await client.query({
        query: `SELECT count() AS differing FROM (${differencesOfSales})`,
        query_params: minutes,
        format: 'JSONEachRow',
      });
      const [counted] = await answer.json<{ differing: number | string }>();
      const differing = Number(counted?.differing ?? 0);
      if (differing > 0) {
        await client.command({
          query: `INSERT INTO sales_by_minute ${differencesOfSales}`,
          query_params: minutes,
          clickhouse_settings: { ...insertSettings, insert_deduplication_token: `mend/${tokenOf(at)}` },
        });
      }
      return differing;
    },
  };
}

/** The first guard: a repeat of this block is dropped, by each table and its views, while the token is remembered. */
const tokenOf = ({ topic, partition, block }: BlockAt): string =>
  `${topic}/${partition}/${block.firstSeq}-${block.lastSeq}/${block.rule}`;

function insertInto(table: string, { columns }: TableSpec): string {
  const names = Object.keys(columns).map((name) => `\`${name}\``);
  const structure = Object.entries(columns).map(
    ([name, type]) => `\`${name}\` ${type.replace('(3)', "(3, \\'UTC\\')")}`,
  );
  return `INSERT INTO ${table} (${names.join(', ')}) SELECT ${names.join(', ')} FROM input('${structure.join(', ')}')`;
}

function minutesOf({ block }: BlockAt): { readonly from_s: number; readonly to_s: number } {
  const sold = block.rows.orders.filter((row) => row.event === 'OrderConfirmed');
  const minutes = sold.map((row) => Math.floor(row.at / 60_000) * 60);
  return {
    from_s: minutes.reduce((least, at) => Math.min(least, at), 0xffff_ffff),
    to_s: minutes.reduce((most, at) => Math.max(most, at), 0),
  };
}

async function readPosition(
  client: ClickHouseClient,
  { topic, partition }: TopicPartition,
): Promise<StoredPosition> {
  const answer = await client.query({
    // `next_rule` breaks a tie that two writers could leave only with every other guard gone: for all readers alike.
    query: `SELECT toString(offset) AS offset, seq, writer, toUnixTimestamp64Milli(watermark) AS watermark, next_rule
      FROM sink_positions WHERE topic = {topic:String} AND partition = {partition:UInt16}
      ORDER BY sink_positions.seq DESC, next_rule LIMIT 1`,
    query_params: { topic, partition },
    format: 'JSONEachRow',
  });
  const [row] = await answer.json<{
    offset: string;
    seq: number | string;
    writer: string | null;
    watermark: number | string;
    next_rule: string;
  }>();
  if (!row) return { position: journalStart, watermarkMs: 0, nextRule: null };
  return {
    position: { offset: BigInt(row.offset), seq: Number(row.seq), writer: row.writer },
    watermarkMs: Number(row.watermark),
    nextRule: row.next_rule,
  };
}
