import type { ClickHouseClient } from '../../infra/clients/clickhouse.ts';
import {
  ledgerTableNames,
  type LedgerTable,
  ledgerTables,
  processorOfTable,
} from '../../schemas/clickhouse-columns.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import { type LedgerPlace, placesOf } from './beside.ts';

/** One table's rows of one month (UTC) and currency, in both ledgers. */
export interface LedgerDifference {
  readonly table: LedgerTable;
  /** For example 202601. */
  readonly month: number;
  /** '' where the table has none, or the rows name none. */
  readonly currency: string;
  readonly rows: { readonly live: string; readonly beside: string };
  /** Sums by column, of those that differ or, where none does, of all. Exact, so texts. */
  readonly sums: Readonly<Record<string, { readonly live: string; readonly beside: string }>>;
  readonly differs: boolean;
}

type Group = Readonly<Record<string, string | number>>;

const summed = (table: LedgerTable): readonly string[] =>
  Object.keys(ledgerTables[table].columns).filter(
    (name) => name.endsWith('_minor') || name.endsWith('_change') || name === 'units',
  );

/**
 * Compares the ledgers of two databases up to the place both have reached in each journal partition: counts, sums, and a
 * hash of all rows, by month and currency. A group that only the hash tells apart differs too.
 */
export async function compareLedgers(
  client: ClickHouseClient,
  live: string,
  beside: string,
): Promise<readonly LedgerDifference[]> {
  const places = common(await placesOf(client, live), await placesOf(client, beside));
  const all: LedgerDifference[] = [];
  for (const table of ledgerTableNames) {
    const of = places.filter(({ topic }) => topic === journalOf(processorOfTable(table)));
    const [first, second] = [
      await groupsOf(client, live, table, of),
      await groupsOf(client, beside, table, of),
    ];
    for (const key of [...new Set([...first.keys(), ...second.keys()])].toSorted()) {
      all.push(differenceOf(table, first.get(key), second.get(key)));
    }
  }
  return all;
}

const common = (a: readonly LedgerPlace[], b: readonly LedgerPlace[]): readonly LedgerPlace[] =>
  a.flatMap((place) => {
    const other = b.find((each) => each.topic === place.topic && each.partition === place.partition);
    return other === undefined ? [] : [other.seq < place.seq ? other : place];
  });

async function groupsOf(
  client: ClickHouseClient,
  database: string,
  table: LedgerTable,
  places: readonly LedgerPlace[],
): Promise<ReadonlyMap<string, Group>> {
  const upTo = places.map(({ partition, seq }) => `(partition = ${partition} AND seq <= ${seq})`);
  const sums = summed(table).map((name) => `toString(sum(toInt128(ifNull(${name}, 0)))) AS sum_${name}`);
  const names = Object.keys(ledgerTables[table].columns).map((name) => `\`${name}\``);
  const currency = 'currency' in ledgerTables[table].columns ? "ifNull(currency, '')" : "''";
  const answer = await client.query({
    query: `SELECT toYYYYMM(at) AS month, ${currency} AS of_currency, toString(count()) AS rows,
        toString(sum(sipHash64(toString(tuple(${names.join(', ')}))))) AS hash${sums.map((sum) => `, ${sum}`).join('')}
      FROM {database:Identifier}.${table} WHERE ${upTo.join(' OR ') || 'false'} GROUP BY month, of_currency`,
    query_params: { database },
    format: 'JSONEachRow',
  });
  const rows = await answer.json<Group>();
  return new Map(rows.map((row) => [`${row['month']} ${row['of_currency']}`, row]));
}

function differenceOf(
  table: LedgerTable,
  live: Group | undefined,
  beside: Group | undefined,
): LedgerDifference {
  const said = live ?? beside ?? {};
  const pair = (name: string) => ({
    live: String(live?.[name] ?? '0'),
    beside: String(beside?.[name] ?? '0'),
  });
  const sums = summed(table).map((name) => [name, pair(`sum_${name}`)] as const);
  const unequal = sums.filter(([, of]) => of.live !== of.beside);
  const [rows, hash] = [pair('rows'), pair('hash')];
  return {
    table,
    month: Number(said['month']),
    currency: String(said['of_currency']),
    rows,
    sums: Object.fromEntries(unequal.length > 0 ? unequal : sums),
    differs: rows.live !== rows.beside || unequal.length > 0 || hash.live !== hash.beside,
  };
}
