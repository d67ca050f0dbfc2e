import type { SalesMinute, SinkPosition } from '../../infra/audit/recording.ts';
import type { TopicPartition } from '../../infra/clients/log.ts';
import { journalStart } from '../../schemas/accept-journal-record.ts';
import {
  type LedgerRows,
  type LedgerTable,
  ledgerTableNames,
  type salesByMinute,
} from '../../schemas/clickhouse-columns.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import type { Minutes } from '../../sinks/clickhouse/doubtful-minutes.ts';
import type {
  BlockAt,
  PositionAt,
  PositionRow,
  SalesDifference,
  StoredPosition,
} from '../../sinks/clickhouse/ledger.ts';

type Row = LedgerRows[LedgerTable];
type Table = LedgerTable | 'sales_by_minute' | 'sink_positions';
type Sums = Readonly<Record<(typeof salesByMinute.sums)[number], number>>;

interface SalesRow {
  /** `store|minute|currency|partition`, the minute in epoch ms. */
  readonly key: string;
  readonly partition: number;
  readonly minuteMs: number;
  readonly sums: Sums;
}

/** One part of what an insert does: done whole, or not at all. */
export interface Effect {
  readonly table: Table;
  /** The table's partition: a month, for all but the positions. */
  readonly part: string;
  readonly token: string;
  readonly write: () => void;
}

/** ClickHouse's answer to a statement that failed; what was written before it failed stays. */
export class ClickHouseFailure extends Error {
  override readonly name = 'ClickHouseFailure';
}

export interface ClickHouseSettings {
  /** The part of a table that a time belongs to. ClickHouse has months; a simulator may have them short. */
  readonly partOf: (atMs: number) => string;
}

/**
 * ClickHouse as the sink knows it: the ledger tables and their view, the tokens each table remembers, and inserts that
 * look first and then write, part by part. A statement is given back as its effects, for whoever runs the model to
 * let time pass between them, or to let it fail.
 */
export class ClickHouseModel {
  isAway = false;
  private readonly settings: ClickHouseSettings;
  private readonly rows: { readonly [T in LedgerTable]: LedgerRows[T][] } = {
    orders: [],
    order_lines: [],
    payments: [],
    money_back: [],
    fulfilment: [],
    order_events: [],
    stock_movements: [],
  };
  /** For each row of a table the highest seq up to it: what is looked for is mostly new, and nothing older is walked. */
  private readonly highest: { readonly [T in LedgerTable]: number[] } = {
    orders: [],
    order_lines: [],
    payments: [],
    money_back: [],
    fulfilment: [],
    order_events: [],
    stock_movements: [],
  };
  private sales: SalesRow[] = [];
  /** Rows of `sink_positions` by `topic/partition`. */
  private readonly positions = new Map<string, PositionRow[]>();
  /** When each table wrote the parts of blocks whose tokens it remembers. */
  private readonly tokens = new Map<Table, Map<string, number>>();

  constructor(settings: ClickHouseSettings) {
    this.settings = settings;
  }

  readPosition(at: TopicPartition): StoredPosition {
    this.answer();
    const found = this.positionsOf(at).toSorted(
      (a, b) => b.position.seq - a.position.seq || (a.nextRule < b.nextRule ? -1 : 1),
    )[0];
    if (!found) return { position: journalStart, watermarkMs: 0, nextRule: null };
    return { position: found.position, watermarkMs: found.watermarkMs, nextRule: found.nextRule };
  }

  countRows(table: LedgerTable, at: BlockAt): number {
    this.answer();
    return this.rowsInRange(table, at).length;
  }

  /** What the insert will do, by what it sees now. */
  insertRows(table: LedgerTable, at: BlockAt): readonly Effect[] {
    this.answer();
    if (!this.isFollowed(at, at.follows)) return [];
    const there = new Set(this.rowsInRange(table, at).map(rowKey));
    const rows = (at.block.rows[table] as readonly Row[]).filter((row) => !there.has(rowKey(row)));
    const token = tokenOf(at);
    const parts = Map.groupBy(rows, (row) => this.settings.partOf(row.at));
    const base = [...parts].map(([part, of]) => ({
      table,
      part,
      token,
      write: () => this.add(table, of),
    }));
    return table === 'orders'
      ? [...base, ...this.intoView(token, salesOf(rows as LedgerRows['orders'][]))]
      : base;
  }

  insertPosition(at: PositionAt, row: PositionRow, follows: number): readonly Effect[] {
    this.answer();
    if (!this.isFollowed(at, follows)) return [];
    const { block } = at;
    // a table of the other journal has rows of the same numbers: the block has none to count there
    const isShort = (table: LedgerTable): boolean =>
      block !== undefined &&
      block.rows[table].length > 0 &&
      this.rowsInRange(table, { ...at, block }).length !== block.rows[table].length;
    if (ledgerTableNames.some(isShort)) return [];
    const write = (): void => {
      const of = this.positions.get(placeOf(at));
      if (of) of.push(row);
      else this.positions.set(placeOf(at), [row]);
    };
    const token = `position/${at.topic}/${at.partition}/${row.position.seq}`;
    return [{ table: 'sink_positions', part: '', token, write }];
  }

