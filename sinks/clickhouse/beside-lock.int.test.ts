import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClickHouseClient, connectClickhouse } from '../../infra/clients/clickhouse.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';
import { LedgerLocked, withBesideLock } from './beside-lock.ts';
import { createDatabase } from './migrate.ts';

const database = `locked_${randomUUID().replaceAll('-', '')}`;
const url = testEngines().clickhouseUrl;
let client: ClickHouseClient;
beforeAll(async () => {
  await createDatabase({ url, database });
  client = connectClickhouse({ url, database: 'default' });
});
afterAll(async () => {
  await client.command({ query: `DROP DATABASE IF EXISTS ${database}` });
  await client.close();
});

const lock = <T>(holder: string, run: () => Promise<T>, takeOver = false) =>
  withBesideLock(client, database, { holder, takeOver }, run);
const done = async () => 'done';

/** Holds the lock until `free` is called; resolves once it is held. */
async function hold(holder: string, takeOver = false) {
  const held = Promise.withResolvers<void>();
  const free = Promise.withResolvers<void>();
  const over = lock(
    holder,
    async () => {
      held.resolve();
      await free.promise;
    },
    takeOver,
  );
  await Promise.race([held.promise, over]);
  return { free: () => free.resolve(), over };
}

test('one of two holds it, the other is told who; it is free again whatever came of it', async () => {
  const first = await hold("operator's flip since noon");
  await expect(lock('b', done)).rejects.toThrow(/is locked by operators flip since noon: .*--take-over/);
  first.free();
  await first.over;
  await expect(lock('b', () => Promise.reject(new Error('my own')))).rejects.toThrow('my own');
  expect(await lock('c', done)).toBe('done');
});

test('of several at once none runs beside another', async () => {
  let [running, most] = [0, 0];
  const run = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    await delay(200);
    running -= 1;
  };
  const all = Array.from({ length: 6 }, (_, i) =>
    lock(`n${i}`, run).then(
      () => 'ran',
      (error: unknown) => (error instanceof LedgerLocked ? 'refused' : error),
    ),
  );
  expect(new Set(await Promise.all(all))).toEqual(new Set(['ran', 'refused']));
  expect(most).toBe(1);
});

test('a lock left behind is taken over by one; who lost it does not free the new one', async () => {
  const dead = await hold('dead');
  await expect(lock('b', done)).rejects.toThrow(LedgerLocked);
  const second = await hold('second', true);
  dead.free();
  await dead.over;
  await expect(lock('c', done)).rejects.toThrow(/locked by second/);
  second.free();
  await second.over;
  expect(await lock('d', done, true)).toBe('done');
});

test('a database that its holder drops takes the lock with it', async () => {
  await lock('drop', async () => {
    await client.command({ query: `DROP DATABASE ${database}` });
  });
  await createDatabase({ url, database });
  expect(await lock('next', done)).toBe('done');
});
