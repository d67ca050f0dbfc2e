import { randomUUID } from 'node:crypto';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createClickhouseLedger } from './clickhouse-ledger.ts';
import type { CutRule } from './cut-blocks.ts';
import type { BlockAt, Ledger } from './ledger.ts';
import { createLedgerFold } from './ledger-fold.ts';
import { createDatabase, migrate } from './migrate.ts';
import { batchOf, createJournal, startMs } from './testing/journal.ts';
import {
  at,
  foldAll as run,
  forgetTokens as forgetTokensOf,
  lines,
  once,
  rule,
  someSales,
  summaryOf,
  tables,
} from './testing/ledger-world.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';

const url = testEngines().clickhouseUrl;
const databases: string[] = [];
let client: ClickHouseClient;

beforeEach(async () => {
  const database = `sink_${randomUUID().replaceAll('-', '')}`;
  databases.push(database);
  await createDatabase({ url: url, database: database });
  await client?.close();
  client = createClient({ url, database, log: { level: ClickHouseLogLevel.OFF } });
  await migrate(client);
});
afterAll(async () => {
  for (const database of databases) await client.command({ query: `DROP DATABASE ${database}` });
  await client.close();
});

class Killed extends TypeError {}

/** The real ledger, cut off: `before` runs ahead of each call and may throw or answer a repeat. */
function ledgerThat(
  before: (call: string, run: () => Promise<unknown>, args: readonly unknown[]) => Promise<unknown>,
): Ledger {
  const real = createClickhouseLedger(client);
  return new Proxy(real, {
    get:
      (target, call: keyof Ledger) =>
      (...args: unknown[]) =>
        before(call, () => (target[call] as (...args: unknown[]) => Promise<unknown>)(...args), args),
  });
}

const summary = () => summaryOf(client);
const forgetTokens = () => forgetTokensOf(client);
const rowsOf = async <T>(query: string): Promise<T[]> =>
  (await client.query({ query, format: 'JSONEachRow' })).json<T>();

const foldWith = (ledger: Ledger, withRule: CutRule = rule) => createLedgerFold({ ledger, rule: withRule });
const fold = (withRule: CutRule = rule) => foldWith(createClickhouseLedger(client), withRule);

test('every event that makes a row stands in the tables once, the view equals its base, the position follows', async () => {
  const events = someSales(40); // 20 s: blocks on both sides of midnight and one across it
  await run(fold(), events);
  expect(await summary()).toEqual(once(40));
  const stored = await createClickhouseLedger(client).readPosition(at);
  expect(stored).toEqual({
    position: events.at(-1)?.position,
    watermarkMs: startMs + 220_000,
    nextRule: 't2000-n50000-r2',
  });
});

/** Its blocks end off the minute, so one of them holds midnight, the end of a month. */
const acrossMidnight = { intervalMs: 70_000, rowsMax: 50_000 };
const monthsOf = ({ block }: BlockAt): number =>
  new Set(block.rows.orders.map(({ at }) => new Date(at).getUTCMonth())).size;

test('a block that spans two months is written whole, and its repeat not at all', async () => {
  const months: number[] = [];
  const ledger = ledgerThat(async (call, execute, [table, block]) => {
    if (call === 'insertRows' && table === 'orders') months.push(monthsOf(block as BlockAt));
    if (call === 'insertRows') await execute();
    return execute();
  });
  await run(foldWith(ledger, acrossMidnight), someSales(40));
  expect(months).toContain(2);
  expect(await summary()).toEqual(once(40));
});

test.each(['insertRows', 'insertPosition', 'readPosition'])(
  'the answer of every %s is lost once, and nothing is doubled',
  async (lost) => {
    let calls = 0;
    const ledger = ledgerThat(async (call, execute) => {
      const answer = await execute();
      calls += call === lost ? 1 : 0;
      if (call === lost && calls % 2 === 1) throw new Error('socket hang up');
      return answer;
    });
    await run(foldWith(ledger), someSales(20));
    expect(calls).toBeGreaterThan(3);
    expect(await summary()).toEqual(once(20));
  },
);

test('killed after each step in turn, restarted each time, it ends with every row once', async () => {
  const events = someSales(12);
  let steps = 0;
  let kills = 0;
  for (let killAt = 1; ; killAt += 1) {
    steps = 0;
    const ledger = ledgerThat(async (_call, execute) => {
      const answer = await execute();
      steps += 1;
      if (steps === killAt) throw new Killed('killed');
      return answer;
    });
    const died = await run(foldWith(ledger), events).then(
      () => false,
      (error: unknown) => {
        if (!(error instanceof Killed)) throw error;
        return true;
      },
    );
    if (!died) break;
    kills += 1;
    // Every other life is one step longer, so that each point between two steps of a block is reached.
  }
  expect(kills).toBeGreaterThan(5);
  expect(await summary()).toEqual(once(12));
});

