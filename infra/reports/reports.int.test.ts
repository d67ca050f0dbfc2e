import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ExportDeps } from '../../api/analytics/export-report.ts';
import { ExportRoom } from '../../api/analytics/export-room.ts';
import { createClickhouseLedger } from '../../sinks/clickhouse/clickhouse-ledger.ts';
import { createLedgerFold } from '../../sinks/clickhouse/ledger-fold.ts';
import { createDatabase, migrate } from '../../sinks/clickhouse/migrate.ts';
import { batchOf, createJournal } from '../../sinks/clickhouse/testing/journal.ts';
import { type ClickHouseClient, connectClickhouse } from '../clients/clickhouse.ts';
import { testEngines } from '../local/testing/test-engines.ts';
import { runReports, writeAllDue } from './run-reports.ts';
import { parseScheduledReports, type ScheduledReport } from './scheduled-report.ts';
import { writeDue, type Written } from './write-report.ts';

/**
 * 29 March 2026 has 23 hours in London: from midnight UTC to 23:00. A report of it is due at 06:30 of the day after, 05:30 UTC.
 */
const dueMs = Date.UTC(2026, 2, 30, 5, 30);
const endOfDay = '2026-03-29T23:00:00.000Z';
const file = 'daily-sales-2026-03-30T053000Z.csv';

const url = testEngines().clickhouseUrl;
const database = `reports_${randomUUID().replaceAll('-', '')}`;
let client: ClickHouseClient;
let folder: string;
let deps: ExportDeps;

const journal = createJournal('w', Date.UTC(2026, 2, 28, 10));
const at = { topic: 'orders.events.v1', partition: 0 };
let clockMs = Date.UTC(2026, 2, 28, 10);
let read = 0;
let flush: () => Promise<void>;
/** The log goes on until then (ISO, UTC) and the ledger follows. */
async function logUntil(time: string): Promise<void> {
  clockMs = journal.wait(Date.parse(time) - clockMs);
  journal.tick();
  await flush();
}
const sell = (key: string, minor: number) => journal.sell(key, [{ sku: key, quantity: 1, unitMinor: minor }]);

beforeAll(async () => {
  await createDatabase({ url, database });
  client = connectClickhouse({ url, database });
  await migrate(client);
  const fold = createLedgerFold({
    ledger: createClickhouseLedger(client),
    rule: { intervalMs: 2_000, rowsMax: 50_000 },
  });
  flush = async () => {
    if (read === 0) await fold.position(at);
    await fold.apply(at, batchOf(journal.events, read, at));
    read = journal.events.length;
  };
  deps = { clickhouse: client, exports: new ExportRoom(client), partitions: 1, nowMs: () => dueMs + 1_000 };
  sell('SATURDAY', 100);
  await logUntil('2026-03-29T12:00:00Z');
  sell('SUNDAY', 2_345);
  await logUntil('2026-03-29T20:00:02Z');
});
afterAll(async () => {
  await client.command({ query: `DROP DATABASE ${database}` });
  await client.close();
});
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-reports-'));
  return () => rmSync(folder, { recursive: true });
});

function report(over: object = {}): ScheduledReport {
  const entry = {
    name: 'daily-sales',
    store: 'demo',
    cron: '30 6 * * *',
    timeZone: 'Europe/London',
    report: 'sales',
    range: 'yesterday',
    parameters: { groupBy: 'sku' },
    folder,
    makeUp: 1,
    ...over,
  };
  const [parsed] = parseScheduledReports({ reports: [entry] }, path.join(folder, 'reports.json'));
  if (!parsed) throw new Error('the entry has no report');
  return parsed;
}
/** Rows by the names of their columns. */
function rowsOf(name: string): readonly Readonly<Record<string, string>>[] {
  const [head = '', ...lines] = readFileSync(path.join(folder, name), 'utf8').trimEnd().split('\r\n');
  const columns = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [columns[i] ?? '', cell])));
}
/** Of a run that nobody ends. */
const never = new AbortController().signal;
const write = (over: object = {}): Promise<Written> => writeDue(deps, report(over), dueMs, never);

test('while the ledger does not hold the whole range there is no file, and what it waits for is named', async () => {
  const written = await write();
  expect(written).toMatchObject({ is: 'waiting', from: '2026-03-29T00:00:00.000Z', to: endOfDay });
  expect(written.why).toMatch(/^waits for 2026-03-29T23:00:00\.000Z: complete_until is 2026-03-29T20:00:/);
  expect(readdirSync(folder)).toEqual([]);
});

test('once it does, the file has the rows of the range and no others, the same for ever', async () => {
  await logUntil('2026-03-30T00:10:00Z');
  expect(await write()).toMatchObject({ is: 'written', why: null, file: path.join(folder, file) });
  expect(rowsOf(file)).toEqual([
    expect.objectContaining({
      bucket_local: '2026-03-29T00:00:00+00:00',
      sku: 'SUNDAY',
      gross_minor: '2345',
    }),
  ]);
  const before = readFileSync(path.join(folder, file), 'utf8');
  rmSync(path.join(folder, file));
  sell('LATER', 77);
  await logUntil('2026-03-30T05:00:00Z');
  expect(await write()).toMatchObject({ is: 'written' });
  expect(readFileSync(path.join(folder, file), 'utf8')).toBe(before);
});

