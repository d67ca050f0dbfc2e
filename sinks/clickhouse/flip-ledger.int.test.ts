import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ClickHouseClient, connectClickhouse } from '../../infra/clients/clickhouse.ts';
import { LineageBroken } from '../../infra/clients/journal-acceptor.ts';
import type { LogReader, LogRecord } from '../../infra/clients/log.ts';
import type { Event } from '../../schemas/generated/orders-events.ts';
import { createTopicCodec } from '../../schemas/topic-codec.ts';
import { besideOf, placesOf } from './beside.ts';
import { createClickhouseLedger } from './clickhouse-ledger.ts';
import { compareLedgers } from './compare-ledgers.ts';
import { LedgerEmptying } from './emptying.ts';
import { fillLedger } from './fill-ledger.ts';
import { flipLedger, LedgerBehind } from './flip-ledger.ts';
import { createLedgerFold } from './ledger-fold.ts';
import { createDatabase, migrate } from './migrate.ts';
import type { OrdersEvent } from './testing/journal.ts';
import { at, foldAll, once, rule, someSales, summaryOf, tables } from './testing/ledger-world.ts';
import { type OwnEngine, startOwnEngine } from './testing/own-engine.ts';

let engine: OwnEngine;
let beside: ClickHouseClient;
beforeAll(async () => {
  engine = await startOwnEngine();
  const link = { url: engine.url, database: besideOf('sink') };
  await createDatabase(link);
  beside = connectClickhouse(link);
  await migrate(beside);
});
afterAll(async () => {
  await beside.close();
  await engine.remove();
});
beforeEach(async () => {
  for (const client of [engine.client, beside])
    for (const table of tables) await client.command({ query: `TRUNCATE TABLE ${table}` });
});

const foldInto = (client: ClickHouseClient) =>
  createLedgerFold({ ledger: createClickhouseLedger(client), rule });
const flip = (events: readonly OrdersEvent[], onStep?: (step: string) => void) =>
  flipLedger({
    client: engine.client,
    database: 'sink',
    partitions: 4,
    pause: () => delay(20),
    catchUp: () => foldAll(foldInto(beside), events),
    ...(onStep === undefined ? {} : { onStep }),
  });

test('a ledger filled beside agrees with the live one, and what differs is named by month and currency', async () => {
  const events = someSales(30);
  await foldAll(foldInto(engine.client), events);
  await foldAll(foldInto(beside), events);
  const compare = async () => {
    const { groups, ...of } = await compareLedgers(engine.client, 'sink', besideOf('sink'));
    return { ...of, groups, differing: groups.filter(({ differs }) => differs) };
  };
  const same = await compare();
  const compared = events.length;
  expect(same).toMatchObject({
    differing: [],
    partitions: 1,
    events: { compared, liveAlone: 0, besideAlone: 0 },
    oneSided: [],
  });
  for (const name of ['orders', 'sales_by_minute'])
    expect(
      same.groups.filter(({ table }) => table === name).map(({ month, currency }) => [month, currency]),
    ).toEqual([
      [202601, 'GBP'],
      [202602, 'GBP'],
    ]);
  await beside.command({
    query: `ALTER TABLE order_lines UPDATE gross_minor = gross_minor + 1 WHERE seq = 1 AND line = 0 SETTINGS mutations_sync = 2`,
  });
  const found = (await compare()).differing;
  expect(found).toMatchObject([{ table: 'order_lines', month: 202601, currency: 'GBP' }]);
  const gross = found[0]?.sums['gross_minor'];
  expect(BigInt(gross?.beside ?? 0) - BigInt(gross?.live ?? 0)).toBe(1n);

  // Past a view's base, as a token forgotten between the two leaves it.
  await beside.command({
    query: `INSERT INTO sales_by_minute SELECT * REPLACE (7 AS units, 0 AS orders, 0 AS gross_minor)
      FROM sales_by_minute ORDER BY minute DESC LIMIT 1`,
  });
  expect((await compare()).differing).toMatchObject([
    { table: 'order_lines' },
    { table: 'sales_by_minute', month: 202602, sums: { units: {} } },
  ]);
});

