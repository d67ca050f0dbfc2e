import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ClickHouseClient, connectClickhouse } from '../../infra/clients/clickhouse.ts';
import { besideOf } from './beside.ts';
import { createClickhouseLedger } from './clickhouse-ledger.ts';
import { FlipUnderWay, InPlaceUnderWay, LedgerEmptying } from './emptying.ts';
import { flipLedger, LedgerBehind } from './flip-ledger.ts';
import { FormerBeside, refuseAllButRebuilt, refuseHalfFlipped, stateOfBeside } from './flip-state.ts';
import { createLedgerFold } from './ledger-fold.ts';
import { createDatabase, migrate } from './migrate.ts';
import { rebuildLedger } from './rebuild-ledger.ts';
import type { OrdersEvent } from './testing/journal.ts';
import { at, foldAll, once, rule, someSales, summaryOf, tables } from './testing/ledger-world.ts';
import { type OwnEngine, startOwnEngine } from './testing/own-engine.ts';

let engine: OwnEngine;
let beside: ClickHouseClient;
const name = besideOf('sink');
const sales = 12;
const events = someSales(sales);

beforeAll(async () => {
  engine = await startOwnEngine();
});
afterAll(async () => {
  await beside?.close();
  await engine.remove();
});
beforeEach(async () => {
  await beside?.close();
  await engine.client.command({ query: `DROP DATABASE IF EXISTS ${name}` });
  await createDatabase({ url: engine.url, database: name });
  beside = connectClickhouse({ url: engine.url, database: name });
  await migrate(beside);
  for (const table of tables) await engine.client.command({ query: `TRUNCATE TABLE ${table}` });
});

const foldInto = (client: ClickHouseClient) =>
  createLedgerFold({ ledger: createClickhouseLedger(client), rule });
const flipOptions = (come: readonly OrdersEvent[]) => ({
  client: engine.client,
  database: 'sink',
  partitions: 4,
  pause: () => delay(1),
  catchUp: () => foldAll(foldInto(beside), come),
});
const rebuildInPlace = () => rebuildLedger({ client: engine.client, partitions: 4, pause: () => delay(20) });

/** A process that is killed before its exchange `last` (from 0): neither that nor anything after it is sent. */
function mortal(client: ClickHouseClient, last: number): ClickHouseClient {
  let exchanges = 0;
  return new Proxy(client, {
    get(target, member) {
      const method: unknown = Reflect.get(target, member);
      if (typeof method !== 'function') return method;
      return async (params: { readonly query?: string }) => {
        if (exchanges > last) throw new Error('killed');
        if (params.query?.startsWith('EXCHANGE') && exchanges++ === last) throw new Error('killed');
        return method.call(target, params) as unknown;
      };
    },
  });
}

const isFenced = () =>
  foldInto(engine.client)
    .position(at)
    .then(
      () => false,
      (error: unknown) => error instanceof LedgerEmptying,
    );

// 0 the fence, 1 to 8 the tables, 9 the positions, 10 the fence back.
test.each([0, 1, 2, 5, 9, 10])(
  'a flip killed before its exchange %i loses nothing of what comes in until it is called again, nor does the way back',
  async (last) => {
    await foldAll(foldInto(engine.client), events.slice(0, 50));
    const client = mortal(engine.client, last);
    await expect(flipLedger({ ...flipOptions(events.slice(0, 60)), client })).rejects.toThrow('killed');
    await expect(refuseHalfFlipped(engine.client, name)).rejects.toThrow(FlipUnderWay);
    expect(await isFenced()).toBe(last > 0 && last < 10);
    if (last === 0 || last === 10) await foldAll(foldInto(engine.client), events.slice(0, 100));

    await flipLedger(flipOptions(events.slice(0, 100)));
    await foldAll(foldInto(engine.client), events);
    expect(await summaryOf(engine.client)).toEqual(once(sales));
    await flipLedger(flipOptions(events));
    await foldAll(foldInto(engine.client), events);
    expect(await summaryOf(engine.client)).toEqual(once(sales));
  },
);