test('however many write at once, a due time has one file, and nothing half is left', async () => {
  const all = await Promise.all(Array.from({ length: 5 }, () => write()));
  expect(all.map(({ is }) => is).toSorted()).toEqual(['there', 'there', 'there', 'there', 'written']);
  expect(readdirSync(folder)).toEqual([file]);
  const { mtimeMs } = statSync(path.join(folder, file));
  expect(await write()).toMatchObject({ is: 'there' });
  expect(statSync(path.join(folder, file)).mtimeMs).toBe(mtimeMs);
});

test('what was due while nobody ran is made up, so many as the entry says', async () => {
  const all = await writeAllDue(deps, [report({ makeUp: 3 })], { tell: () => undefined, signal: never });
  expect(all.map(({ due, is }) => [due, is])).toEqual([
    ['2026-03-28T06:30:00.000Z', 'written'],
    ['2026-03-29T05:30:00.000Z', 'written'],
    ['2026-03-30T05:30:00.000Z', 'written'],
  ]);
  expect(rowsOf('daily-sales-2026-03-28T063000Z.csv')).toEqual([]); // nothing was sold: a head and no row
  expect(readFileSync(path.join(folder, 'daily-sales-2026-03-28T063000Z.csv'), 'utf8')).toContain(
    'gross_minor',
  );
  expect(rowsOf('daily-sales-2026-03-29T053000Z.csv').map(({ sku }) => sku)).toEqual(['SATURDAY']);
  expect(rowsOf(file).map(({ sku }) => sku)).toEqual(['SUNDAY']);
});

test('a comparison stands beside the figures', async () => {
  await write({ parameters: { compare: 'previousPeriod' } });
  expect(rowsOf(file)).toEqual([
    expect.objectContaining({ gross_minor: '2345', previous_gross_minor: '100' }),
  ]);
});

test('a comparison of days without a sale has its head', async () => {
  await writeDue(deps, report({ parameters: { compare: 'previousPeriod' } }), dueMs - 7 * 86_400_000, never);
  const [name = ''] = readdirSync(folder);
  expect(readFileSync(path.join(folder, name), 'utf8')).toMatch(
    /^bucket,bucket_local,currency,orders,[a-z_,]+,previous_gross_minor,[a-z_,]+\r\n$/,
  );
});

test('one that is told to end while the ledger takes its time gives up what it writes, and begins nothing else', async () => {
  const sockets: net.Socket[] = [];
  const deaf = net.createServer((socket) => void sockets.push(socket.resume())).listen(0, '127.0.0.1');
  await once(deaf, 'listening');
  const silent = connectClickhouse({
    url: `http://127.0.0.1:${(deaf.address() as AddressInfo).port}`,
    database,
  });
  const stopping = new AbortController();
  const told: Written[] = [];
  const left = path.join(folder, `.${file}.${randomUUID()}.part`);
  writeFileSync(left, 'half');
  utimesSync(left, 0, 0);
  const all = writeAllDue(
    { ...deps, clickhouse: silent, exports: new ExportRoom(silent) },
    [report({ makeUp: 3 }), report({ name: 'other' })],
    { tell: (written) => told.push(written), signal: stopping.signal },
  );
  await expect.poll(() => sockets.length).toBe(1);
  stopping.abort();
  expect((await all).map(({ name, is }) => [name, is])).toEqual([['daily-sales', 'waiting']]);
  expect(told.map(({ why }) => why)).toEqual(['waits for another run: this one was told to end']);
  expect([sockets.length, readdirSync(folder)]).toEqual([1, []]);
  await silent.close();
  for (const socket of sockets) socket.destroy();
  deaf.close();
});

test('a ledger that is away, a store that nobody knows and a folder that is not there have no file and say so', async () => {
  const away = connectClickhouse({ url: 'http://127.0.0.1:1', database });
  const without = { ...deps, clickhouse: away, exports: new ExportRoom(away) };
  const failed = await writeDue(without, report(), dueMs, never);
  await away.close();
  expect(failed).toMatchObject({ is: 'failed', why: expect.stringContaining('does not answer') as string });
  expect(await write({ store: 'demmo' })).toMatchObject({
    is: 'failed',
    why: expect.stringContaining('nothing of a store demmo') as string,
  });
  expect(readdirSync(folder)).toEqual([]);
  expect(await write({ folder: 'not-there' })).toMatchObject({
    is: 'failed',
    why: expect.stringMatching(/the folder .*not-there cannot be used: make it/) as string,
  });
});

test('it runs until it is told to end: what fails is told once, and what a killed one left half is removed', async () => {
  const left = path.join(folder, `.${file}.${randomUUID()}.part`);
  writeFileSync(left, 'half');
  utimesSync(left, 0, 0);
  const told: string[] = [];
  const stopping = new AbortController();
  const running = runReports(deps, [report(), report({ name: 'typo', store: 'demmo' })], {
    tell: ({ name, is }) => told.push(`${name} ${is}`),
    signal: stopping.signal,
  });
  await expect.poll(() => told).toEqual(['daily-sales written', 'typo failed']);
  stopping.abort();
  await running;
  expect(readdirSync(folder)).toEqual([file]);
});
