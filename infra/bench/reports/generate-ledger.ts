import type { ClickHouseClient } from '../../clients/clickhouse.ts';
import { planOrders } from '../../../producers/replay/plan-orders.ts';
import { chargedMinor, totalMinorOf } from '../../../producers/replay/planned-order.ts';
import { readRetailFile } from '../../../producers/replay/read-file.ts';

export const benchStore = 'bench';

/** Journal partitions that the rows are said to be of; the live writer's is another, so that no number meets another. */
const partitions = 4;
export const livePartition = 0;

const spanMs = 365 * 86_400_000;
/** Lines of orders made by one statement: what the engine sorts at a time. */
const linesAStep = 1_000_000;

export interface Generated {
  readonly orders: number;
  /** Rows of `order_lines`: each line is placed, and, of a sale, sold. */
  readonly lineRows: number;
}

/**
 * Fills empty ledger tables inside the engine with about `lineRows` rows of order lines and what belongs to them: lives of
 * orders that are drawn from the sample file (their lines, SKUs, pieces, prices, shipping, customers), one after the other
 * over a year up to `endMs`. 4 in 100 end without a sale (refused, declined or expired), 1 in 100 sales is cancelled, 4 in
 * 100 have a refund ten days later, 1 in 1,000 a lost dispute, 1 in 500 an authorization that is unknown for a minute. Of
 * `order_events` only what the funnel reads. The views fill themselves, as behind the sink.
 */
export async function generateLedger(
  client: ClickHouseClient,
  { lineRows, endMs }: { readonly lineRows: number; readonly endMs: number },
): Promise<Generated> {
  const samples = await writeSamples(client);
  const orders = Math.round(lineRows / (samples.linesAnOrder * (1 + soldShare)));
  const ordersAStep = Math.round(linesAStep / samples.linesAnOrder);
  for (let first = 0; first < orders; first += ordersAStep) {
    const count = Math.min(ordersAStep, orders - first);
    const from = lifeSql(samples.orders);
    const parameters = {
      first,
      count,
      start_ms: endMs - spanMs,
      end_ms: endMs,
      step_us: Math.floor((spanMs * 1_000) / orders),
    };
    for (const insert of inserts) {
      await client.command({
        query: `INSERT INTO ${insert(from)}`,
        query_params: parameters,
        clickhouse_settings: { max_insert_threads: '1', max_execution_time: 600 },
      });
    }
  }
  const answer = await client.query({ query: 'SELECT count() AS n FROM order_lines', format: 'JSONEachRow' });
  const [counted] = await answer.json<{ n: string | number }>();
  return { orders, lineRows: Number(counted?.n) };
}

const soldShare = 0.96;

async function writeSamples(client: ClickHouseClient) {
  const { orders } = planOrders(await readRetailFile('producers/replay/data/online-retail-a.csv'));
  const sound = orders.filter(({ charges }) => charges.every(({ is }) => is !== 'discount'));
  await client.command({
    query: `CREATE TABLE bench_samples (n UInt32, customer String, skus Array(String), pieces Array(UInt32),
      prices Array(Int64), shipping Int64, total Int64) ENGINE = Memory`,
  });
  await client.insert({
    table: 'bench_samples',
    values: sound.map((order, n) => ({
      n,
      customer: order.customerId,
      skus: order.lines.map(({ sku }) => sku),
      pieces: order.lines.map(({ quantity }) => quantity),
      prices: order.lines.map(({ unitMinor }) => unitMinor),
      shipping: chargedMinor(order, 'shipping'),
      total: Number(totalMinorOf(order)),
    })),
    format: 'JSONEachRow',
  });
  const lines = sound.reduce((sum, { lines: of }) => sum + of.length, 0);
  return { orders: sound.length, linesAnOrder: lines / sound.length };
}

/**
 * One row an order. `fate`, 0 to 999 by a hash of its number: below 20 refused for want of stock, below 35 declined, below
 * 40 expired, below 50 sold and cancelled, below 90 sold and refunded in part, at 90 sold and disputed, below 93 first unknown.
 */