test('what goes wrong before the first table is exchanged takes the fence away again', async () => {
  await foldAll(foldInto(engine.client), events.slice(0, 50));
  let calls = 0;
  const catchUp = async (): Promise<void> => {
    calls += 1;
    if (calls > 1) throw new RangeError('cannot be read');
    await foldAll(foldInto(beside), events.slice(0, 50));
  };
  await expect(flipLedger({ ...flipOptions([]), catchUp })).rejects.toThrow('cannot be read');
  expect(await isFenced()).toBe(false);
  expect(await stateOfBeside(engine.client, name)).toBe('rebuilt');
  await foldAll(foldInto(engine.client), events);
  expect(await summaryOf(engine.client)).toEqual(once(sales));
});

test('a ledger that lacks a table of this build is not exchanged at all', async () => {
  await foldAll(foldInto(engine.client), events.slice(0, 50));
  await beside.command({ query: 'DROP TABLE stock_movements' });
  const lame = flipLedger({ ...flipOptions([]), catchUp: async () => undefined });
  await expect(lame).rejects.toThrow(`${name} lacks stock_movements: run npx millrace migrate up first`);
  expect(await isFenced()).toBe(false);
  expect(await stateOfBeside(engine.client, name)).toBe('rebuilt');
});

test('while a flip is not at its end the live tables are not emptied; while they are being emptied none begins', async () => {
  await foldAll(foldInto(engine.client), events);
  const client = mortal(engine.client, 4);
  await expect(flipLedger({ ...flipOptions(events), client })).rejects.toThrow('killed');
  await expect(rebuildInPlace()).rejects.toThrow(FlipUnderWay);
  await flipLedger(flipOptions(events));
  expect(await summaryOf(engine.client)).toEqual(once(sales));

  const onStep = (step: string): void => {
    if (step === 'payments') throw new Error('killed');
  };
  const dies = rebuildLedger({ client: engine.client, partitions: 4, pause: () => delay(20), onStep });
  await expect(dies).rejects.toThrow('killed');
  await expect(flipLedger(flipOptions(events))).rejects.toThrow(InPlaceUnderWay);
  await rebuildInPlace();
  await foldAll(foldInto(engine.client), events);
  expect(await summaryOf(engine.client)).toEqual(once(sales));
});

test.each(['before', 'behind'])(
  'an in-place rebuild whose row comes in %s the fence of a flip sees it, and empties nothing',
  async (order) => {
    await foldAll(foldInto(engine.client), events);
    const client = mortal(engine.client, 1);
    let isFirst = true;
    const flipOnce = async (): Promise<void> => {
      if (isFirst) {
        const dies = flipLedger({ ...flipOptions(events), client });
        await expect(dies).rejects.toThrow('killed');
      }
      isFirst = false;
    };
    const between = new Proxy(engine.client, {
      get(target, member) {
        const method: unknown = Reflect.get(target, member);
        if (typeof method !== 'function') return method;
        return async (...given: unknown[]) => {
          if (member === 'insert' && order === 'behind') await flipOnce();
          return method.apply(target, given) as unknown;
        };
      },
    });
    const rebuilt = rebuildLedger({ client: between, partitions: 4, pause: flipOnce });
    await expect(rebuilt).rejects.toThrow(FlipUnderWay);
    expect(isFirst).toBe(false);
    expect(await summaryOf(engine.client)).toEqual(once(sales));
    if (order === 'behind') return flipLedger(flipOptions(events));
    await expect(flipLedger(flipOptions(events))).rejects.toThrow(InPlaceUnderWay);
    await rebuildInPlace();
    await foldAll(foldInto(engine.client), events);
    expect(await summaryOf(engine.client)).toEqual(once(sales));
  },
);

test('a ledger beside is rebuilt on until it was live once, and not after a flip that was given up', async () => {
  await foldAll(foldInto(engine.client), events);
  const catchUp = () => foldAll(foldInto(beside), events.slice(0, 40));
  await expect(flipLedger({ ...flipOptions([]), catchUp })).rejects.toThrow(LedgerBehind);
  await refuseAllButRebuilt(engine.client, name);
  await flipLedger(flipOptions(events));
  await expect(refuseAllButRebuilt(engine.client, name)).rejects.toThrow(FormerBeside);
  await flipLedger(flipOptions(events));
  await expect(refuseAllButRebuilt(engine.client, name)).rejects.toThrow(FormerBeside);
});