  /** What the base has more than the view in these minutes of the block's partition. */
  differencesOfView(at: BlockAt, { fromS, toS }: Minutes): readonly SalesDifference[] {
    this.answer();
    if (!this.isFollowed(at, at.follows)) return [];
    const isMeant = ({ partition, minuteMs }: SalesRow): boolean =>
      partition === at.partition && minuteMs >= fromS * 1_000 && minuteMs <= toS * 1_000;
    const differing = difference(salesOf(this.rows.orders).filter(isMeant), this.sales.filter(isMeant));
    return differing.map(({ sums, ...of }) => ({ ...of, ...sums }));
  }

  /** The insert of such differences. */
  mendView(at: BlockAt, differences: readonly SalesDifference[]): readonly Effect[] {
    this.answer();
    if (!this.isFollowed(at, at.follows)) return [];
    const rows = differences.map((row) => ({
      key: String(row['key']),
      partition: Number(row['partition']),
      minuteMs: Number(row['minuteMs']),
      sums: Object.fromEntries(Object.keys(noSums).map((name) => [name, Number(row[name])])) as Sums,
    }));
    return this.intoView(`mend/${tokenOf(at)}/${JSON.stringify(differences)}`, rows);
  }

  /** Does one effect, unless its table remembers its token: then it was done before. */
  commit({ table, part, token, write }: Effect, nowMs: number): void {
    const known = this.tokens.get(table) ?? new Map<string, number>();
    this.tokens.set(table, known);
    const name = `${part}/${token}`;
    if (known.has(name)) return;
    write();
    known.set(name, nowMs);
  }

  /** Forgets the tokens of what was written before, as if more blocks than the window holds had come since. */
  forgetTokens(beforeMs: number): void {
    for (const known of this.tokens.values())
      for (const [name, atMs] of known) if (atMs < beforeMs) known.delete(name);
  }

  /** The view has lost its rows; its table's tokens are gone with them. */
  emptyView(): void {
    this.sales = [];
    this.tokens.delete('sales_by_minute');
  }

  /** As the auditor reads it: rows up to the stored positions of their journals, and the view. */
  dump(): {
    readonly tables: { readonly [T in LedgerTable]: readonly LedgerRows[T][] };
    readonly positions: readonly SinkPosition[];
    readonly stockPositions: readonly SinkPosition[];
    readonly sales: readonly SalesMinute[];
  } {
    const stored = { orders: this.storedPositions('orders'), stock: this.storedPositions('stock') };
    const isStored =
      (journal: keyof typeof stored) =>
      ({ partition, seq }: Row): boolean =>
        seq <= (stored[journal].get(partition)?.seq ?? 0);
    const isOfOrders = isStored('orders');
    return {
      tables: {
        orders: this.rows.orders.filter(isOfOrders),
        order_lines: this.rows.order_lines.filter(isOfOrders),
        payments: this.rows.payments.filter(isOfOrders),
        money_back: this.rows.money_back.filter(isOfOrders),
        fulfilment: this.rows.fulfilment.filter(isOfOrders),
        order_events: this.rows.order_events.filter(isOfOrders),
        stock_movements: this.rows.stock_movements.filter(isStored('stock')),
      },
      positions: [...stored.orders.values()],
      stockPositions: [...stored.stock.values()],
      sales: added(this.sales).map(({ key, sums }) => ({ key, sums: toBigInts(sums) })),
    };
  }

  private answer(): void {
    if (this.isAway) throw new ClickHouseFailure('connect ECONNREFUSED');
  }

  /** The second guard: it looks, what it allows is written later. */
  private isFollowed(at: TopicPartition, follows: number): boolean {
    let seq = 0;
    for (const { position } of this.positionsOf(at)) seq = Math.max(seq, position.seq);
    return seq === follows;
  }

  /** The furthest position of each partition of a journal. */
  private storedPositions(journal: 'orders' | 'stock'): ReadonlyMap<number, SinkPosition> {
    const furthest = new Map<number, SinkPosition>();
    for (const [place, of] of this.positions) {
      const [topic, name] = place.split('/');
      const [last] = of.toSorted((a, b) => b.position.seq - a.position.seq);
      if (topic !== journalOf(journal) || last === undefined) continue;
      const { offset, seq, writer } = last.position;
      const partition = Number(name);
      furthest.set(partition, { partition, offset: Number(offset), seq, writer });
    }
    return furthest;
  }

