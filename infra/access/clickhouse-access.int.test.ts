import { ClickHouseError } from '@clickhouse/client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ledgerTableNames } from '../../schemas/clickhouse-columns.ts';
import { createDatabase, migrate, readMigrations, TablesMissing } from '../../sinks/clickhouse/migrate.ts';
import * as sql from '../cli/commands/sql.ts';
import { runCli } from '../cli/run-cli.ts';
import { type ClickHouseClient, connectClickhouse, hasDatabase } from '../clients/clickhouse.ts';
import type { RunningEngine } from '../local/engine-process.ts';
import { clickhouseAccess } from './clickhouse-access.ts';
import { principals, userOf } from './principals.ts';
import { analystOf } from './secrets-folder.ts';
import {
  analystStore,
  createSecureEngines,
  database,
  type SecureEngines,
  trust,
} from './testing/secure-engines.ts';

let engines: SecureEngines;
let engine: RunningEngine;
let distrust: () => void;
const clients = new Map<string, ClickHouseClient>();

const linkOf = (username: string) => ({
  url: engine.url,
  database,
  ...engines.credentialOfUser('clickhouse', username),
});
const clientOf = (username: string): ClickHouseClient => {
  const client = clients.get(username) ?? connectClickhouse(linkOf(username));
  clients.set(username, client);
  return client;
};

const analyst = analystOf(analystStore);
const users = [
  ...principals.filter((principal) => clickhouseAccess[principal] !== undefined).map(userOf),
  analyst,
];

/** The code of ClickHouse's error, or `done`. */
async function ask(username: string, query: string, settings: Record<string, string> = {}): Promise<string> {
  try {
    const answer = await clientOf(username).exec({ query, clickhouse_settings: settings });
    for await (const _ of answer.stream) continue;
    return 'done';
  } catch (error) {
    if (error instanceof ClickHouseError) return error.type ?? error.code;
    throw error;
  }
}
const denied = 'ACCESS_DENIED';

beforeAll(async () => {
  engines = await createSecureEngines();
  engine = await engines.startClickhouse();
  distrust = trust(engines.certificates);
});

afterAll(async () => {
  await Promise.all([...clients.values()].map((client) => client.close()));
  distrust?.();
  await engines?.stop();
});

test('the deploy step makes the tables; a sink that comes before it says so, one that comes after makes none', async () => {
  const sink = linkOf('millrace-sink');
  await expect(createDatabase(sink)).rejects.toThrow(TablesMissing);
  await createDatabase(linkOf('millrace-deploy'));
  await expect(migrate(clientOf('millrace-sink'))).rejects.toThrow(/run the deploy step/);
  expect(await migrate(clientOf('millrace-deploy'))).toHaveLength(readMigrations().length);
  await createDatabase(sink);
  expect(await migrate(clientOf('millrace-sink'))).toEqual([]);
});

const tables = [...ledgerTableNames, 'sales_by_minute', 'sink_positions'];
const every = (may: boolean): string => (may ? 'done' : denied);

test.each(users)('%s reads, writes and empties what the table says', async (username) => {
  for (const table of [...tables, 'schema_migrations']) {
    const isLedger = table !== 'schema_migrations';
    const writes = ['millrace-sink', 'millrace-deploy'].includes(username);
    const outcome = {
      table,
      select: await ask(username, `SELECT count() FROM ${table}`),
      insert: await ask(username, `INSERT INTO ${table} SELECT * FROM ${table} WHERE 0`),
      truncate: await ask(username, `TRUNCATE TABLE ${table}`),
    };
    const isReadonly = ['millrace-api', 'millrace-auditor', analyst].includes(username);
    const inserts =
      (writes && (isLedger || username === 'millrace-deploy')) ||
      (username === 'millrace-operator' && table === 'sink_positions');
    expect(outcome).toEqual({
      table,
      select: every(isLedger || writes),
      insert: isReadonly ? expect.stringMatching(/READONLY|ACCESS_DENIED/) : every(inserts),
      truncate: isReadonly
        ? expect.stringMatching(/READONLY|ACCESS_DENIED/)
        : every(username === 'millrace-operator' && isLedger),
    });
  }
});

test.each(users)(
  '%s alters and drops nothing, gives no rights, and reaches no files and no other hosts',
  async (username) => {
    const statements = [
      'DROP TABLE orders',
      `DROP DATABASE ${database}`,
      'ALTER TABLE orders DELETE WHERE 1',
      'ALTER TABLE orders UPDATE units = 0 WHERE 1',
      'ALTER TABLE orders DROP COLUMN units',
      'RENAME TABLE orders TO gone',
      'CREATE DATABASE another',
      "CREATE USER another IDENTIFIED BY 'x'",
      `GRANT ALL ON *.* TO \`${userOf('api')}\``,
      "SELECT * FROM file('/etc/hostname', 'LineAsString', 'a String')",
      "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString', 'a String')",
    ];
    for (const statement of statements)
      expect({ statement, is: await ask(username, statement) }).toEqual({
        statement,
        is: expect.stringMatching(/ACCESS_DENIED|READONLY/),
      });
  },
);

