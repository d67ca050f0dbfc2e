import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { createClickhouseLedger } from '../../../sinks/clickhouse/clickhouse-ledger.ts';
import { createLedgerFold } from '../../../sinks/clickhouse/ledger-fold.ts';
import { at, foldAll, rule, someSales } from '../../../sinks/clickhouse/testing/ledger-world.ts';
import { type OwnEngine, startOwnEngine } from '../../../sinks/clickhouse/testing/own-engine.ts';
import { runCli } from '../run-cli.ts';
import * as sql from './sql.ts';

let engine: OwnEngine;
let folder: string;
beforeAll(async () => {
  engine = await startOwnEngine();
  folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-sql-'));
  await foldAll(createLedgerFold({ ledger: createClickhouseLedger(engine.client), rule }), someSales(8), at);
  await engine.client.command({
    query: "INSERT INTO orders (store, event, reason) VALUES ('demo', '=cmd', '\u001b[2J')",
  });
});
afterAll(async () => {
  await engine.remove();
  rmSync(folder, { recursive: true });
});
afterEach(() => vi.restoreAllMocks());

async function run(...argv: readonly string[]) {
  const text = { out: '', err: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => ((text.out += String(chunk)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => ((text.err += String(chunk)), true));
  const given = {
    DATA_DIR: folder,
    CLICKHOUSE_URL: engine.url,
    CLICKHOUSE_DATABASE: 'sink',
    FINGERPRINT_SECRET: 'f'.repeat(32),
    CURSOR_SECRET: 'c'.repeat(32),
    PSP_SECRET: 'p'.repeat(32),
    CUSTOMER_KEY_SECRET: 'k'.repeat(32),
  };
  const settings = Object.entries(given).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const code = await runCli([sql], ['sql', ...argv, ...settings]);
  vi.restoreAllMocks();
  return { code, ...text };
}

test('a SELECT answers with its columns and rows', async () => {
  const asked =
    "SELECT event, toInt32(count()) AS n FROM orders WHERE event = 'OrderConfirmed' GROUP BY event";
  const { code, out } = await run(asked, '--json');
  expect([code, JSON.parse(out)]).toEqual([0, { columns: ['event', 'n'], rows: [['OrderConfirmed', 8]] }]);
  expect((await run(asked)).out).toBe('event           n\nOrderConfirmed  8\n');
});

test('what steers a terminal or a spreadsheet comes out as text', async () => {
  const asked = "SELECT event, reason FROM orders WHERE event = '=cmd'";
  expect((await run(asked)).out).toContain('\\x1b[2J');
  expect((await run(asked, '--csv')).out).toBe("event,reason\r\n'=cmd,\u001b[2J\r\n"); // a file has what is there
  const isTTY = Object.getOwnPropertyDescriptor(process.stdout, 'isTTY');
  Object.defineProperty(process.stdout, 'isTTY', { value: true, configurable: true });
  try {
    expect((await run(asked, '--csv')).out).toBe("event,reason\r\n'=cmd,\\x1b[2J\r\n");
  } finally {
    if (isTTY) Object.defineProperty(process.stdout, 'isTTY', isTTY);
    else Reflect.deleteProperty(process.stdout, 'isTTY');
  }
});

test.each([
  ['INSERT INTO orders (store) SELECT 1', /read-?only|ACCESS_DENIED|syntax/i],
  ["INSERT INTO orders (store) VALUES ('demo')", /read-?only|ACCESS_DENIED|syntax/i],
  ['TRUNCATE TABLE orders', /read-?only|ACCESS_DENIED/i],
  ['DROP TABLE orders', /read-?only|ACCESS_DENIED/i],
  ['SELECT 1; DROP TABLE orders', /syntax/i],
  ["SELECT * FROM file('/etc/hostname', 'LineAsString', 'a String')", /read-?only|ACCESS_DENIED/i],
  ["SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString', 'a String')", /read-?only|ACCESS_DENIED/i],
  ['SELECT count() FROM orders SETTINGS readonly = 0', /read-?only/i],
  ['SELECT count() FROM numbers(1000000000) SETTINGS max_rows_to_read = 0', /read-?only/i],
  ['SELECT count() FROM numbers(1000000000)', /too[-_ ]many[-_ ]rows/i],
  ['SELECT number FROM numbers(100001)', /too[-_ ]many[-_ ]rows/i],
  ['SELECT nothing FROM orders', /unknown/i],
])('%s is refused, exit 5, and changes nothing', async (statement, reason) => {
  const { code, out, err } = await run(statement, '--json');
  expect([code, out]).toEqual([5, '']);
  expect(err).toMatch(reason);
  const left = await run('SELECT toInt32(count()) AS n FROM orders', '--json');
  expect(JSON.parse(left.out)).toMatchObject({ rows: [[17]] });
});
