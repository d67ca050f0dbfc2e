import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { besideOf } from '../../sinks/clickhouse/beside.ts';
import { withBesideLock } from '../../sinks/clickhouse/beside-lock.ts';
import { createClickhouseLedger } from '../../sinks/clickhouse/clickhouse-ledger.ts';
import { endFlip, writeSteps } from '../../sinks/clickhouse/flip-state.ts';
import { createLedgerFold } from '../../sinks/clickhouse/ledger-fold.ts';
import { createDatabase, migrate } from '../../sinks/clickhouse/migrate.ts';
import { at, foldAll, rule, someSales, tables } from '../../sinks/clickhouse/testing/ledger-world.ts';
import { type OwnEngine, startOwnEngine } from '../../sinks/clickhouse/testing/own-engine.ts';
import { type ClickHouseClient, connectClickhouse, hasDatabase } from '../clients/clickhouse.ts';
import { loadConfig } from '../config/config.ts';
import * as sink from './commands/sink.ts';
import { type BesideLedger, withBesideLedger } from './ledger-beside.ts';
import { ledgerErrorOf } from './ledger-errors.ts';
import { runCli } from './run-cli.ts';

const name = besideOf('sink');
let engine: OwnEngine;
let folder: string;
let beside: ClickHouseClient;
beforeAll(async () => {
  engine = await startOwnEngine();
  folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-beside-'));
});
afterAll(async () => {
  await beside?.close();
  await engine.remove();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  await beside?.close();
  await engine.client.command({ query: `DROP DATABASE IF EXISTS ${name}` });
  await createDatabase({ url: engine.url, database: name });
  beside = connectClickhouse({ url: engine.url, database: name });
  await migrate(beside);
  for (const table of tables) await engine.client.command({ query: `TRUNCATE TABLE ${table}` });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

const settings = () => ({
  DATA_DIR: folder,
  CLICKHOUSE_URL: engine.url,
  CLICKHOUSE_DATABASE: 'sink',
  FINGERPRINT_SECRET: 'f'.repeat(32),
  CURSOR_SECRET: 'c'.repeat(32),
  PSP_SECRET: 'p'.repeat(32),
  CUSTOMER_KEY_SECRET: 'k'.repeat(32),
});

/** The code and exit code the command line gives; nothing here may need Kafka. */
async function refusalOf(run: (ledger: BesideLedger) => Promise<unknown>, takeOver?: boolean) {
  const config = loadConfig(settings(), { env: {}, envFile: '/nowhere/.env' });
  try {
    await withBesideLedger(config, async (ledger) => void (await run(ledger)), takeOver);
    return 'done';
  } catch (error) {
    const { code, exitCode } = ledgerErrorOf(error) as { code: string; exitCode: number };
    return { code, exitCode };
  }
}

async function compare() {
  const text = { out: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => ((text.out += String(chunk)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  const given = Object.entries(settings()).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  const code = await runCli([sink], ['sink', 'compare', ...given]);
  vi.restoreAllMocks();
  process.exitCode = undefined;
  return { code, out: text.out };
}

const calls: Readonly<Record<string, (ledger: BesideLedger) => Promise<unknown>>> = {
  rebuild: (ledger) => ledger.rebuild(),
  flip: (ledger) => ledger.flip(4, () => undefined),
  compare: (ledger) => ledger.compare(),
  checkDrop: (ledger) => ledger.checkDrop(),
  drop: (ledger) => ledger.drop(),
};
const refusals = async (...names: readonly string[]) =>
  Promise.all(
    names.map(async (each) => refusalOf(calls[each] as (ledger: BesideLedger) => Promise<unknown>)),
  );

test('while a flip is not at its end, nothing but the flip touches or judges what stands beside', async () => {
  await writeSteps(engine.client, name, new Map([['orders', 'a UUID']]));
  const half = { code: 'flip-under-way', exitCode: 4 };
  for (const each of ['rebuild', 'compare', 'checkDrop', 'drop'])
    expect(await refusals(each)).toEqual([half]);
  expect(await hasDatabase({ url: engine.url, database: name })).toBe(true);
  expect((await compare()).code).toBe(4);
});

test('what was live once is not rebuilt on; it may be compared and dropped', async () => {
  await writeSteps(engine.client, name, new Map([['orders', 'a UUID']]));
  await endFlip(engine.client, name);
  expect(await refusals('rebuild')).toEqual([{ code: 'former-ledger-beside', exitCode: 4 }]);
  expect(await refusals('compare', 'checkDrop')).toEqual(['done', 'done']);
  expect(await refusals('drop')).toEqual(['done']);
  expect(await hasDatabase({ url: engine.url, database: name })).toBe(false);
});

test('who changes the ledger beside is alone at it; a lock left behind is taken over by a flag', async () => {
  const locked = { code: 'ledger-locked', exitCode: 75 };
  await withBesideLock(engine.client, name, { holder: 'another', takeOver: false }, async () => {
    expect(await refusals('rebuild', 'flip', 'drop')).toEqual([locked, locked, locked]);
    expect(await refusalOf((ledger) => ledger.drop(), true)).toBe('done');
  });
});

test('equal, unequal, of one side alone and empty have exit codes of their own', async () => {
  const fold = (client: ClickHouseClient) =>
    createLedgerFold({ ledger: createClickhouseLedger(client), rule });
  const sales = someSales(6);
  const first = sales.slice(0, sales.length / 2);
  expect(await compare()).toEqual({ code: 7, out: expect.stringContaining('Nothing was compared') });
  await foldAll(fold(engine.client), first, at);
  expect(await compare()).toEqual({
    code: 6,
    out: expect.stringContaining('Only one ledger holds anything'),
  });
  await foldAll(fold(beside), first, at);
  expect(await compare()).toEqual({
    code: 0,
    out: expect.stringMatching(
      /Both ledgers agree .*\nCompared: [1-9]\d* events of 1 .* has 0, the one beside 0\./,
    ),
  });
  await foldAll(fold(engine.client), sales, at);
  expect(await compare()).toEqual({
    code: 0,
    out: expect.stringMatching(/beyond that place the live one has [1-9]\d*, the one beside 0\./),
  });
  await beside.command({ query: 'ALTER TABLE payments DELETE WHERE 1 SETTINGS mutations_sync = 2' });
  expect(await compare()).toEqual({ code: 6, out: expect.stringMatching(/groups differ\.\nCompared: /) });
});
