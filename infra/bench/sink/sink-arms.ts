import { Readable } from 'node:stream';
import type { AcceptedEvent } from '../../clients/journal-acceptor.ts';
import { type ClickHouseClient, connectClickhouse } from '../../clients/clickhouse.ts';
import { journalStart } from '../../../schemas/accept-journal-record.ts';
import { ledgerTableNames, ledgerTables } from '../../../schemas/clickhouse-columns.ts';
import type { EventBody } from '../../../schemas/generated/orders-events.ts';
import { journalOf } from '../../../schemas/topic-catalogue.ts';
import { createClickhouseLedger } from '../../../sinks/clickhouse/clickhouse-ledger.ts';
import { type Block, createCutter, type CutRule } from '../../../sinks/clickhouse/cut-blocks.ts';
import { ordersJournalRows } from '../../../sinks/clickhouse/journal-rows.ts';
import { createLedgerFold } from '../../../sinks/clickhouse/ledger-fold.ts';
import { compareBy } from '../../../sinks/clickhouse/order-of-rows.ts';
import { createRowEncoder } from '../../../sinks/clickhouse/row-binary.ts';

/** What puts the same blocks into the tables of a database of its own. */
export type SinkArm = 'millrace' | 'RowBinary' | 'JSONEachRow';

export interface SinkWork {
  readonly rule: CutRule;
  /** One journal partition, decoded. */
  readonly events: readonly AcceptedEvent<EventBody>[];
  /** The same, cut. */
  readonly blocks: readonly Block[];
}

const at = { topic: journalOf('orders'), partition: 0 };

/** The blocks that every writer cuts of these events under the rule. */
export function blocksOf(events: readonly AcceptedEvent<EventBody>[], rule: CutRule): readonly Block[] {
  const cutter = createCutter(0, { seq: 0, watermarkMs: 0, rule }, ordersJournalRows);
  return events.map(({ event, position }) => cutter.add(event, position)).filter((block) => block !== null);
}

/**
 * Does all of one arm's work. Ours: the sink's path from decoded events on: rows, blocks, guards, position rows, the look
 * at the view. The others insert the finished rows, table by table, without a guard, a token or a position: a second copy
 * would stay.
 */
export async function runArm(
  arm: SinkArm,
  link: { readonly url: string; readonly database: string },
  { rule, events, blocks }: SinkWork,
): Promise<void> {
  const client = connectClickhouse(link);
  try {
    if (arm === 'millrace') await runMillrace(client, rule, events);
    else for (const block of blocks) await insertBare(client, arm, block);
  } finally {
    await client.close();
  }
}

async function runMillrace(
  client: ClickHouseClient,
  rule: CutRule,
  events: readonly AcceptedEvent<EventBody>[],
): Promise<void> {
  const fold = createLedgerFold({ ledger: createClickhouseLedger(client), rule });
  await fold.position(at);
  const to = events.at(-1)?.position ?? journalStart;
  await fold.apply(at, { at, from: journalStart, to, events, watermarkMs: null });
}

const encoders = new Map(
  ledgerTableNames.map((table) => [table, createRowEncoder(ledgerTables[table].columns)]),
);
/** As the sink's inserts, but for the token. */
const settings = { async_insert: 0, max_threads: 1, max_insert_threads: '1', wait_end_of_query: 1 } as const;

async function insertBare(
  client: ClickHouseClient,
  format: 'RowBinary' | 'JSONEachRow',
  block: Block,
): Promise<void> {
  for (const table of ledgerTableNames) {
    if (block.rows[table].length === 0) continue;
    const { columns, sortedBy } = ledgerTables[table];
    const rows = (block.rows[table] as readonly object[]).toSorted(compareBy(sortedBy));
    const names = Object.keys(columns).map((name) => `\`${name}\``);
    const body =
      format === 'RowBinary'
        ? (encoders.get(table)?.(rows) ?? Buffer.alloc(0))
        : Buffer.from(rows.map((row) => JSON.stringify(toJson(row))).join('\n'));
    const { stream } = await client.exec({
      query: `INSERT INTO ${table} (${names.join(', ')}) FORMAT ${format}`,
      clickhouse_settings: settings,
      values: Readable.from([body], { objectMode: false }),
    });
    for await (const _ of stream) continue;
  }
}

const times = new Set(['at', 'placed_at', 'ordered_at', 'claimed_at']);

/** Times as ClickHouse's text, as anybody would send them. */
const toJson = (row: object): object =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      times.has(name) && typeof value === 'number'
        ? new Date(value).toISOString().replace('T', ' ').replace('Z', '')
        : value,
    ]),
  );
