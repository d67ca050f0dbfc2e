import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Recording } from '../../infra/audit/recording.ts';
import type { AcceptedEvent } from '../../infra/clients/journal-acceptor.ts';
import { type ClickHouseClient, connectClickhouse } from '../../infra/clients/clickhouse.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';
import { runSeed } from '../../processors/simulation/run-seed.ts';
import { SimCodecs } from '../../processors/simulation/sim-codecs.ts';
import { Reached } from '../../processors/simulation/sometimes.ts';
import type { EventBody } from '../../schemas/generated/orders-events.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import { createClickhouseLedger } from '../../sinks/clickhouse/clickhouse-ledger.ts';
import { createLedgerFold } from '../../sinks/clickhouse/ledger-fold.ts';
import { createDatabase, migrate } from '../../sinks/clickhouse/migrate.ts';
import { batchOf } from '../../sinks/clickhouse/testing/journal.ts';
import { planReport } from './plan-report.ts';
import { reportKinds } from './report-kinds.ts';
import type { Report, ReportRow } from './report.ts';
import { runReport } from './run-report.ts';
import { type RawEvent, rawFacts, type RawQuestion, rawRows } from './testing/raw-fold.ts';
import { endMs, replayed, simulated, startMs, type Timed } from './testing/year-of-orders.ts';

const dayMs = 86_400_000;
const database = `fold_${randomUUID().replaceAll('-', '')}`;
const url = testEngines().clickhouseUrl;
const nowMs = Date.UTC(2025, 5, 1);

/** mulberry32: the same questions in every run. */
let seed = 20_240_229;
function random(): number {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
}
const oneOf = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;

let client: ClickHouseClient;
let raw: readonly RawEvent[];
let stores: readonly string[];
let partitions: number;

beforeAll(async () => {
  const recordings: Recording[] = [];
  // between them: cancellations, declines, refusals and money of which nobody knows ("hold what the reports are about")
  for (const one of [12, 14, 17]) {
    await runSeed({
      seed: one,
      orders: 150,
      codecs: new SimCodecs(),
      reached: new Reached(),
      recorded: async (recording) => void recordings.push(recording),
    });
  }
  const journals: (readonly Timed[])[] = [];
  for (const [run, recording] of recordings.entries())
    for (let partition = 0; partition < recording.partitions; partition += 1)
      journals.push(await simulated(recording, partition, run));
  const ofFile = await replayed();
  const ticks = [{ atMs: endMs, body: { type: 'TimePassed', atMs: endMs } as const }];
  const all = [...journals, ofFile].map((events) => [
    ...events.toSorted((a, b) => a.atMs - b.atMs),
    ...ticks,
  ]);
  partitions = all.length;
  raw = all.flat();
  stores = [...new Set(raw.flatMap(({ body }) => ('store' in body ? [body.store] : [])))];

  await createDatabase({ url, database });
  client = connectClickhouse({ url, database });
  await migrate(client);
  const fold = createLedgerFold({
    ledger: createClickhouseLedger(client),
    rule: { intervalMs: 40 * dayMs, rowsMax: 20_000 },
  });
  for (const [partition, events] of all.entries()) {
    const at = { topic: journalOf('orders'), partition };
    await fold.position(at);
    await fold.apply(at, batchOf(events.map(accepted), 0, at));
  }
}, 300_000);
afterAll(async () => {
  await client?.command({ query: `DROP DATABASE ${database}` });
  await client?.close();
});

const accepted = ({ atMs, body }: Timed, i: number): AcceptedEvent<EventBody> => ({
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
});

function ask(report: string, store: string, asked: Readonly<Record<string, string>>): Promise<Report> {
  const kind = reportKinds.find(({ name }) => name === report);
  if (kind === undefined) throw new Error(`there is no report ${report}`);
  const plan = planReport(kind, { store, query: kind.query.parse(asked), timeZone: 'UTC', nowMs });
  return runReport({ clickhouse: client, partitions, nowMs: () => nowMs }, plan);
}

const zones = ['Europe/London', 'America/New_York', 'Pacific/Chatham', 'Asia/Kathmandu'] as const;
const iso = (atMs: number): string => new Date(atMs).toISOString();
const minuteMs = 60_000;

interface Case {
  readonly report: string;
  readonly facts: keyof ReturnType<typeof rawFacts>;
  readonly asked: Readonly<Record<string, string>>;
  readonly names: readonly string[];
  readonly balances?: readonly string[];
  readonly filters?: Readonly<Record<string, string>>;
  readonly derived?: (row: Readonly<Record<string, number>>) => Readonly<Record<string, number | null>>;
}

