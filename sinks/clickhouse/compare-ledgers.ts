import type { ClickHouseClient } from '../../infra/clients/clickhouse.ts';
import {
  ledgerTableNames,
  type LedgerTable,
  ledgerTables,
  processorOfTable,
  salesByMinute,
} from '../../schemas/clickhouse-columns.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import { type LedgerPlace, placesOf } from './beside.ts';

/** One table's rows of one month (UTC) and currency, in both ledgers. */
export interface LedgerDifference {
  readonly table: LedgerTable | typeof salesByMinute.table;
  /** For example 202601. */
  readonly month: number;
  /** '' where the table has none, or the rows name none. */
  readonly currency: string;
  readonly rows: { readonly live: string; readonly beside: string };
  /** Sums by column, of those that differ or, where none does, of all. Exact, so texts. */
  readonly sums: Readonly<Record<string, { readonly live: string; readonly beside: string }>>;
  readonly differs: boolean;
}

export interface LedgerComparison {
  readonly groups: readonly LedgerDifference[];
  /** Journal partitions of which both ledgers hold something: these were compared. 0: nothing was. */
  readonly partitions: number;
  /** Of these partitions: what both ledgers have, which was compared, and what one alone has besides. */
  readonly events: { readonly compared: number; readonly liveAlone: number; readonly besideAlone: number };
  /** Those of which one ledger holds something and the other nothing, in words: they differ, and no group says so. */
  readonly oneSided: readonly string[];
}

type Group = Readonly<Record<string, string | number>>;

/** What of a ledger is compared as one table: a source of rows and what to group and sum of them. */
interface Compared {
  readonly table: LedgerDifference['table'];
  /** SQL of what stands behind FROM; `{database:Identifier}` is the ledger's. */
  readonly from: string;
  readonly month: string;
  readonly currency: string;
  readonly columns: readonly string[];
  readonly summed: readonly string[];
}

/**
 * Compares the ledgers of two databases up to the place both have reached in each journal partition: counts, sums, and a
 * hash of all rows, by month and currency. A group that only the hash tells apart differs too. `sales_by_minute` has no
 * place in the journal: of it, the minutes that end before the watermark of that place.
 */
export async function compareLedgers(
  client: ClickHouseClient,
  live: string,
  beside: string,
): Promise<LedgerComparison> {
  const { both, events, oneSided } = common(await placesOf(client, live), await placesOf(client, beside));
  const groups: LedgerDifference[] = [];
  const ofOrders = both.filter(({ topic }) => topic === journalOf('orders'));
  const all = [
    ...ledgerTableNames.map((table) => {
      const topic = journalOf(processorOfTable(table));
      return ledgerTable(
        table,
        both.filter((place) => place.topic === topic),
      );
    }),
    salesTable(ofOrders),
  ];
  for (const compared of all) {
    const [first, second] = [
      await groupsOf(client, live, compared),
      await groupsOf(client, beside, compared),
    ];
    for (const key of [...new Set([...first.keys(), ...second.keys()])].toSorted()) {
      groups.push(differenceOf(compared, first.get(key), second.get(key)));
    }
  }
  return { groups, partitions: both.length, events, oneSided };
}

/** The lower place of each partition of which both ledgers hold something. */
function common(
  live: readonly LedgerPlace[],
  beside: readonly LedgerPlace[],
): Pick<LedgerComparison, 'events' | 'oneSided'> & { readonly both: readonly LedgerPlace[] } {
  const keyOf = ({ topic, partition }: LedgerPlace) => `${topic}/${partition}`;
  const [ofLive, ofBeside] = [live, beside].map(
    (places) => new Map(places.map((place) => [keyOf(place), place])),
  ) as [Map<string, LedgerPlace>, Map<string, LedgerPlace>];
  const both: LedgerPlace[] = [];
  const oneSided: string[] = [];
  const events = { compared: 0, liveAlone: 0, besideAlone: 0 };
  for (const key of [...new Set([...ofLive.keys(), ...ofBeside.keys()])].toSorted()) {
    const [a, b] = [ofLive.get(key), ofBeside.get(key)];
    const [seqLive, seqBeside] = [a?.seq ?? 0, b?.seq ?? 0];
    if ((seqLive === 0) !== (seqBeside === 0)) {
      oneSided.push(`${key}: live up to seq ${seqLive}, beside up to seq ${seqBeside}`);
    } else if (a && b && seqLive > 0) {
      const lower = a.seq <= b.seq ? a : b;
      both.push(lower);
      events.compared += lower.seq;
      events.liveAlone += a.seq - lower.seq;
      events.besideAlone += b.seq - lower.seq;
    }
  }
  return { both, events, oneSided };
}

function ledgerTable(table: LedgerTable, places: readonly LedgerPlace[]): Compared {
  const columns = Object.keys(ledgerTables[table].columns);
  const upTo = places.map(({ partition, seq }) => `(partition = ${partition} AND seq <= ${seq})`);
  return {
    table,
    from: `{database:Identifier}.${table} WHERE ${upTo.join(' OR ') || 'false'}`,
    month: 'toYYYYMM(at)',
    currency: columns.includes('currency') ? "ifNull(currency, '')" : "''",
    columns,
    summed: columns.filter((name) => name.endsWith('_minor') || name.endsWith('_change') || name === 'units'),
  };
}

/** Summed by its keys first: how far the parts of a summing table are merged, and rows of zeros, say nothing. */
function salesTable(places: readonly LedgerPlace[]): Compared {
  const { table, keys, sums } = salesByMinute;
  const whole = places.map(
    ({ partition, watermarkMs }) =>
      `(partition = ${partition} AND minute < toStartOfMinute(fromUnixTimestamp64Milli(${watermarkMs}, 'UTC')))`,
  );
  return {
    table,
    from: `(SELECT ${keys.join(', ')}, ${sums.map((name) => `sum(s.${name}) AS ${name}`).join(', ')}
      FROM {database:Identifier}.${table} AS s WHERE ${whole.join(' OR ') || 'false'}
      GROUP BY ${keys.join(', ')} HAVING ${sums.map((name) => `${name} != 0`).join(' OR ')})`,
    month: 'toYYYYMM(minute)',
    currency: 'currency',
    columns: [...keys, ...sums],
    summed: sums,
  };
}

async function groupsOf(
  client: ClickHouseClient,
  database: string,
  { from, month, currency, columns, summed }: Compared,
): Promise<ReadonlyMap<string, Group>> {
  const sums = summed.map((name) => `toString(sum(toInt128(ifNull(${name}, 0)))) AS sum_${name}`);
  const names = columns.map((name) => `\`${name}\``);
  const answer = await client.query({
    query: `SELECT ${month} AS month, ${currency} AS of_currency, toString(count()) AS rows,
        toString(sum(sipHash64(toString(tuple(${names.join(', ')}))))) AS hash${sums.map((sum) => `, ${sum}`).join('')}
      FROM ${from} GROUP BY month, of_currency`,
    query_params: { database },
    format: 'JSONEachRow',
  });
  const rows = await answer.json<Group>();
  return new Map(rows.map((row) => [`${row['month']} ${row['of_currency']}`, row]));
}

function differenceOf(
  { table, summed }: Compared,
  live: Group | undefined,
  beside: Group | undefined,
): LedgerDifference {
  const said = live ?? beside ?? {};
  const pair = (name: string) => ({
    live: String(live?.[name] ?? '0'),
    beside: String(beside?.[name] ?? '0'),
  });
  const sums = summed.map((name) => [name, pair(`sum_${name}`)] as const);
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