const lifeSql = (samples: number): string => `(
  SELECT o.i AS i, concat('o-', substring(lower(hex(sipHash128(o.i))), 1, 26)) AS order_id, o.fate AS fate,
    toUInt16(1 + o.i % ${partitions}) AS partition, o.i * 16 AS seq, o.at AS at, s.customer AS customer,
    s.skus AS skus, s.pieces AS pieces, s.prices AS prices, s.shipping AS shipping, s.total AS total
  FROM (
    SELECT number AS i, cityHash64(number) AS h, intDiv(h, 1000003) % 1000 AS fate, toUInt32(h % ${samples}) AS n,
      fromUnixTimestamp64Milli(toInt64({start_ms:UInt64} + intDiv(number * {step_us:UInt64}, 1000)), 'UTC') AS at
    FROM numbers({first:UInt64}, {count:UInt64})
  ) AS o
  INNER JOIN bench_samples AS s ON s.n = o.n
) AS l`;

const isSold = 'l.fate >= 40';
const ms = (count: number): string => `l.at + toIntervalMillisecond(${count})`;
const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;
const refundMinor = 'intDiv(l.total, 2)';

/** Nothing has happened yet that lies behind the end. */
const known = (after: string, where: string): string =>
  `${where} AND ${after} < fromUnixTimestamp64Milli({end_ms:UInt64})`;

/** SELECT of an event of those orders of which `where` is true. */
type Insert = (from: string) => string;

const origin = (seq: number, after: string): string =>
  `'${benchStore}' AS store, l.partition AS partition, l.seq + ${seq} AS seq, ${after} AS at, l.order_id AS order_id`;

const orderRow =
  (seq: number, event: string, after: string, where: string): Insert =>
  (from) => {
    const isNamed = event === 'OrderPlaced' || event === 'OrderConfirmed';
    const outcome = `multiIf(l.fate < 20, 'Rejected', l.fate < 35, 'Declined', l.fate < 40, 'Expired', 'Cancelled')`;
    const reason = `multiIf(l.fate < 20, 'insufficient', l.fate < 35, 'card', l.fate < 40, 'hold-time', 'customer')`;
    const named = (sql: string): string => (isNamed ? sql : 'NULL');
    const total = event === 'UnwindStarted' ? 'NULL' : 'l.total';
    return `orders SELECT ${origin(seq, after)}, '${event}', ${named('l.customer')},
    ${event === 'UnwindStarted' ? 'NULL' : `'GBP'`}, ${isNamed ? 'NULL' : outcome}, ${isNamed ? 'NULL' : reason},
    ${named('length(l.skus)')}, ${named('arraySum(l.pieces)')}, ${total}, ${named('0')}, ${named('l.shipping')}, ${named('0')},
    ${event === 'UnwindStarted' ? 'NULL' : 'l.at'}, NULL
  FROM ${from} WHERE ${known(after, where)}`;
  };

const lineRow =
  (seq: number, entry: 'placed' | 'sold', after: string, where: string): Insert =>
  (from) =>
    `order_lines SELECT ${origin(seq, after)}, toUInt16(line - 1) AS line, '${entry}', l.customer, 'GBP', sku, piece,
    ${entry === 'placed' ? 'price' : 'NULL'}, ${entry === 'placed' ? '0' : 'NULL'}, 0, piece * price, piece * price, l.at, NULL
  FROM ${from} ARRAY JOIN l.skus AS sku, l.pieces AS piece, l.prices AS price, arrayEnumerate(l.skus) AS line
  WHERE ${known(after, where)}`;