  private positionsOf(at: TopicPartition): readonly PositionRow[] {
    return this.positions.get(placeOf(at)) ?? [];
  }

  private add(table: LedgerTable, rows: readonly Row[]): void {
    const all = this.rows[table] as Row[];
    const highest = this.highest[table];
    for (const row of rows) {
      all.push(row);
      highest.push(Math.max(highest.at(-1) ?? 0, row.seq));
    }
  }

  /** In no order. */
  private rowsInRange(table: LedgerTable, { partition, block }: Required<PositionAt>): readonly Row[] {
    const { firstSeq, lastSeq } = block;
    const { fromMs, toMs } = timesOf(block);
    const rows = this.rows[table] as readonly Row[];
    const highest = this.highest[table];
    const found: Row[] = [];
    for (let i = rows.length - 1; i >= 0 && (highest[i] ?? 0) >= firstSeq; i -= 1) {
      const row = rows[i];
      if (row === undefined || row.partition !== partition || row.seq < firstSeq || row.seq > lastSeq)
        continue;
      if (row.at >= fromMs && row.at <= toMs) found.push(row);
    }
    return found;
  }

  private intoView(token: string, sales: readonly SalesRow[]): readonly Effect[] {
    const parts = Map.groupBy(sales, ({ minuteMs }) => this.settings.partOf(minuteMs));
    return [...parts].map(([part, of]) => ({
      table: 'sales_by_minute',
      part,
      token,
      write: () => void this.sales.push(...of),
    }));
  }
}

interface Times {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Every table of a block is asked for several times, and a block does not change. */
const timesOfBlocks = new WeakMap<BlockAt['block'], Times>();

/** From the first to the last time of the block's rows, epoch ms. */
function timesOf(block: BlockAt['block']): Times {
  const known = timesOfBlocks.get(block);
  if (known) return known;
  const { rows } = block;
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = Number.NEGATIVE_INFINITY;
  for (const name of ledgerTableNames)
    for (const { at } of rows[name]) {
      if (at < fromMs) fromMs = at;
      if (at > toMs) toMs = at;
    }
  const times = { fromMs, toMs };
  timesOfBlocks.set(block, times);
  return times;
}

const placeOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

const tokenOf = ({ topic, partition, block }: BlockAt): string =>
  `${topic}/${partition}/${block.firstSeq}-${block.lastSeq}/${block.rule}`;

const rowKey = (row: Row): string => ('line' in row ? `${row.seq}/${row.line}` : String(row.seq));

const minuteOf = (atMs: number): number => Math.floor(atMs / 60_000) * 60_000;

/** What the view makes of rows of its base. */
const salesOf = (rows: readonly LedgerRows['orders'][]): readonly SalesRow[] => {
  const sold = rows.filter(({ event }) => event === 'OrderConfirmed');
  return added(
    sold.map((row) => ({
      key: `${row.store}|${minuteOf(row.at)}|${row.currency}|${row.partition}`,
      partition: row.partition,
      minuteMs: minuteOf(row.at),
      sums: {
        orders: 1,
        units: row.units ?? 0,
        gross_minor: row.total_minor ?? 0,
        discount_minor: row.discount_minor ?? 0,
        shipping_minor: row.shipping_minor ?? 0,
        tax_minor: row.tax_minor ?? 0,
      },
    })),
  );
};

/** One row a key. */
const added = (rows: readonly SalesRow[]): readonly SalesRow[] =>
  [...Map.groupBy(rows, ({ key }) => key).values()].flatMap(([first, ...more]) =>
    first ? [{ ...first, sums: more.reduce((sums, row) => plus(sums, row.sums, 1), first.sums) }] : [],
  );

const plus = (a: Sums, b: Sums, sign: 1 | -1): Sums => ({
  orders: a.orders + sign * b.orders,
  units: a.units + sign * b.units,
  gross_minor: a.gross_minor + sign * b.gross_minor,
  discount_minor: a.discount_minor + sign * b.discount_minor,
  shipping_minor: a.shipping_minor + sign * b.shipping_minor,
  tax_minor: a.tax_minor + sign * b.tax_minor,
});

const negative = (row: SalesRow): SalesRow => ({ ...row, sums: plus(noSums, row.sums, -1) });
const noSums: Sums = {
  orders: 0,
  units: 0,
  gross_minor: 0,
  discount_minor: 0,
  shipping_minor: 0,
  tax_minor: 0,
};

/** `a` less `b` by key; only what differs. */
const difference = (a: readonly SalesRow[], b: readonly SalesRow[]): readonly SalesRow[] =>
  added([...a, ...b.map(negative)]).filter(({ sums }) => Object.values(sums).some((sum) => sum !== 0));

const toBigInts = (sums: Sums): Readonly<Record<string, bigint>> =>
  Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, BigInt(sum)]));
