import {
  ledgerTableNames,
  type LedgerTable,
  processorOfTable,
  salesByMinute,
} from '../../schemas/clickhouse-columns.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import type { ClickHouseClient } from '../clients/clickhouse.ts';
import { hasCurrency, kindColumn, rowName, rowTextSql, summedColumns } from './ledger-columns.ts';
import type { ClickHouseFacts, LedgerGroup, SalesMinute, SinkPosition } from './recording.ts';

/** A row of an answer; every number is asked for as text, so that none is rounded on the way. */
type Answer = Readonly<Record<string, string | null>>;

async function ask(client: ClickHouseClient, query: string): Promise<readonly Answer[]> {
  const result = await client.query({ query, format: 'JSONEachRow' });
  return result.json<Answer>();
}

/** What the ledger tables hold up to the sink's positions in each journal, which are read first. */
export async function readClickHouse(client: ClickHouseClient): Promise<ClickHouseFacts> {
  const stockPositions = await readSinkPositions(client, 'stock');
  const stock = {
    positions: stockPositions,
    groups: await readGroups(client, 'stock_movements', stockPositions),
  };
  const positions = await readSinkPositions(client, 'orders');
  const groups: LedgerGroup[] = [];
  const ofOrders = ledgerTableNames.filter((table) => processorOfTable(table) === 'orders');
  for (const table of ofOrders) groups.push(...(await readGroups(client, table, positions)));
  const sales = await readMinutes(client, salesByMinute.table);
  const salesBase = await readMinutes(client, baseByMinute);
  return { positions, groups, sales, salesBase, stock };
}

/** What `sales_by_minute` must hold: the confirmed orders of its base, added up again. */
const baseByMinute = `(
  SELECT store, toStartOfMinute(at) AS minute, ifNull(currency, '') AS currency, partition, 1 AS orders,
    ifNull(units, 0) AS units, ifNull(total_minor, 0) AS gross_minor, ifNull(discount_minor, 0) AS discount_minor,
    ifNull(shipping_minor, 0) AS shipping_minor, ifNull(tax_minor, 0) AS tax_minor
  FROM orders WHERE event = 'OrderConfirmed')`;

async function readMinutes(client: ClickHouseClient, from: string): Promise<readonly SalesMinute[]> {
  const key =
    "concat(store, '|', toString(toUnixTimestamp(minute) * 1000), '|', currency, '|', toString(partition))";
  const columns = salesByMinute.sums.map((name) => `toString(sum(toInt128(${name}))) AS sum_${name}`);
  const rows = await ask(
    client,
    `SELECT ${key} AS key, ${columns.join(', ')} FROM ${from} GROUP BY ${salesByMinute.keys.join(', ')}`,
  );
  return rows.map((row) => ({
    key: row['key'] ?? '',
    sums: Object.fromEntries(salesByMinute.sums.map((name) => [name, BigInt(row[`sum_${name}`] ?? 0)])),
  }));
}

/** The row with the highest seq counts; a Barrier takes no seq, so offsets decide between equals. */
export async function readSinkPositions(
  client: ClickHouseClient,
  of: 'orders' | 'stock',
): Promise<readonly SinkPosition[]> {
  const rows = await ask(
    client,
    `SELECT toString(partition) AS p, toString(argMax(offset, (seq, offset))) AS o, toString(max(seq)) AS s,
       argMax(ifNull(writer, ''), (seq, offset)) AS w
     FROM sink_positions WHERE topic = '${journalOf(of)}' GROUP BY partition`,
  );
  return rows.map(({ p, o, s, w }) => ({
    partition: Number(p),
    offset: Number(o),
    seq: Number(s),
    writer: w || null,
  }));
}

async function readGroups(
  client: ClickHouseClient,
  table: LedgerTable,
  positions: readonly SinkPosition[],
): Promise<readonly LedgerGroup[]> {
  const kind = kindColumn(table);
  const upTo = positions.map(({ partition, seq }) => `(partition = ${partition} AND seq <= ${seq})`);
  const sums = summedColumns(table);
  const rows = await ask(
    client,
    `SELECT toString(partition) AS p, ${kind} AS k, ${hasCurrency(table) ? 'currency' : 'NULL'} AS c, toString(count()) AS rows,
       toString(uniqExact(${rowName(table)})) AS distinct,
       ${sums.map((name) => `toString(sum(toInt128(ifNull(${name}, 0)))) AS sum_${name},`).join(' ')}
       toString(sum(toUInt64(CRC32(${rowTextSql(table)})))) AS checksum
     FROM ${table} WHERE ${upTo.length > 0 ? upTo.join(' OR ') : 'true'} GROUP BY partition, k, c`,
  );
  return rows.map((row) => ({
    table,
    partition: Number(row['p']),
    event: row['k'] ?? '',
    currency: row['c'] ?? null,
    rows: BigInt(row['rows'] ?? 0),
    distinct: BigInt(row['distinct'] ?? 0),
    sums: Object.fromEntries(sums.map((name) => [name, BigInt(row[`sum_${name}`] ?? 0)])),
    checksum: BigInt(row['checksum'] ?? 0),
  }));
}
