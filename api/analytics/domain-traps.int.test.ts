import { randomUUID } from 'node:crypto';
import http, { type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClickHouseClient, connectClickhouse } from '../../infra/clients/clickhouse.ts';
import { createApiKey } from '../../schemas/api-key.ts';
import type { EventBody, OrderPlaced } from '../../schemas/generated/orders-events.ts';
import { createClickhouseLedger } from '../../sinks/clickhouse/clickhouse-ledger.ts';
import { createLedgerFold } from '../../sinks/clickhouse/ledger-fold.ts';
import { createDatabase, migrate } from '../../sinks/clickhouse/migrate.ts';
import {
  batchOf,
  createJournal,
  orderPlaced,
  paymentCaptured,
  refundOf,
} from '../../sinks/clickhouse/testing/journal.ts';
import { StoreDirectory } from '../auth/store-directory.ts';
import { untimedAdmission } from '../http/testing/untimed-admission.ts';
import { createApp } from '../http/create-app.ts';
import { RateLimit } from '../http/rate-limit.ts';
import { ExportRoom } from './export-room.ts';
import type { Report, ReportRow } from './report.ts';
import { analyticsRoutes } from './router.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';

const url = testEngines().clickhouseUrl;
const database = `traps_${randomUUID().replaceAll('-', '')}`;
const key = createApiKey('live');
const testKey = createApiKey('test');
const nowMs = Date.UTC(2026, 8, 1);
let client: ClickHouseClient;
let server: Server;
let base: string;

const journal = createJournal('w', Date.parse('2026-06-01T00:00:00Z'));
let clock = Date.parse('2026-06-01T00:00:00Z');
const at = (time: string): void => {
  const next = Date.parse(time);
  journal.wait(next - clock);
  clock = next;
};
const item = (unitMinor: number) => [{ sku: 'A', quantity: 1, unitMinor }];
const order = (name: string, minor: number, more: Partial<OrderPlaced> = {}) =>
  orderPlaced(name, item(minor), more);
const sell = (name: string, minor: number, more: Partial<OrderPlaced> = {}): OrderPlaced => {
  journal.sell(name, item(minor), more);
  return order(name, minor, more);
};
const add = (...bodies: readonly EventBody[]): void => {
  for (const body of bodies) journal.add(body);
};
const closed = (of: OrderPlaced, as: 'Cancelled' | 'Expired'): EventBody => ({
  type: 'OrderClosed',
  store: of.store,
  orderId: of.orderId,
  as,
  reason: 'test',
  currency: of.currency,
  totalMinor: of.totalMinor,
  placedAtMs: 0,
  orderedAtMs: of.orderedAtMs,
});
const dispute = (of: OrderPlaced, as: 'open' | 'won' | 'lost', amountMinor: number): EventBody => ({
  type: 'DisputeRecorded',
  store: of.store,
  orderId: of.orderId,
  disputeId: `dp-${of.orderId}`,
  as,
  amountMinor,
  currency: of.currency,
  pspRef: null,
});
const unknown = (of: OrderPlaced, kind: 'authorize' | 'refund', opId: string): EventBody => ({
  type: 'PaymentUnknown',
  store: of.store,
  orderId: of.orderId,
  opId,
  attempt: 1,
  kind,
  amountMinor: 60,
  currency: of.currency,
  cause: 'timeout',
  nextCheckAtMs: null,
  decideByMs: null,
});

/** June: sales on its first two days, and what becomes of their money on the days after. */
function whatHappened(): void {
  at('2026-06-01T10:00:00Z');
  const a = sell('a', 1_000);
  const b = sell('b', 500, { orderedAtMs: Date.parse('2026-05-20T00:00:00Z') });
  const late = order('late', 900);
  add(late);
  at('2026-06-02T10:00:00Z');
  const cancelled = sell('cancelled', 200);
  const claimedAtMs = Date.parse('2026-05-25T00:00:00Z');
  const [asked, op, done] = refundOf(a, 300, { origin: 'return', claimedAtMs });
  add(asked, op, closed(late, 'Expired'));
  at('2026-06-03T10:00:00Z');
  const [lateAsked, lateOp, lateDone] = refundOf(late, 900, { origin: 'late-money' });
  add(done, paymentCaptured(late), lateAsked, lateOp, lateDone);
  add(...refundOf(cancelled, 200, { origin: 'cancel' }), closed(cancelled, 'Cancelled'));
  at('2026-06-04T10:00:00Z');
  const [fullAsked, fullOp, fullDone] = refundOf(b, 500);
  add(fullAsked, fullOp, unknown(b, 'refund', fullOp.opId));
  at('2026-06-05T10:00:00Z');
  add(fullDone, dispute(a, 'open', 700));
  at('2026-06-06T10:00:00Z');
  const { store, orderId, refundId, amountMinor, currency } = fullDone;
  const due = { type: 'RefundDue', store, orderId, refundId, amountMinor, currency, code: 'closed' } as const;
  add({ ...fullDone, as: 'failed', code: 'closed' }, due, dispute(a, 'lost', 700));
  at('2026-06-07T10:00:00Z');
  const open = order('open', 60);
  add(open, unknown(open, 'authorize', `${open.orderId}:authorize:1`));
  // Half an hour east of every other zone's hours, and a zone whose clocks change by half an hour.
  at('2026-07-31T18:15:00Z');
  sell('kolkata-today', 10);
  at('2026-07-31T18:45:00Z');
  sell('kolkata-tomorrow', 20);
  sell('yen', 1_500, { currency: 'JPY' });
  sell('dinar', 12_345, { currency: 'KWD' });
  sell('test order', 99_999, { store: 'test' });
  at('2026-08-01T12:00:00Z');
  journal.tick();
}