const salesDerived: Case['derived'] = (row) => {
  const [gross, orders] = [BigInt(row['gross_minor'] ?? 0), BigInt(row['orders'] ?? 0)];
  return {
    net_minor: (row['gross_minor'] ?? 0) - (row['refunds_minor'] ?? 0) - (row['chargebacks_minor'] ?? 0),
    average_minor: orders === 0n ? null : Number((2n * gross + orders) / (2n * orders)),
  };
};
const funnelBalances = ['in_holding', 'in_authorizing', 'in_committing', 'in_capturing', 'in_unwinding'];
const cases: readonly Case[] = [
  {
    report: 'sales',
    facts: 'sales',
    asked: {},
    names: ['currency'],
    balances: ['unconfirmed_minor'],
    derived: salesDerived,
  },
  {
    report: 'sales',
    facts: 'sales',
    asked: { basis: 'ordered' },
    names: ['currency'],
    derived: salesDerived,
  },
  {
    report: 'sales',
    facts: 'sales',
    asked: { groupBy: 'customer' },
    names: ['currency', 'customer_id'],
    derived: salesDerived,
  },
  {
    report: 'sales',
    facts: 'sales',
    asked: { basis: 'ordered', customer: 'c-2' },
    names: ['currency'],
    filters: { customer_id: 'c-2' },
    derived: salesDerived,
  },
  {
    report: 'sales',
    facts: 'sales',
    asked: { groupBy: 'weekday,hour' },
    names: ['currency', 'weekday', 'hour'],
    derived: salesDerived,
  },
  { report: 'sales', facts: 'lines', asked: { groupBy: 'sku' }, names: ['currency', 'sku'] },
  {
    report: 'sales',
    facts: 'lines',
    asked: { groupBy: 'sku,hour', basis: 'ordered' },
    names: ['currency', 'sku', 'hour'],
  },
  { report: 'orders', facts: 'orders', asked: {}, names: [] },
  { report: 'orders', facts: 'orders', asked: { groupBy: 'currency' }, names: ['currency'] },
  {
    report: 'orders',
    facts: 'orders',
    asked: { outcome: 'Cancelled', groupBy: 'reason' },
    names: ['reason'],
    filters: { outcome: 'Cancelled' },
  },
  { report: 'refunds', facts: 'refunds', asked: {}, names: ['currency'], balances: ['unknown_minor'] },
  { report: 'refunds', facts: 'refunds', asked: { groupBy: 'why' }, names: ['currency', 'why'] },
  {
    report: 'payments',
    facts: 'payments',
    asked: { currency: 'JPY' },
    names: ['currency'],
    balances: ['unknown_minor'],
    filters: { currency: 'JPY' },
  },
  { report: 'payments', facts: 'payments', asked: { groupBy: 'code' }, names: ['currency', 'code'] },
  { report: 'funnel', facts: 'funnel', asked: {}, names: ['currency'], balances: funnelBalances },
];

const notFigures = new Set(['bucket', 'bucket_local', 'partial']);

function keyOf(row: ReportRow, { names }: Case, bucket: RawQuestion['bucket']): string {
  const local = String(row['bucket_local']);
  const name =
    bucket === null ? '' : bucket === 'hour' ? local.slice(0, 13) + local.slice(19) : local.slice(0, 10);
  return JSON.stringify([name, ...names.map((one) => String(row[one]))]);
}