test('a sleeper that wakes behind a newer position writes nothing, though its token is long forgotten', async () => {
  const events = someSales(12);
  const half = events.slice(0, events.length >> 1);
  const sleeper = fold();
  await run(sleeper, half);
  const { position: before } = await createClickhouseLedger(client).readPosition(at);
  await run(fold(), events);
  await forgetTokens();
  const woken = await sleeper.apply(at, batchOf(events, half.length, at));
  expect(await summary()).toEqual(once(12));
  expect(woken).toEqual(before);
  expect(await sleeper.position(at)).toEqual(events.at(-1)?.position);
});

test('killed between block and position row, restarted after the token window: the block is counted, not sent', async () => {
  const events = someSales(12);
  const ledger = ledgerThat(async (call, execute) => {
    if (call === 'insertPosition' && (await rowsOf('SELECT 1 FROM orders LIMIT 1')).length > 0)
      throw new Killed('killed');
    return execute();
  });
  await expect(run(foldWith(ledger), events)).rejects.toBeInstanceOf(Killed);
  await forgetTokens();
  await run(fold(), events);
  expect(await summary()).toEqual(once(12));
});

test('killed within a block of two months, restarted after the token window: only what is missing is written', async () => {
  const events = someSales(40);
  const ledger = ledgerThat(async (call, execute, [table, block]) => {
    if (call === 'insertRows' && table === 'order_lines' && monthsOf(block as BlockAt) === 2)
      throw new Killed('killed');
    return execute();
  });
  await expect(run(foldWith(ledger, acrossMidnight), events)).rejects.toBeInstanceOf(Killed);
  await forgetTokens();
  // Of the base one month stands, of the view both: the engine promises no order between their commits.
  await client.command({ query: 'ALTER TABLE orders DROP PARTITION 202602' });
  await run(fold(acrossMidnight), events);
  expect(await summary()).toEqual(once(40));
});

test('a view row that was lost behind its base comes back when the token is forgotten', async () => {
  const events = someSales(12);
  const ledger = ledgerThat(async (call, execute) => {
    if (call === 'insertPosition' && (await rowsOf('SELECT 1 FROM orders LIMIT 1')).length > 0)
      throw new Killed('killed');
    return execute();
  });
  await expect(run(foldWith(ledger), events)).rejects.toBeInstanceOf(Killed);
  await forgetTokens();
  await client.command({ query: 'TRUNCATE TABLE sales_by_minute' });
  await run(fold(), events);
  expect(await summary()).toEqual(once(12));
});

test('a view that fails behind its base is served by the repeat of the block', async () => {
  await client.command({ query: 'ALTER TABLE sales_by_minute ADD CONSTRAINT broken CHECK orders < 0' });
  let failures = 0;
  const ledger = ledgerThat(async (call, execute) => {
    try {
      return await execute();
    } catch (error) {
      failures += 1;
      if (failures === 2)
        await client.command({ query: 'ALTER TABLE sales_by_minute DROP CONSTRAINT broken' });
      throw new Error(`${call} failed`, { cause: error });
    }
  });
  await run(foldWith(ledger), someSales(12));
  expect(failures).toBe(2);
  expect(await summary()).toEqual(once(12));
});

test('a new cutting rule begins with the block after the one the old rule names', async () => {
  const events = someSales(40);
  const killedAfter = (rows: number) => {
    let inserted = 0;
    return ledgerThat(async (call, execute) => {
      if (call === 'insertPosition' && inserted >= rows) throw new Killed('killed');
      inserted += call === 'insertRows' ? 1 : 0;
      return execute();
    });
  };
  const rules = [
    rule,
    { intervalMs: 7_000, rowsMax: 50_000 },
    { intervalMs: 60_000, rowsMax: 5 },
    { intervalMs: 1_000, rowsMax: 9 },
  ];
  for (const next of rules) {
    await expect(run(foldWith(killedAfter(6), next), events)).rejects.toBeInstanceOf(Killed);
  }
  await forgetTokens();
  await run(fold(rules[1]), events);
  expect(await summary()).toEqual(once(40));
});

test('a sink that is far behind sends few blocks, also when it is killed and another one, up to date, goes on', async () => {
  const journal = createJournal();
  for (let i = 0; i < 300; i += 1) {
    if (i % 10 === 0) journal.live(`late-${i}`, lines);
    journal.wait(1_000);
    journal.tick();
  }
  const blocks = { sent: 0 };
  const counting = (killAt: number): Ledger =>
    ledgerThat(async (call, execute) => {
      if (call === 'insertPosition' && (blocks.sent += 1) === killAt) throw new Killed('killed');
      return execute();
    });
  const behind = (killAt = 0) => createLedgerFold({ ledger: counting(killAt), rule, isCatchingUp: true });
  await expect(run(behind(4), journal.events)).rejects.toBeInstanceOf(Killed);
  await run(fold(), journal.events.slice(0, journal.events.length / 2)); // what is under way is finished as it was begun
  await run(behind(), journal.events);
  expect(blocks.sent).toBeLessThan(30); // of 150 without
  expect(await summary()).toEqual(once(30));
});