beforeAll(async () => {
  await createDatabase({ url: url, database: database });
  client = connectClickhouse({ url: url, database: database });
  await migrate(client);
  whatHappened();
  const fold = createLedgerFold({
    ledger: createClickhouseLedger(client),
    rule: { intervalMs: 2_000, rowsMax: 50_000 },
  });
  const of = { topic: 'orders.events.v1', partition: 0 };
  await fold.position(of);
  await fold.apply(of, batchOf(journal.events, 0, of));

  const directory = new StoreDirectory();
  for (const [store, { keyId, sha256 }] of [
    ['demo', key],
    ['test', testKey],
  ] as const) {
    const scopes = ['analytics:read'];
    directory.apply({
      store,
      atMs: 0,
      requestId: null,
      body: { type: 'KeyPut', keyId, sha256, label: '', scopes, expiresAtMs: null, dailyQuota: null },
    });
  }
  const app = createApp({
    door: { directory, rateLimit: new RateLimit(0), admission: untimedAdmission(100), nowMs: () => nowMs },
    routes: analyticsRoutes({
      clickhouse: client,
      exports: new ExportRoom(client),
      partitions: 1,
      nowMs: () => nowMs,
      timeZoneOf: () => 'Europe/London',
    }),
    mount: () => undefined,
    observe: () => undefined,
  });
  server = http.createServer(app).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
  await client.command({ query: `DROP DATABASE ${database}` });
  await client.close();
});

async function ask(path: string, { text } = key): Promise<Report> {
  const response = await fetch(`${base}/v1/analytics/${path}`, {
    headers: { authorization: `Bearer ${text}` },
  });
  const body = (await response.json()) as Report;
  if (response.status !== 200) throw new Error(JSON.stringify(body));
  return body;
}
const pick = (rows: readonly ReportRow[], ...names: readonly string[]) =>
  rows.map((row) => names.map((name) => (name === 'bucket' ? String(row[name]).slice(8, 10) : row[name])));
const june = 'bucket=day&tz=UTC&currency=GBP&from=2026-06-01&to=2026-07-01';

test('trap 37: currencies of 0, 2 and 3 decimals keep their own minor units and never enter one sum', async () => {
  const { data, totals } = await ask('sales?bucket=day&tz=UTC&from=2026-07-31&to=2026-08-01');
  expect(pick(data, 'currency', 'orders', 'gross_minor', 'net_minor', 'average_minor')).toEqual([
    ['GBP', 2, 30, 30, 15],
    ['JPY', 1, 1_500, 1_500, 1_500],
    ['KWD', 1, 12_345, 12_345, 12_345],
  ]);
  expect(pick(totals, 'currency', 'gross_minor')).toEqual([
    ['GBP', 30],
    ['JPY', 1_500],
    ['KWD', 12_345],
  ]);
});

test('trap 38: days are cut in the zone asked for, half hours off the others too', async () => {
  const days = async (tz: string) =>
    pick(
      (await ask(`sales?bucket=day&tz=${tz}&currency=GBP&from=2026-07-30`)).data,
      'bucket_local',
      'orders',
    );
  expect(await days('Asia/Kolkata')).toEqual([
    ['2026-07-31T00:00:00+05:30', 1],
    ['2026-08-01T00:00:00+05:30', 1],
  ]);
  expect(await days('Australia/Lord_Howe')).toEqual([['2026-08-01T00:00:00+10:30', 2]]);
  expect(await days('Europe/London')).toEqual([['2026-07-31T00:00:00+01:00', 2]]);
});

