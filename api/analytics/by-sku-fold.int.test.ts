import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Recording } from '../../infra/audit/recording.ts';
import { type ClickHouseClient, connectClickhouse } from '../../infra/clients/clickhouse.ts';
import type { AcceptedEvent } from '../../infra/clients/journal-acceptor.ts';
import type { JournalBatch, PositionedFold } from '../../infra/clients/journal-consumer.ts';
import { seededRandom } from '../../infra/clients/seeded-random.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';
import { runSeed } from '../../processors/simulation/run-seed.ts';
import { SimCodecs } from '../../processors/simulation/sim-codecs.ts';
import { Reached } from '../../processors/simulation/sometimes.ts';
import { journalStart } from '../../schemas/accept-journal-record.ts';
import type { Body } from '../../schemas/envelope.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import { createClickhouseLedger } from '../../sinks/clickhouse/clickhouse-ledger.ts';
import { createLedgerFold, createStockLedgerFold } from '../../sinks/clickhouse/ledger-fold.ts';
import { createDatabase, migrate } from '../../sinks/clickhouse/migrate.ts';
import { planReport } from './plan-report.ts';
import { reportKinds } from './report-kinds.ts';
import type { Report, ReportRow } from './report.ts';
import { runReport } from './run-report.ts';
import { localBucket, type RawEvent, rawFacts } from './testing/raw-fold.ts';
import { type RawStockEvent, rawStockRows } from './testing/raw-stock-fold.ts';
import { endMs, replayed, simulated, startMs } from './testing/year-of-orders.ts';
import { replayedStock, simulatedStock } from './testing/year-of-stock.ts';

/**
 * The reports by SKU beside a second reading of the bare events, in windows, zones, buckets and filters of chance: stock of
 * the stock journal, top SKUs of the orders journal.
 */
const dayMs = 86_400_000;
const database = `skus_${randomUUID().replaceAll('-', '')}`;
const url = testEngines().clickhouseUrl;
const nowMs = Date.UTC(2025, 5, 1);

/** The same questions in every run. */
const random = seededRandom(20_241_027);
const oneOf = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;

let client: ClickHouseClient;
let orders: readonly RawEvent[];
let stock: readonly RawStockEvent[];
let partitions: number;

beforeAll(async () => {
  const recordings: Recording[] = [];
  for (const seed of [11, 12, 13]) {
    await runSeed({
      seed,
      orders: 120,
      codecs: new SimCodecs(),
      reached: new Reached(),
      recorded: async (recording) => void recordings.push(recording),
    });
  }
  const ofOrders: (readonly RawEvent[])[] = [];
  const ofStock: (readonly RawStockEvent[])[] = [];
  for (const [run, recording] of recordings.entries())
    for (let partition = 0; partition < recording.partitions; partition += 1) {
      ofOrders.push(await simulated(recording, partition, run));
      ofStock.push(await simulatedStock(recording, partition, run));
    }
  ofOrders.push(await replayed());
  ofStock.push(await replayedStock());
  partitions = ofStock.length;
  [orders, stock] = [ofOrders.flat(), ofStock.flat()];

  await createDatabase({ url, database });
  client = connectClickhouse({ url, database });
  await migrate(client);
  const options = {
    ledger: createClickhouseLedger(client),
    rule: { intervalMs: 40 * dayMs, rowsMax: 20_000 },
  };
  await fill('orders', createLedgerFold(options), ofOrders);
  await fill('stock', createStockLedgerFold(options), ofStock);
}, 300_000);
afterAll(async () => {
  await client?.command({ query: `DROP DATABASE ${database}` });
  await client?.close();
});

/** Each list is a partition; at its end the clock ticks. */
async function fill<B extends Body>(
  journal: 'orders' | 'stock',
  fold: PositionedFold<B>,
  lists: readonly (readonly { readonly atMs: number; readonly body: B }[])[],
): Promise<void> {
  for (const [partition, list] of lists.entries()) {
    const tick = { atMs: endMs, body: { type: 'TimePassed', atMs: endMs } as unknown as B };
    const events = [...list.toSorted((a, b) => a.atMs - b.atMs), tick].map(
      ({ atMs, body }, i): AcceptedEvent<B> => ({
        event: {
          seq: i + 1,
          writer: 'w',
          cause: { offset: i + 1, source: null, seq: null, index: null },
          atMs,
          routedThrough: 0,
          version: 1,
          body,
        },
        key: null,
        position: { offset: BigInt(i + 1), seq: i + 1, writer: 'w' },
      }),
    );
    const at = { topic: journalOf(journal), partition };
    await fold.position(at);
    const to = events.at(-1)?.position ?? journalStart;
    await fold.apply(at, { at, from: journalStart, to, events, watermarkMs: null } satisfies JournalBatch<B>);
  }
}