/** The figures of an answer's rows and of the second reading, to be equal; all-zero rows of the latter have no row to find. */
function bothOf(
  one: Case,
  answer: Report,
  question: RawQuestion,
  events: readonly RawEvent[],
  store: string,
) {
  const figuresOf = (row: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(
      Object.entries(row).filter(([name]) => !notFigures.has(name) && !one.names.includes(name)),
    );
  const columns = Object.keys(figuresOf(answer.data[0] ?? {}));
  const wanted = [...rawRows(rawFacts(events, store)[one.facts], question)].map(([key, sums]) => {
    const row = Object.fromEntries(columns.map((name) => [name, Number(sums[name] ?? 0)]));
    return [key, { ...row, ...one.derived?.(row) }] as const;
  });
  const isAnything = ([, row]: readonly [string, object]): boolean =>
    Object.values(row).some((value) => value !== 0 && value !== null);
  const got = answer.data.map((row) => [keyOf(row, one, question.bucket), figuresOf(row)] as const);
  const byKey = (a: readonly [string, unknown], b: readonly [string, unknown]): number =>
    a[0] < b[0] ? -1 : 1;
  return { got: got.filter(isAnything).toSorted(byKey), wanted: wanted.filter(isAnything).toSorted(byKey) };
}

test.each(cases)(
  '$report $asked is what the bare events say, in random windows, zones and buckets',
  async (one) => {
    let rows = 0;
    for (let i = 0; i < 4 * stores.length; i += 1) {
      const tz = oneOf(zones);
      const isClock = (one.asked['groupBy'] ?? '').includes('weekday');
      const bucket = isClock ? null : oneOf(['hour', 'day', 'week', 'month'] as const);
      const step = random() < 0.5 ? minuteMs : 1;
      const span = endMs - startMs;
      const edge = (atMs: number): number => Math.floor(atMs / step) * step;
      const a = edge(startMs + random() * 0.6 * span);
      const b = edge(a + (0.1 + random() * 0.5) * span);
      const asOfMs = random() < 0.5 ? null : Math.floor(a + (0.3 + random() * 0.7) * (endMs - a));
      const toMs = b;
      const fromMs = bucket === 'hour' ? Math.max(a, toMs - 300 * dayMs) : a;
      const store = stores[i % stores.length] ?? '';
      const answer = await ask(one.report, store, {
        ...one.asked,
        tz,
        from: iso(fromMs),
        to: iso(toMs),
        ...(bucket === null ? {} : { bucket }),
        ...(asOfMs === null ? {} : { asOf: iso(Math.max(asOfMs, fromMs + 1)) }),
      });
      const until = asOfMs === null ? Number.POSITIVE_INFINITY : Math.max(asOfMs, fromMs + 1);
      const known = raw.filter(({ atMs }) => atMs < until); // the log as it stood then
      const isOrdered = one.asked['basis'] === 'ordered';
      const { filters = {}, balances = [] } = one;
      const question = { fromMs, toMs, tz, bucket, isOrdered, names: one.names, filters, balances };
      const { got, wanted } = bothOf(one, answer, question, known, store);
      expect(got).toEqual(wanted);
      rows += got.length;
    }
    expect(rows).toBeGreaterThan(3);
  },
  120_000,
);

test('the bare events hold what the reports are about', () => {
  const facts = stores.map((store) => rawFacts(raw, store));
  const tables = ['sales', 'lines', 'orders', 'refunds', 'payments', 'funnel'] as const;
  const columns = new Set(
    facts.flatMap((one) => tables.flatMap((table) => one[table].map((fact) => fact.column))),
  );
  for (const name of [
    'gross_minor',
    'refunds_minor',
    'chargebacks_minor',
    'unknown_minor',
    'unsold_minor',
    'due_minor',
    'declined',
    'left_holding',
    'left_authorizing',
  ])
    expect([...columns]).toContain(name);
  expect(facts.flatMap(({ sales }) => sales).length).toBeGreaterThan(1_000);
});

test('what an earlier range is compared with is what the bare events say of it', async () => {
  for (const tz of zones) {
    const [store = ''] = stores;
    const asked = { bucket: 'day', tz, from: '2024-03-20', to: '2024-04-20', compare: 'previousPeriod' };
    const { data } = await ask('sales', store, asked);
    const all = rawRows(rawFacts(raw, store).sales, {
      fromMs: 0,
      toMs: endMs,
      tz,
      bucket: 'day',
      names: ['currency'],
    });
    const before = (day: string): string => iso(Date.parse(day) - 31 * dayMs).slice(0, 10);
    const said = data.map((row) => [
      row['currency'],
      String(row['bucket_local']).slice(0, 10),
      row['previous_gross_minor'],
      row['gross_minor'],
    ]);
    expect(said.length).toBeGreaterThan(5);
    expect(said).toEqual(
      said.map(([currency, day]) => [
        currency,
        day,
        Number(all.get(JSON.stringify([before(String(day)), currency]))?.['gross_minor'] ?? 0),
        Number(all.get(JSON.stringify([day, currency]))?.['gross_minor'] ?? 0),
      ]),
    );
  }
});

test('the top SKUs are those of the bare events, of whole days and of ranges that begin and end within one', async () => {
  let rows = 0;
  for (let i = 0; i < 24; i += 1) {
    const store = stores[i % stores.length] ?? '';
    const limit = oneOf([3, 100]);
    const sort = oneOf(['gross', 'units'] as const);
    const step = oneOf([dayMs, minuteMs, 1]); // of UTC
    const edge = (atMs: number): number => Math.floor(atMs / step) * step;
    const fromMs = edge(startMs + random() * 0.6 * (endMs - startMs));
    const toMs = edge(fromMs + dayMs + oneOf([1, 40, 300]) * dayMs * random());
    const asOfMs = random() < 0.5 ? toMs : Math.min(toMs, Math.floor(fromMs + 1 + random() * 40 * dayMs));
    const asked = { sort, limit: String(limit), from: iso(fromMs), to: iso(toMs) };
    const answer = await ask('top-skus', store, asOfMs < toMs ? { ...asked, asOf: iso(asOfMs) } : asked);
    const known = raw.filter(({ atMs }) => atMs < asOfMs);
    const names = ['currency', 'sku'];
    const facts = rawRows(rawFacts(known, store).lines, { fromMs, toMs, tz: 'UTC', bucket: null, names });
    const all = [...facts].map(([key, row]) => {
      const [, currency = '', sku = ''] = JSON.parse(key) as string[];
      const [units, orders, gross] = ['units', 'orders', 'gross_minor'].map((name) => Number(row[name] ?? 0));
      return { sku, currency, units: units ?? 0, orders: orders ?? 0, gross_minor: gross ?? 0 };
    });
    const [first, second] =
      sort === 'gross' ? (['gross_minor', 'units'] as const) : (['units', 'gross_minor'] as const);
    const ranked = all.toSorted(
      (a, b) => b[first] - a[first] || b[second] - a[second] || (a.sku < b.sku ? -1 : 1),
    );
    const wanted = [...new Set(all.map(({ currency }) => currency))]
      .toSorted()
      .flatMap((currency) => ranked.filter((row) => row.currency === currency).slice(0, limit));
    expect(answer.data).toEqual(wanted);
    rows += wanted.length;
  }
  expect(rows).toBeGreaterThan(50);
});