test('a partition of which one ledger holds nothing is named, and two empty ledgers are not called equal', async () => {
  const nothing = { groups: [], partitions: 0, events: { compared: 0, liveAlone: 0, besideAlone: 0 } };
  const compare = () => compareLedgers(engine.client, 'sink', besideOf('sink'));
  expect(await compare()).toEqual({ ...nothing, oneSided: [] });
  await foldAll(foldInto(engine.client), someSales(3));
  const oneSided = [expect.stringMatching(/^orders\.events\.v1\/3: live up to seq \d+, beside up to seq 0$/)];
  expect(await compare()).toEqual({ ...nothing, oneSided });
  await foldInto(beside).position(at);
  expect(await compare()).toEqual({ ...nothing, oneSided });
});

test('a flip takes the tables beside with their positions, the sink goes on in them, and a second flip goes back', async () => {
  const events = someSales(30);
  const sink = foldInto(engine.client);
  await foldAll(sink, events.slice(0, 200));
  await engine.client.command({
    query: 'ALTER TABLE payments DELETE WHERE seq < 9 SETTINGS mutations_sync = 2',
  });
  const damaged = await summaryOf(engine.client);
  await flip(events.slice(0, 200));
  expect(await summaryOf(beside)).toEqual(damaged);
  await foldAll(sink, events);
  expect(await summaryOf(engine.client)).toEqual(once(30));
  expect(await placesOf(engine.client, 'sink')).toMatchObject([{ ...at, seq: events.length }]);
  await flip(events);
  const back = await summaryOf(engine.client);
  expect(back.orders).toEqual(once(30).orders);
  expect(back.payments).not.toEqual(once(30).payments);
});

test.each(['fence', 'payments', 'positions'])(
  'a flip that dies at its step %s leaves no table half written, and is finished by the next',
  async (deadly) => {
    const events = someSales(12);
    const sink = foldInto(engine.client);
    await foldAll(sink, events.slice(0, 60));
    const die = (step: string): void => {
      if (step === deadly) throw new Error('killed');
    };
    await expect(flip(events, die)).rejects.toThrow('killed');
    if (deadly !== 'fence')
      await expect(foldInto(engine.client).position(at)).rejects.toThrow(LedgerEmptying);
    await flip(events);
    await foldAll(sink, events);
    expect(await summaryOf(engine.client)).toEqual(once(12));
  },
);

test('a ledger that does not catch up is not taken, and the live one is written again', async () => {
  const events = someSales(12);
  const sink = foldInto(engine.client);
  await foldAll(sink, events);
  const lame = flipLedger({
    client: engine.client,
    database: 'sink',
    partitions: 4,
    pause: () => delay(1),
    catchUp: () => foldAll(foldInto(beside), events.slice(0, 40)),
  });
  await expect(lame).rejects.toThrow(LedgerBehind);
  await foldAll(foldInto(engine.client), events);
  expect(await summaryOf(engine.client)).toEqual(once(12));
});

test('filling reads a journal from the stored position to its end, and again only what came since', async () => {
  const events = someSales(12);
  const codec = createTopicCodec<Event>(at.topic, 7);
  const first = { type: 'Barrier', writer: 'w1', follows: null } as const;
  const records: LogRecord[] = [
    { ...events[0]!.event, seq: 0, body: first },
    ...events.map(({ event }) => event),
  ].map(
    (event, i) =>
      ({
        offset: BigInt(i),
        key: null,
        value: codec.encode(event),
        timestampMs: 0,
      }) as unknown as LogRecord,
  );
  let read = 0;
  const readerOf = (end: number): LogReader =>
    ({
      read(
        _: unknown,
        from: bigint,
        { onRecords }: { onRecords: (of: readonly LogRecord[]) => Promise<void> },
      ) {
        void (async () => {
          for (let next = Number(from); next < end; next += 25) {
            const batch = records.slice(next, Math.min(end, next + 25));
            read += batch.length;
            await onRecords(batch);
          }
        })();
        return { stop: () => undefined };
      },
    }) as unknown as LogReader;
  const fillTo = (end: number) =>
    fillLedger(
      { codec, fold: foldInto(beside) },
      {
        log: { offsetsOf: async () => new Map([[at.partition, { first: 0n, end: BigInt(end) }]]) },
        reader: readerOf(end),
        askForWriter: async () => 'unknown-schema',
      },
    );
  await fillTo(70);
  const before = read;
  await fillTo(records.length);
  expect(read - before).toBeLessThan(records.length);
  expect(await summaryOf(beside)).toEqual(once(12));
  await fillTo(records.length);
  expect(await summaryOf(beside)).toEqual(once(12));
  await expect(fillTo(20)).rejects.toThrow(LineageBroken);
});