function ask(report: string, store: string, asked: Readonly<Record<string, string>>): Promise<Report> {
  const kind = reportKinds.find(({ name }) => name === report);
  if (kind === undefined) throw new Error(`there is no report ${report}`);
  const plan = planReport(kind, { store, query: kind.query.parse(asked), timeZone: 'UTC', nowMs });
  return runReport({ clickhouse: client, partitions, nowMs: () => nowMs }, plan);
}

const zones = ['Europe/London', 'America/New_York', 'Pacific/Chatham', 'Asia/Kathmandu', 'UTC'] as const;
const iso = (atMs: number): string => new Date(atMs).toISOString();

interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  readonly asOfMs: number | null;
}

/** Of the year, to the millisecond or to the minute; half of them as of an instant in it or after it. */
function window(mostDays: number): Window {
  const edge = random() < 0.5 ? 60_000 : 1;
  const floor = (atMs: number): number => Math.floor(atMs / edge) * edge;
  const fromMs = floor(startMs + random() * 0.7 * (endMs - startMs));
  const toMs = Math.min(endMs, floor(fromMs + (0.02 + random() * 0.9) * mostDays * dayMs));
  const asOfMs = random() < 0.5 ? null : Math.floor(fromMs + 1 + random() * (endMs - fromMs - 1));
  return { fromMs, toMs, asOfMs };
}

const asked = ({ fromMs, toMs, asOfMs }: Window): Readonly<Record<string, string>> => ({
  from: iso(fromMs),
  to: iso(toMs),
  ...(asOfMs === null ? {} : { asOf: iso(asOfMs) }),
});

/** Where what was asked for ends: the log had no more by then. */
const untilOf = ({ toMs, asOfMs }: Window): number => Math.min(toMs, asOfMs ?? toMs);

const byKey = (a: readonly [string, unknown], b: readonly [string, unknown]): number =>
  a[0] < b[0] ? -1 : 1;
const places = new Set(['bucket', 'bucket_local', 'partial', 'sku']);
const figuresOf = (row: ReportRow) =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !places.has(name)));

/** The name of a row's bucket. Throws unless it begins with the first instant of that name. */
function startOf(row: ReportRow, tz: string, bucket: 'hour' | 'day' | 'week' | 'month'): string {
  const atMs = Date.parse(String(row['bucket']));
  const name = localBucket(atMs, tz, bucket);
  if (localBucket(atMs - 1, tz, bucket) === name)
    throw new Error(`${row['bucket']} is no start of ${name} in ${tz}`);
  return name;
}

test('stock is what the bare events say, in random windows, zones, buckets and SKUs', {
  timeout: 400_000,
}, async () => {
  const stores = [...new Set(stock.flatMap(({ body }) => ('store' in body ? [body.store] : [])))];
  expect(stores.length).toBeGreaterThan(2);
  let rows = 0;
  for (let i = 0; i < 24 * stores.length; i += 1) {
    const store = stores[i % stores.length] ?? '';
    const skus = [
      ...new Set(stock.flatMap(({ body }) => ('sku' in body && body.store === store ? [body.sku] : []))),
    ];
    const tz = oneOf(zones);
    const bucket = oneOf(['hour', 'day', 'week', 'month', null] as const);
    const sku = random() < 0.4 ? oneOf(skus) : undefined;
    const of = window(bucket === 'hour' ? 100 : 400);
    const { data } = await ask('stock', store, {
      ...asked(of),
      tz,
      ...(bucket === null ? {} : { bucket }),
      ...(sku === undefined ? {} : { sku }),
    });
    const bucketOf = bucket === null ? null : (atMs: number) => localBucket(atMs, tz, bucket);
    const wanted = rawStockRows(stock, { store, sku, fromMs: of.fromMs, toMs: untilOf(of), bucketOf });
    const got = data.map((row): [string, object] => [
      JSON.stringify([bucket === null ? '' : startOf(row, tz, bucket), row['sku']]),
      figuresOf(row),
    ]);
    expect(got.toSorted(byKey), `${store} ${tz} ${bucket} ${sku} ${JSON.stringify(asked(of))}`).toEqual(
      [...wanted].toSorted(byKey),
    );
    rows += got.length;
  }
  expect(rows).toBeGreaterThan(1_000);
});