test('an analyst sees the rows of one store, and can neither lift that nor the limits', async () => {
  const row = (store: string, seq: number) => ({
    store,
    partition: 0,
    seq,
    at: '2026-01-31 00:00:00.000',
    order_id: `o-${seq}`,
    event: 'OrderConfirmed',
    currency: 'GBP',
    units: 1,
    total_minor: 100,
    discount_minor: 0,
    shipping_minor: 0,
    tax_minor: 0,
  });
  const sink = clientOf('millrace-sink');
  const values = [row(analystStore, 1), row('other', 2), row('other', 3)];
  await sink.insert({ table: 'orders', values, format: 'JSONEachRow' });
  const unknown = values.map(({ store, partition, seq, at, order_id, currency }) => {
    const event = {
      event: 'PaymentUnknown',
      op_id: `op-${seq}`,
      attempt: 1,
      kind: 'capture',
      code: 'timeout',
    };
    return { store, partition, seq, at, order_id, currency, amount_minor: 100, ...event };
  });
  await sink.insert({ table: 'payments', values: unknown, format: 'JSONEachRow' });
  const storesOf = async (username: string, from: string): Promise<readonly string[]> => {
    const query = `SELECT DISTINCT store FROM ${from} ORDER BY store`;
    const answer = await clientOf(username).query({ query, format: 'JSONEachRow' });
    return (await answer.json<{ store: string }>()).map(({ store }) => store);
  };
  for (const table of ['orders', 'sales_by_minute', 'unknown_money', `${database}.orders`]) {
    expect([table, await storesOf(analyst, table)]).toEqual([table, [analystStore]]);
    for (const username of ['millrace-auditor', 'millrace-api'])
      expect(await storesOf(username, table)).toEqual([analystStore, 'other']);
  }
  const limited = 'SETTING_CONSTRAINT_VIOLATION';
  const lift = (setting: string, value: string) => ask(analyst, 'SELECT 1', { [setting]: value });
  expect(await lift('additional_table_filters', '{}')).toBe(limited);
  expect(await lift('max_execution_time', '0')).toBe(limited);
  expect(await lift('max_rows_to_read', '1000000000')).toBe(limited);
  expect(await lift('max_result_rows', '0')).toBe(limited);
  expect(await ask(analyst, 'TRUNCATE TABLE orders', { readonly: '0' })).toMatch(/READONLY|ACCESS_DENIED/);
  expect(await lift('max_execution_time', '5')).toBe('done');
  expect(await ask(analyst, 'SELECT number FROM numbers(100001)')).toBe('TOO_MANY_ROWS_OR_BYTES');
  expect(await ask(analyst, 'SELECT count() FROM numbers(50000001)')).toBe('TOO_MANY_ROWS');
});

test('millrace sql holds whoever may read to an analyst’s limits', async () => {
  const asked = async (username: string, statement: string) => {
    let told = '';
    vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
    vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => ((told += String(chunk)), true));
    const { url, password } = linkOf(username);
    const given = {
      DATA_DIR: engines.folder,
      CLICKHOUSE_URL: url,
      CLICKHOUSE_DATABASE: database,
      CLICKHOUSE_USERNAME: username,
      CLICKHOUSE_PASSWORD: password,
      FINGERPRINT_SECRET: 'f'.repeat(32),
      CURSOR_SECRET: 'c'.repeat(32),
      PSP_SECRET: 'p'.repeat(32),
      CUSTOMER_KEY_SECRET: 'k'.repeat(32),
    };
    const settings = Object.entries(given).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
    const code = await runCli([sql], ['sql', statement, ...settings]);
    vi.restoreAllMocks();
    return [code, told];
  };
  for (const username of ['millrace-api', 'millrace-auditor', 'millrace-operator', analyst]) {
    expect(await asked(username, 'SELECT count() FROM orders')).toEqual([0, expect.anything()]);
    expect(await asked(username, 'SELECT count() FROM numbers(50000001)')).toEqual([
      5,
      expect.stringMatching(/too[-_ ]many[-_ ]rows/i),
    ]);
  }
});

test('a wrong password, none, no TLS and a stranger’s certificate are told apart, without the secret', async () => {
  const wrong = 'not the password of anybody here';
  const fault = (more: object): Promise<unknown> =>
    hasDatabase({ ...linkOf('millrace-api'), ...more }).then(
      () => 'let in',
      (error: unknown) => error,
    );
  const credentials = await fault({ password: wrong });
  expect(credentials).toMatchObject({ name: 'LinkFault', trouble: 'credentials' });
  expect(String(credentials)).toContain('MILLRACE_CLICKHOUSE_PASSWORD');
  expect(String(credentials)).not.toContain(wrong);
  expect(await fault({ username: '', password: '' })).toMatchObject({ trouble: 'credentials' });
  expect(await fault({ username: 'millrace-orders' })).toMatchObject({ trouble: 'credentials' });
  expect(await fault({ url: engine.url.replace('https:', 'http:') })).toMatchObject({ trouble: 'transport' });
  distrust();
  try {
    expect(await fault({})).toMatchObject({ name: 'LinkFault', trouble: 'authority' });
  } finally {
    distrust = trust(engines.certificates);
  }
});