test('a wide block in which nothing was sold is not followed by another one, whose end may be far away', async () => {
  const midnight = Date.UTC(2026, 1, 1); // a multiple of intervals far longer than this journal
  const journal = createJournal('w1', midnight - 4_000);
  journal.tick();
  journal.wait(5_000);
  journal.tick(); // ends the wide block: empty, and the position is 5 s old
  for (let i = 0; i < 20; i += 1) {
    journal.live(`behind-${i}`, lines);
    journal.wait(1_000);
    journal.tick();
  }
  const ledger = createClickhouseLedger(client);
  await run(createLedgerFold({ ledger, rule, isCatchingUp: true }), journal.events);
  const { nextRule, watermarkMs } = await ledger.readPosition(at);
  expect([nextRule, watermarkMs]).toEqual(['t2000-n50000-r2', midnight + 20_000]); // the last tick is at 21 s
});

test('emptied tables fill themselves again to the same sums', async () => {
  const events = someSales(12);
  await run(fold(), events);
  const before = await summary();
  for (const table of tables) {
    await client.command({ query: `TRUNCATE TABLE ${table}` });
  }
  await run(fold(), events);
  expect(await summary()).toEqual(before);
});

test('tables that hold more than the journal are left alone', async () => {
  const events = someSales(2);
  const ledger = ledgerThat(async (call, execute) => {
    if (call === 'insertPosition' && (await rowsOf('SELECT 1 FROM orders LIMIT 1')).length > 0)
      throw new Killed('killed');
    return execute();
  });
  await expect(run(foldWith(ledger), events)).rejects.toBeInstanceOf(Killed);
  await client.command({ query: 'INSERT INTO orders SELECT * FROM orders' });
  await expect(run(fold(), events)).rejects.toThrow(
    /orders holds 8 rows of orders.events.v1\/3 seq .* the journal has 4/,
  );
});

test('a block of more rows than the engine reads at a time is one block', async () => {
  const journal = createJournal();
  const many = Array.from({ length: 100 }, (_, i) => ({ sku: `S${i}`, quantity: 1, unitMinor: 1 }));
  for (let i = 0; i < 400; i += 1) journal.sell(`big-${i}`, many);
  const wide = { intervalMs: 10_000_000, rowsMax: 1_000_000 };
  journal.tick();
  let repeats = 0;
  const ledger = ledgerThat(async (call, execute) => {
    const answer = await execute();
    if (call === 'insertRows' && (repeats += 1)) await execute();
    return answer;
  });
  await run(foldWith(ledger, wide), journal.events);
  expect(repeats).toBe(4); // orders, lines, payments, events
  expect(await rowsOf('SELECT toString(count()) AS n FROM order_lines')).toEqual([{ n: '80000' }]);
});

test('tables that a build before version 3 has filled go on: the rows of each event begin behind its last block', async () => {
  const events = someSales(20);
  const half = events.length / 2;
  await run(fold({ ...rule, rows: 1 }), events.slice(0, half));
  const before = await createClickhouseLedger(client).readPosition(at);
  expect(before.nextRule).toBe('t2000-n50000');
  await run(fold(), events);
  const { lineage, ...rest } = await summary();
  const { lineage: whole, ...wanted } = once(20);
  expect(rest).toEqual(wanted);
  // The block after the last one is cut by the rule that it names, so it has none yet either.
  const since = await rowsOf<{ seq: string }>('SELECT min(seq) AS seq FROM order_events');
  expect(Number(since[0]?.seq)).toBeGreaterThan(before.position.seq);
  expect(Number((lineage as { n: string }).n)).toBeGreaterThan(0);
  expect(Number((lineage as { n: string }).n)).toBeLessThan(Number(whole.n));
  expect((await createClickhouseLedger(client).readPosition(at)).nextRule).toBe('t2000-n50000-r2');
});

test('a sale in the last second of a minute, alone in its part, stays in the view', async () => {
  const journal = createJournal('w', Date.UTC(2026, 0, 5, 10, 0, 59, 85));
  journal.sell('late', [{ sku: 'A', quantity: 1, unitMinor: 7 }]);
  journal.wait(2_000);
  journal.tick();
  await run(fold(), journal.events);
  expect(
    await rowsOf(
      'SELECT toString(sum(orders)) AS n, toString(sum(gross_minor)) AS gross FROM sales_by_minute',
    ),
  ).toEqual([{ n: '1', gross: '7' }]);
});

test('a partition in which nothing is sold moves on at most once in ten seconds of the log', async () => {
  const journal = createJournal();
  for (let i = 0; i < 60; i += 1) {
    journal.tick();
    journal.wait(1_000);
  }
  let rows = 0;
  const ledger = ledgerThat((call, execute) => {
    rows += call === 'insertPosition' ? 1 : 0;
    return execute();
  });
  await run(foldWith(ledger), journal.events);
  expect(rows).toBeGreaterThanOrEqual(6);
  expect(rows).toBeLessThanOrEqual(8);
});