test('a bucket of stock begins where the clocks of its zone say, also on days of 23 and 25 hours', async () => {
  for (const [tz, from, hours] of [
    ['Europe/London', '2024-03-31', 23],
    ['Europe/London', '2024-10-27', 25],
    ['Pacific/Chatham', '2024-04-07', 25],
    ['Pacific/Chatham', '2024-09-29', 23],
  ] as const) {
    const { data } = await ask('stock', 'demo', { tz, bucket: 'day', from: '2024-02-01', to: '2024-12-01' });
    const day = data.find((row) => String(row['bucket_local']).startsWith(from));
    expect(day, `${tz} ${from}`).toBeDefined();
    const fromMs = Date.parse(String(day?.['bucket']));
    const bucketOf = (atMs: number): string => iso(Math.floor((atMs - fromMs) / (hours * 3_600_000)));
    const wanted = rawStockRows(stock, { store: 'demo', fromMs, toMs: fromMs + hours * 3_600_000, bucketOf });
    const got = data
      .filter((row) => row['bucket'] === day?.['bucket'])
      .map((row): [string, object] => [JSON.stringify([iso(0), row['sku']]), figuresOf(row)]);
    expect(got.toSorted(byKey)).toEqual([...wanted].toSorted(byKey));
  }
});

test('the bare events of stock move every figure of the report', () => {
  const stores = [...new Set(stock.flatMap(({ body }) => ('store' in body ? [body.store] : [])))];
  const whole = { fromMs: startMs, toMs: endMs, bucketOf: (atMs: number) => iso(atMs).slice(0, 10) };
  const moved = new Set(
    stores
      .flatMap((store) => [...rawStockRows(stock, { store, ...whole }).values()])
      .flatMap((row) => Object.keys(row).filter((name) => row[name] !== 0)),
  );
  expect([...moved].toSorted()).toEqual(
    [
      'adjusted',
      'allocated',
      'available',
      'committed',
      'held',
      'held_units',
      'on_hand',
      'received',
      'released',
      'restocked',
      'reversed',
      'shipped',
      'stock_out_units',
      'stock_outs',
    ].toSorted(),
  );
});

test('the top SKUs are those of the bare events, in random windows, orders and limits', {
  timeout: 400_000,
}, async () => {
  const stores = [...new Set(orders.flatMap(({ body }) => ('store' in body ? [body.store] : [])))];
  const linesOf = new Map(stores.map((store) => [store, rawFacts(orders, store).lines]));
  let rows = 0;
  for (let i = 0; i < 24 * stores.length; i += 1) {
    const store = stores[i % stores.length] ?? '';
    const of = window(400);
    const sort = oneOf(['gross', 'units'] as const);
    const limit = oneOf([1, 3, 10, 100]);
    const currency = random() < 0.4 ? oneOf(['GBP', 'JPY', 'KWD']) : undefined;
    const { data } = await ask('top-skus', store, {
      ...asked(of),
      tz: oneOf(zones),
      sort,
      limit: String(limit),
      ...(currency === undefined ? {} : { currency }),
    });
    const sold = new Map<
      string,
      { currency: string; sku: string; units: number; gross_minor: number; by: Set<string> }
    >();
    for (const { atMs, column, amount, names } of linesOf.get(store) ?? []) {
      const { currency: money = '', sku = '', order = '' } = names;
      if (atMs < of.fromMs || atMs >= untilOf(of) || (currency !== undefined && money !== currency)) continue;
      const key = `${money} ${sku}`;
      const sum = sold.get(key) ?? { currency: money, sku, units: 0, gross_minor: 0, by: new Set<string>() };
      sold.set(key, sum);
      if (column === 'units' || column === 'gross_minor') sum[column] += amount;
      sum.by.add(order);
    }
    const [first, second] =
      sort === 'units' ? (['units', 'gross_minor'] as const) : (['gross_minor', 'units'] as const);
    const wanted = [...Map.groupBy(sold.values(), ({ currency: money }) => money)]
      .toSorted(byKey)
      .flatMap(([, all]) =>
        all
          .toSorted((a, b) => b[first] - a[first] || b[second] - a[second] || (a.sku < b.sku ? -1 : 1))
          .slice(0, limit),
      )
      .map(({ by, ...row }) => ({ ...row, orders: by.size }));
    expect(data, `${store} ${sort} ${limit} ${JSON.stringify(asked(of))}`).toEqual(wanted);
    rows += data.length;
  }
  expect(rows).toBeGreaterThan(200);
});