test('trap 39: a refund never lowers gross: it is a row of its own, in the bucket in which it went back', async () => {
  const { data, totals } = await ask(`sales?${june}`);
  const columns = ['bucket', 'orders', 'gross_minor', 'refunds_minor', 'chargebacks_minor', 'net_minor'];
  expect(pick(data, ...columns, 'unconfirmed_minor')).toEqual([
    ['01', 2, 1_500, 0, 0, 1_500, 900],
    ['02', 1, 200, 0, 0, 200, 0],
    ['03', 0, 0, 500, 0, -500, 0], // 300 of a, 200 of the cancelled one; late money was never a sale
    ['05', 0, 0, 500, 0, -500, 0], // all of b …
    ['06', 0, 0, -500, 700, -200, 0], // … which came back to us, and the bank took 700 of a
    ['07', 0, 0, 0, 0, 0, 60],
  ]);
  expect(totals).toMatchObject([
    { gross_minor: 1_700, refunds_minor: 500, chargebacks_minor: 700, net_minor: 500, average_minor: 567 },
  ]);
});

test('off the minute, from orders, the sums are the same as from the sums by minute', async () => {
  const [minutes, orders] = await Promise.all([
    ask(`sales?${june}`),
    ask(`sales?${june.replace('to=2026-07-01', 'to=2026-06-30T23:59:59.999Z')}`),
  ]);
  expect(orders.meta.sql).not.toContain('sales_by_minute');
  expect(orders.data).toEqual(minutes.data);
});

test('by the time of the caller a sale lies where it was ordered and its refund where it is claimed', async () => {
  const { data } = await ask(
    'sales?basis=ordered&bucket=day&tz=UTC&currency=GBP&from=2026-05-01&to=2026-07-01',
  );
  expect(pick(data, 'bucket', 'orders', 'gross_minor', 'refunds_minor', 'chargebacks_minor')).toEqual([
    ['20', 1, 500, 0, 0],
    ['25', 0, 0, 300, 0],
    ['01', 1, 1_000, 0, 0],
    ['02', 1, 200, 0, 0],
    ['03', 0, 0, 200, 0],
    ['05', 0, 0, 500, 0],
    ['06', 0, 0, -500, 700],
  ]);
});

test('refunds are told step by step, with unknown money in a column of its own', async () => {
  const { data } = await ask(`refunds?${june}`);
  const columns = ['bucket', 'requested', 'requested_minor', 'refunded_minor', 'unsold_minor', 'failed'];
  expect(pick(data, ...columns, 'due_minor', 'chargebacks_minor', 'unknown_minor')).toEqual([
    ['02', 1, 300, 0, 0, 0, 0, 0, 0],
    ['03', 2, 1_100, 1_400, 900, 0, 0, 0, 0],
    ['04', 1, 500, 0, 0, 0, 0, 0, 60],
    ['05', 0, 0, 500, 0, 0, 0, 0, 0],
    ['06', 0, 0, -500, 0, 1, 500, 700, 0],
  ]);
});

test('payments count what the provider said; what is unknown is neither taken nor failed', async () => {
  const { data } = await ask(`payments?${june}`);
  expect(
    pick(data, 'bucket', 'captured', 'captured_minor', 'declined', 'became_unknown', 'unknown_minor'),
  ).toEqual([
    ['01', 2, 1_500, 0, 0, 0],
    ['02', 1, 200, 0, 0, 0],
    ['03', 1, 900, 0, 0, 0],
    ['04', 0, 0, 0, 1, 60],
    ['05', 0, 0, 0, 0, 0],
    ['07', 0, 0, 0, 1, 60],
  ]);
  const july = await ask('payments?bucket=month&tz=UTC&currency=GBP&from=2026-07-01&to=2026-08-01');
  expect(pick(july.data, 'captured', 'unknown_minor')).toEqual([[2, 60]]);
});

test('trap 40: a pipe that stands still says until when it knows, not that nothing was sold; test orders are no revenue', async () => {
  const { data, meta } = await ask('sales?bucket=month&tz=UTC&currency=GBP');
  expect(meta.complete_until).toBe('2026-08-01T12:00:00.000Z');
  expect(meta.lag_seconds).toBeGreaterThan(30 * 86_400);
  expect(pick(data, 'partial')).toEqual([[false], [false]]);
  expect((await ask('sales?bucket=month&tz=UTC&from=2026-08-01')).data).toEqual([]);
  await client.command({ query: 'CREATE TABLE kept AS sink_positions' });
  await client.command({ query: 'INSERT INTO kept SELECT * FROM sink_positions' });
  await client.command({ query: 'TRUNCATE TABLE sink_positions' });
  const blind = await ask('sales?bucket=month&tz=UTC&currency=GBP');
  expect([blind.meta.complete_until, ...blind.data.map((row) => row['partial'])]).toEqual([null, true, true]);
  await client.command({ query: 'INSERT INTO sink_positions SELECT * FROM kept' });
  const live = (await ask('sales?bucket=month&tz=UTC')).totals.map((row) => Number(row['gross_minor']));
  expect(live).not.toContain(99_999);
  expect(Math.max(...live)).toBeLessThan(99_999);
  expect((await ask('sales?bucket=month&tz=UTC', testKey)).totals).toMatchObject([{ gross_minor: 99_999 }]);
});
