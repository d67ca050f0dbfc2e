import type { ReportRow } from '../../api/analytics/report.ts';
import { type RawFacts, rawFacts, type RawEvent } from '../../api/analytics/testing/raw-fold.ts';
import { type RawStockEvent, rawStockRows } from '../../api/analytics/testing/raw-stock-fold.ts';
import { figuresOf, keyOf } from './bucket-watch.ts';

const minuteMs = 60_000;

/** A report as it is asked for during a run, and how the bare events say the same. */
export interface SampledReport {
  /** `/v1/analytics/<path>`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Length of its buckets, ms; null: it has none, or local months. Then it is asked as of an instant alone. */
  readonly bucketMs: number | null;
  /** Columns that tell rows of one bucket apart. */
  readonly names: readonly string[];
  /** Where the bare events of the orders journal have it; absent: it is of the stock journal. */
  readonly facts?: keyof RawFacts;
  /** Columns that are balances at a bucket's end. */
  readonly balances?: readonly string[];
  /** By the time the caller claims: no bucket of it is ever complete. */
  readonly isOrdered?: boolean;
}

const minutes = { bucketMs: minuteMs, names: ['currency'] } as const;
const balances = ['in_holding', 'in_authorizing', 'in_committing', 'in_capturing', 'in_unwinding'];

/** What is asked all through a run. The last three have no bucket that could be complete: as of an instant they are. */
export const sampledReports: readonly SampledReport[] = [
  {
    ...minutes,
    path: 'sales',
    query: { bucket: 'minute' },
    facts: 'sales',
    balances: ['unconfirmed_minor'],
  },
  {
    path: 'sales',
    query: { bucket: '5m', groupBy: 'sku' },
    bucketMs: 5 * minuteMs,
    names: ['currency', 'sku'],
    facts: 'lines',
  },
  { ...minutes, path: 'orders', query: { bucket: 'minute' }, names: [], facts: 'orders' },
  {
    ...minutes,
    path: 'payments',
    query: { bucket: 'minute' },
    facts: 'payments',
    balances: ['unknown_minor'],
  },
  {
    ...minutes,
    path: 'payments',
    query: { bucket: 'minute', groupBy: 'code' },
    names: ['currency', 'code'],
    facts: 'payments',
  },
  { ...minutes, path: 'refunds', query: { bucket: 'minute' }, facts: 'refunds', balances: ['unknown_minor'] },
  {
    ...minutes,
    path: 'refunds',
    query: { bucket: 'minute', groupBy: 'why' },
    names: ['currency', 'why'],
    facts: 'refunds',
  },
  { ...minutes, path: 'funnel', query: { bucket: 'minute' }, facts: 'funnel', balances },
  { path: 'stock', query: { bucket: 'minute' }, bucketMs: minuteMs, names: ['sku'] },
  { path: 'stock', query: {}, bucketMs: null, names: ['sku'] },
  {
    path: 'sales',
    query: { bucket: 'month', basis: 'ordered', from: '2024-01-01' },
    bucketMs: null,
    names: ['currency'],
    facts: 'sales',
    isOrdered: true,
  },
  { path: 'top-skus', query: { limit: '100' }, bucketMs: null, names: ['currency', 'sku'], facts: 'lines' },
];

/** The valid events of both journals, each partition in its order. */
export interface BareEvents {
  readonly orders: readonly RawEvent[];
  readonly stock: readonly RawStockEvent[];
}

/** A second reading of a store's journals, made once for all questions. */
export class BareStore {
  private readonly facts: RawFacts;
  private readonly stock: readonly RawStockEvent[];
  private readonly store: string;

  constructor(store: string, { orders, stock }: BareEvents) {
    const facts = Object.entries(rawFacts(orders, store)) as [keyof RawFacts, RawFacts[keyof RawFacts]][];
    this.facts = Object.fromEntries(
      facts.map(([table, of]) => [table, of.toSorted((a, b) => a.atMs - b.atMs)]),
    ) as unknown as RawFacts;
    this.stock = stock;
    this.store = store;
  }

