import { createHash } from 'node:crypto';
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
import type { Block } from './cut-blocks.ts';
import { insertEndsWithinMs } from './doubtful-minutes.ts';
import type { BlockAt, Ledger, PositionAt, SalesDifference, StoredPosition } from './ledger.ts';
import { isFollowed } from './is-followed.ts';
import { differencesOfSales, insertDifferences } from './mend-sales.ts';
import { compareBy } from './order-of-rows.ts';
import { createRowEncoder, type RowEncoder } from './row-binary.ts';

const positions: TableSpec = { columns: sinkPositionsColumns, sortedBy: ['topic', 'partition'] };

const encoders = Object.fromEntries(
  ledgerTableNames.map((table) => [table, createRowEncoder(ledgerTables[table].columns)]),
) as Readonly<Record<LedgerTable, RowEncoder>>;
const encodePosition = createRowEncoder(positions.columns);

/** One insert is one block: one thread, no server-side batching of other inserts into it, and an end that is known. */
const insertSettings = {
  async_insert: 0,
  max_threads: 1,
  max_insert_threads: '1',
  deduplicate_blocks_in_dependent_materialized_views: 1,
  wait_end_of_query: 1,
  max_execution_time: insertEndsWithinMs / 1_000,
} as const;

const guardOf = ({ topic, partition, follows }: BlockAt) => ({ topic, partition, follows });

const rangeOf = ({ partition, block }: Required<PositionAt>) => {
  const { fromMs, toMs } = timesOf(block);
  return { partition, first: block.firstSeq, last: block.lastSeq, from_ms: fromMs, to_ms: toMs };
};

interface Times {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A block's rows stay what they are, and every statement about it asks for their times: they are looked through once. */
const timesByBlock = new WeakMap<Block, Times>();

function timesOf(block: Block): Times {
  const known = timesByBlock.get(block);
  if (known !== undefined) return known;
  let [fromMs, toMs] = [Number.MAX_SAFE_INTEGER, 0];
  for (const table of ledgerTableNames) {
    for (const { at } of block.rows[table]) {
      if (at < fromMs) fromMs = at;
      if (at > toMs) toMs = at;
    }
  }
  const times = { fromMs, toMs };
  timesByBlock.set(block, times);
  return times;
}

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
    async differencesOfView(at, { fromS, toS }) {
      const answer = await client.query({
        query: differencesOfSales,
        query_params: { ...guardOf(at), from_s: fromS, to_s: toS },
        clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
        format: 'JSONEachRow',
      });
      return answer.json<SalesDifference>();
    },
    async mendView(at, differences) {
      const body = Buffer.from(differences.map((row) => JSON.stringify(row)).join('\n'));
      const digest = createHash('sha256').update(body).digest('hex');
      await insert(insertDifferences, guardOf(at), `mend/${tokenOf(at)}/${digest}`, body);
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
