import type { ClickHouseClient } from '../../infra/clients/clickhouse.ts';
import type { OrderView } from '../../schemas/order-view.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import { within } from '../idempotency/soft-deadline.ts';

/** One event of an order as the ledger keeps it, for ever (`orderEventsColumns` in schemas/clickhouse-columns.ts). */
export interface LedgerEvent {
  readonly seq: number;
  readonly atMs: number;
  readonly type: string;
  /** Of its record in the journal. */
  readonly offset: number;
  readonly cause: {
    /** Of the inbox record it decides. */
    readonly offset: number;
    /** The event of another journal that asked for it, and its message. */
    readonly source: { readonly task: string; readonly seq: number; readonly index: number } | null;
  };
  /** What the event says beside its order, its lines and what is sealed. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A reader does not wait longer for a ledger that is away, ms. */
const askMsMax = 3_000;
const eventsMax = 2_000;
const settings = {
  max_execution_time: askMsMax / 1_000,
  output_format_json_quote_64bit_integers: 1,
} as const;

interface Row {
  readonly seq: string;
  readonly at_ms: string;
  readonly event: string;
  readonly offset: string;
  readonly cause_offset: string;
  readonly cause_source: string | null;
  readonly cause_seq: string | null;
  readonly cause_index: number | null;
  readonly detail: string;
}

// An order is found by its times; answers to commands name no store. The alias must not be a column's name.
const statement = `
  SELECT seq, toUnixTimestamp64Milli(at) AS at_ms, event, offset, cause_offset, cause_source, cause_seq, cause_index, detail
  FROM order_events
  WHERE store IN ({store:String}, '') AND order_id = {order:String} AND partition = {partition:UInt16}
    AND at >= fromUnixTimestamp64Milli({from:Int64})
  ORDER BY seq
  LIMIT ${eventsMax}`;

/** How far the sink has come in the order's partition; asked first, so that the events go at least as far. */
const throughStatement = `
  SELECT max(seq) AS through FROM sink_positions WHERE topic = {topic:String} AND partition = {partition:UInt16}`;

export interface OrderLedger {
  /** Oldest first, at most 2,000. */
  readonly events: readonly LedgerEvent[];
  /** Every event of the order up to this seq is among them. */
  readonly throughSeq: number;
}

/** What the ledger holds of an order; null where it cannot be asked. */
export async function readOrderLedger(
  clickhouse: ClickHouseClient,
  order: Pick<OrderView, 'store' | 'orderId' | 'createdAtMs'>,
  partition: number,
): Promise<OrderLedger | null> {
  try {
    return await within(askMsMax, ask(clickhouse, order, partition));
  } catch {
    return null; // away, too slow or not set up: the reader is told so, the order itself is from the view
  }
}

async function ask(
  clickhouse: ClickHouseClient,
  { store, orderId, createdAtMs }: Pick<OrderView, 'store' | 'orderId' | 'createdAtMs'>,
  partition: number,
): Promise<OrderLedger> {
  const rowsOf = async <R>(query: string, query_params: Record<string, unknown>): Promise<readonly R[]> => {
    const answer = await clickhouse.query({
      query,
      query_params,
      clickhouse_settings: settings,
      format: 'JSON',
    });
    return (await answer.json<R>()).data;
  };
  const [come] = await rowsOf<{ readonly through: string }>(throughStatement, {
    topic: journalOf('orders'),
    partition,
  });
  const rows = await rowsOf<Row>(statement, { store, order: orderId, partition, from: createdAtMs });
  const throughSeq = rows.length < eventsMax ? Number(come?.through ?? 0) : Number(rows.at(-1)?.seq);
  return { events: rows.map(toEvent), throughSeq };
}

const toEvent = (row: Row): LedgerEvent => ({
  seq: Number(row.seq),
  atMs: Number(row.at_ms),
  type: row.event,
  offset: Number(row.offset),
  cause: {
    offset: Number(row.cause_offset),
    source:
      row.cause_source === null
        ? null
        : { task: row.cause_source, seq: Number(row.cause_seq), index: Number(row.cause_index) },
  },
  detail: JSON.parse(row.detail) as Readonly<Record<string, unknown>>,
});