  /**
   * Rows of the events before `untilMs`, of buckets that begin at or after `fromMs`: figures as JSON by key, as a
   * `BucketWatch` remembers them. `columns`: what an answer shows; null where none had a row: all that the events say.
   */
  rowsOf(
    report: SampledReport,
    span: { readonly fromMs: number; readonly untilMs: number },
    columns: readonly string[] | null,
  ): ReadonlyMap<string, string> {
    const rows = report.facts === undefined ? this.stockRows(report, span) : this.factRows(report, span);
    return new Map(
      rows.map((row) => {
        const shown =
          columns === null ? row : Object.fromEntries(columns.map((name) => [name, row[name] ?? 0]));
        return [keyOf(row, report), figuresOf({ ...shown, ...derivedOf(shown) }, report)] as const;
      }),
    );
  }

  private stockRows(report: SampledReport, { fromMs, untilMs }: { fromMs: number; untilMs: number }) {
    const { bucketMs } = report;
    const bucketOf =
      bucketMs === null ? null : (atMs: number) => secondText(Math.floor(atMs / bucketMs) * bucketMs);
    const rows = rawStockRows(this.stock, { store: this.store, fromMs, toMs: untilMs, bucketOf });
    return [...rows].map(([key, figures]): ReportRow => {
      const [bucket = '', sku = ''] = JSON.parse(key) as readonly string[];
      return { ...(bucketMs === null ? {} : { bucket }), sku, ...figures };
    });
  }

  private factRows(
    { facts = 'sales', bucketMs, names, balances: standing = [], isOrdered = false }: SampledReport,
    { fromMs, untilMs }: { fromMs: number; untilMs: number },
  ): readonly ReportRow[] {
    const rows = new Map<string, Record<string, string | number>>();
    const orders = new Map<string, Set<string>>();
    const running = new Map<string, number>();
    for (const { atMs, claimedMs, column, amount, names: named } of this.facts[facts]) {
      if (atMs >= untilMs) break;
      const place = names.map((name) => named[name] ?? '');
      const isBalance = standing.includes(column);
      if (isBalance) {
        const level = JSON.stringify([column, ...place]);
        running.set(level, (running.get(level) ?? 0) + amount);
      }
      if (!isOrdered && atMs < fromMs) continue;
      const bucket = bucketText(isOrdered ? claimedMs : atMs, isOrdered ? 'month' : bucketMs);
      const key = JSON.stringify([bucket, ...place]);
      const row = rows.get(key) ?? {
        ...(bucket === null ? {} : { bucket }),
        ...Object.fromEntries(names.map((name, i) => [name, place[i] ?? ''])),
      };
      rows.set(key, row);
      if (!isBalance) row[column] = Number(row[column] ?? 0) + amount;
      const order = named['order'];
      if (order !== undefined) {
        const known = orders.get(key) ?? new Set<string>();
        orders.set(key, known.add(order));
        row['orders'] = known.size;
      }
      for (const one of standing) row[one] = running.get(JSON.stringify([one, ...place])) ?? 0;
    }
    return [...rows.values()];
  }
}

/** As the API writes a bucket's start: UTC, whole seconds. */
const secondText = (atMs: number): string => new Date(atMs).toISOString().replace('.000Z', 'Z');

function bucketText(atMs: number, bucket: number | 'month' | null): string | null {
  if (bucket === null) return null;
  if (bucket === 'month') return `${new Date(atMs).toISOString().slice(0, 7)}-01T00:00:00Z`;
  return secondText(Math.floor(atMs / bucket) * bucket);
}

/** What the sales report reckons from its sums. */
function derivedOf(row: ReportRow): ReportRow {
  const figure = (name: string): number => Number(row[name] ?? 0);
  const net = figure('gross_minor') - figure('refunds_minor') - figure('chargebacks_minor');
  const [gross, orders] = [BigInt(figure('gross_minor')), BigInt(figure('orders'))];
  const average = orders === 0n ? null : Number((2n * gross + orders) / (2n * orders));
  return {
    ...('net_minor' in row ? { net_minor: net } : {}),
    ...('average_minor' in row ? { average_minor: average } : {}),
  };
}