const paymentRow =
  (
    seq: number,
    event: string,
    op: 'authorize' | 'capture' | 'refund',
    after: string,
    where: string,
  ): Insert =>
  (from) => {
    const hasMoney = event !== 'PaymentDeclined';
    const code = event === 'PaymentDeclined' ? `'card'` : event === 'PaymentUnknown' ? `'timeout'` : 'NULL';
    return `payments SELECT ${origin(seq, after)}, '${event}', concat(l.order_id, ':${op}:1'), 1, '${op}',
    ${hasMoney ? (op === 'refund' ? refundMinor : 'l.total') : 'NULL'}, ${hasMoney ? `'GBP'` : 'NULL'}, NULL, ${code}
  FROM ${from} WHERE ${known(after, where)}`;
  };

const backRow =
  (seq: number, of: { kind: 'refund' | 'chargeback'; state: string }, after: string, where: string): Insert =>
  (from) =>
    `money_back SELECT ${origin(seq, after)}, '${of.kind === 'refund' ? (of.state === 'requested' ? 'RefundRequested' : 'RefundRecorded') : 'DisputeRecorded'}',
    '${of.kind}', '${of.kind === 'refund' ? 'r-1' : 'd-1'}', '${of.state}',
    ${of.state === 'requested' ? `if(l.fate < 50, 'cancel', 'return')` : 'NULL'}, 'GBP', if(l.fate < 50 OR l.fate = 90, l.total, ${refundMinor}),
    NULL, NULL, NULL, NULL
  FROM ${from} WHERE ${known(after, where)}`;

const isRefunded = 'l.fate BETWEEN 40 AND 89';
/** An hour after the sale it is cancelled, ten days after it pieces come back. */
const refundAt = (plus: number): string =>
  `l.at + toIntervalMillisecond(if(l.fate < 50, ${hourMs}, ${10 * dayMs}) + ${plus})`;

const inserts: readonly Insert[] = [
  orderRow(0, 'OrderPlaced', 'l.at', 'true'),
  lineRow(0, 'placed', 'l.at', 'true'),
  paymentRow(1, 'PaymentOpRequested', 'authorize', ms(60), 'l.fate >= 20'),
  paymentRow(2, 'PaymentUnknown', 'authorize', ms(2_000), 'l.fate IN (91, 92)'),
  paymentRow(3, 'PaymentDeclined', 'authorize', ms(200), 'l.fate BETWEEN 20 AND 34'),
  paymentRow(
    3,
    'PaymentAuthorized',
    'authorize',
    `l.at + toIntervalMillisecond(if(l.fate IN (91, 92), ${minuteMs}, 200))`,
    'l.fate >= 35',
  ),
  (
    from,
  ) => `order_events SELECT ${origin(4, ms(minuteMs + 20))}, 'CommitStarted', 0, 0, NULL, NULL, NULL, '{}'
  FROM ${from} WHERE ${known(ms(minuteMs + 20), isSold)}`,
  paymentRow(5, 'PaymentOpRequested', 'capture', ms(minuteMs + 40), isSold),
  paymentRow(6, 'PaymentCaptured', 'capture', ms(minuteMs + 120), isSold),
  orderRow(7, 'OrderConfirmed', ms(minuteMs + 140), isSold),
  lineRow(7, 'sold', ms(minuteMs + 140), isSold),
  orderRow(
    8,
    'UnwindStarted',
    `l.at + toIntervalMillisecond(if(l.fate < 40, 900000, ${hourMs}))`,
    'l.fate < 50',
  ),
  orderRow(
    9,
    'OrderClosed',
    `l.at + toIntervalMillisecond(if(l.fate < 40, 900100, ${hourMs + 2_000}))`,
    'l.fate < 50',
  ),
  backRow(10, { kind: 'refund', state: 'requested' }, refundAt(0), isRefunded),
  backRow(11, { kind: 'refund', state: 'succeeded' }, refundAt(900), isRefunded),
  paymentRow(11, 'RefundRecorded', 'refund', refundAt(900), isRefunded),
  backRow(12, { kind: 'chargeback', state: 'lost' }, ms(20 * dayMs), 'l.fate = 90'),
];
