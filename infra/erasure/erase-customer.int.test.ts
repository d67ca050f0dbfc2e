import { randomBytes, randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { beginAsking } from '../../api/analytics/ask-clickhouse.ts';
import { completeUntilMs } from '../../api/analytics/complete-until.ts';
import { type RunningApi, startApi } from '../../api/start.ts';
import { type ApiStack, orderRoles, startApiStack } from '../../api/testing/api-stack.ts';
import { createCaller, dropDatabase, type Got, orderThat, sinkInto } from '../../api/testing/caller.ts';
import { startPayments } from '../../processors/payments/start.ts';
import { dumpRedis } from '../../processors/views/testing/dump-redis.ts';
import type { Event } from '../../schemas/generated/orders-events.ts';
import { auditTopic, customersKeysTopic, journalOf, topicCatalogue } from '../../schemas/topic-catalogue.ts';
import { connectClickhouse } from '../clients/clickhouse.ts';
import { KeyErased } from '../clients/customer-keys/field-opener.ts';
import { openFields, readKeys } from '../clients/customer-keys/follow-keys.ts';
import { keyIdOf, type SealedFieldOwner } from '../clients/customer-keys/sealed-field.ts';
import { createKafkajsLogReader } from '../clients/kafkajs/kafkajs-log-reader.ts';
import type { OffsetRange } from '../clients/log.ts';
import { readPartition } from '../clients/read-partition.ts';
import type { RunningRole, StartRole } from '../clients/run-role.ts';
import { testConnection, until } from '../clients/testing/test-kafka.ts';
import { createSecretScan } from '../audit/secret-scan.ts';
import { startSimulator } from '../psp/simulator/start.ts';
import { eraseCustomer, type ErasureAccess, TokenStillNeeded, UnknownCustomer } from './erase-customer.ts';
import { openErasure } from './open-erasure.ts';

const store = `S-${randomUUID().slice(0, 8)}`;
const [before, rebuilt] = [1, 2].map((n) => `erasure_${n}_${randomUUID().replaceAll('-', '')}`) as [
  string,
  string,
];
const mark = randomBytes(8).toString('hex');
/** The provider declines a token he does not know. */
const token = `tok_canary_${mark}`;
const address = {
  name: `Ada Canary ${mark}`,
  line1: `1 Mill Lane ${mark}`,
  city: 'Leeds',
  postalCode: 'LS1 4AB',
  country: 'GB',
};
const topics = topicCatalogue.map((spec) => spec.name);
const lines: string[] = [];
const answers: string[] = [];
const overheard =
  (start: StartRole): StartRole =>
  (context) =>
    start({ ...context, logger: pino({ level: 'trace' }, { write: (line) => void lines.push(line) }) });

let stack: ApiStack;
let api: RunningApi;
let key = '';
let erasure: ErasureAccess & { close(): Promise<void> };
let startedAt: ReadonlyMap<string, ReadonlyMap<number, OffsetRange>>;
const running = new Map<string, RunningRole>();
const caller = createCaller(
  () => api.port,
  () => key,
);
const call: typeof caller = async (...args) => {
  const got = await caller(...args);
  answers.push(got.text);
  return got;
};
const begin = async (name: string, start: StartRole): Promise<void> => {
  await running.get(name)?.stop();
  running.set(name, await stack.startRole(overheard(start)));
};
const beginApi = (): Promise<void> =>
  begin('api', async (context) => {
    api = await startApi(context);
    return api;
  });
const offsets = async (): Promise<typeof startedAt> =>
  new Map(await Promise.all(topics.map(async (topic) => [topic, await stack.log.offsetsOf(topic)] as const)));

beforeAll(async () => {
  stack = await startApiStack([
    startSimulator({ seed: 1, latency: { minMs: 0, maxMs: 5 }, keyTtlMs: 86_400_000, keepsErrors: true }),
  ]);
  startedAt = await offsets();
  await Promise.all([
    ...orderRoles.map((start) => begin(start.name, start)),
    begin('payments', startPayments),
    begin('sink', sinkInto(before)),
    beginApi(),
  ]);
  erasure = await openErasure(stack.config, pino({ level: 'silent' }));
  await stack.putStore(store, ['GBP']);
  key = await stack.putKey(store, ['orders:read', 'orders:write', 'catalogue:write', 'stock:write']);
  await until(async () => (await caller('GET', '/v1/orders')).status === 200);
  const prices = [{ currency: 'GBP', unitPriceMinor: 500 }];
  const put = await call('PUT', '/v1/catalogue/MUG', { body: { name: 'Mug', prices } });
  expect((await call('GET', put.location)).status).toBe(200);
  await call('POST', '/v1/stock/MUG/movements', { body: { type: 'receive', quantity: 100 } });
});

afterAll(async () => {
  await erasure?.close();
  for (const role of running.values()) await role.stop();
  await stack?.stop();
  if (stack)
    for (const database of [before, rebuilt]) await dropDatabase(stack.config.clickhouseUrl, database);
});

const place = async (customerId: string, paymentToken: string, status: string): Promise<string> => {
  const wanted = [{ sku: 'MUG', quantity: 2 }];
  const body = { customerId, currency: 'GBP', lines: wanted, paymentToken, shipTo: address };
  const placed = await call('POST', '/v1/orders', { body });
  expect(placed.status).toBe(202);
  const path = `/v1/orders/${String(placed.json['orderId'])}`;
  await orderThat(call, path, (order) => order['status'] === status);
  return path;
};
const idOf = (path: string): string => path.slice('/v1/orders/'.length);

/** The sealed fields of an order, as its first event has them. */
async function sealedOf(orderId: string): Promise<{ paymentToken: string; shipTo: string }> {
  const codec = stack.registry.createCodec<Event>(journalOf('orders'));
  for (const records of (await recordsSince(journalOf('orders'))).values()) {
    for (const { value } of records) {
      const decoded = codec.decode(value);
      if (decoded.is !== 'value' || decoded.value.body.type !== 'OrderPlaced') continue;
      const { body } = decoded.value;
      if (body.orderId === orderId) return { paymentToken: body.paymentToken, shipTo: body.shipTo ?? '' };
    }
  }
  throw new Error(`${orderId} was not placed`);
}

async function recordsSince(topic: string) {
  const reader = await createKafkajsLogReader({ ...testConnection(), topics: [topic] });
  const found = new Map<number, { key: Buffer | null; value: Buffer | null; headers: Buffer[] }[]>();
  for (const [partition, { end }] of await stack.log.offsetsOf(topic)) {
    const first = startedAt.get(topic)?.get(partition)?.end ?? 0n;
    const records = [];
    for await (const some of readPartition(reader, { topic, partition }, { first, end }))
      for (const one of some)
        records.push({ key: one.key, value: one.value, headers: one.headers.map(([, value]) => value) });
    found.set(partition, records);
  }
  await reader.close();
  return found;
}

async function topicBytes(topic: string): Promise<string> {
  const records = [...(await recordsSince(topic)).values()].flat();
  const parts = records
    .flatMap((one) => [one.key, one.value, ...one.headers])
    .filter((part) => part !== null);
  return Buffer.concat(parts).toString('latin1');
}

/** Every table, sorted, so that equal ledgers give equal texts. */
async function ledger(database: string): Promise<Map<string, string>> {
  const client = connectClickhouse({ url: stack.config.clickhouseUrl, database });
  const tables = await client.query({ query: 'SHOW TABLES', format: 'TabSeparated' });
  const texts = new Map<string, string>();
  for (const table of (await tables.text()).trim().split('\n')) {
    const rows = await client.query({ query: `SELECT * FROM ${table}`, format: 'JSONEachRow' });
    texts.set(table, (await rows.text()).trim().split('\n').toSorted().join('\n'));
  }
  await client.close();
  return texts;
}

/** Whether the sink has folded all partitions of both journals up to then. */
async function isCompleteUntil(database: string, atMs: number): Promise<boolean> {
  const client = connectClickhouse({ url: stack.config.clickhouseUrl, database });
  try {
    for (const journal of ['orders', 'stock'] as const) {
      const untilMs = await completeUntilMs(beginAsking(client), stack.config.partitions, journal);
      if (untilMs === null || untilMs < atMs) return false;
    }
    return true;
  } finally {
    await client.close();
  }
}

/** A process that has just started, as the payments worker opens fields. */
async function openAfresh(owner: SealedFieldOwner, sealed: string): Promise<string> {
  const { log, registry } = stack;
  const opener = await openFields({
    log,
    registry,
    secret: stack.config.customerKeySecret,
    openReader: () => createKafkajsLogReader({ ...testConnection(), topics: [customersKeysTopic] }),
    onHalted: (error) => {
      throw error;
    },
  });
  try {
    return await opener.open(owner, sealed);
  } finally {
    await opener.close();
  }
}

const ledgerTables = ['orders', 'payments', 'order_lines'];
const asked = { store, by: 'tester', reason: 'he asked' };
const withoutEtag = ({ status, json }: Got): unknown => [status, json];

test('an erased customer stays erased when everything is rebuilt, and the books do not change', async () => {
  const bought = await place('c-erase', 'tok_ok', 'confirmed');
  const declined = await place('c-erase', token, 'declined');
  const kept = await place('c-keep', 'tok_ok', 'confirmed');
  await call('POST', `${bought}/refunds`, { body: { amountMinor: 100, currency: 'GBP' } });
  const refunded = (order: Record<string, unknown>): boolean =>
    (order['payment'] as { refundedMinor: number }).refundedMinor === 100;
  await orderThat(call, bought, refunded);

  // while an authorization may still be sent, the token is needed
  const waiting = await place('c-open', 'tok_action_never', 'authorizing');
  const open = { ...asked, customerId: 'c-open', dryRun: false };
  await expect(eraseCustomer(erasure, open)).rejects.toThrow(TokenStillNeeded);
  await expect(eraseCustomer(erasure, open)).rejects.toThrow(idOf(waiting));
  await expect(eraseCustomer(erasure, { ...open, customerId: 'c-nobody' })).rejects.toThrow(UnknownCustomer);
  await call('POST', `${waiting}/cancel`, { body: { reason: 'changed-mind' } });
  await orderThat(call, waiting, ({ status }) => status === 'cancelled');
  expect((await eraseCustomer(erasure, open)).keysLeft).toEqual([]);

  const [sealed, tokenOfDeclined, sealedOfKept] = [
    await sealedOf(idOf(bought)),
    await sealedOf(idOf(declined)),
    await sealedOf(idOf(kept)),
  ];
  const shipTo: SealedFieldOwner = { store, customerId: 'c-erase', field: 'shipTo' };
  const method: SealedFieldOwner = { ...shipTo, field: 'paymentToken' };
  const mine = { ...asked, customerId: 'c-erase' };
  const dry = await eraseCustomer(erasure, { ...mine, dryRun: true });
  expect(dry).toMatchObject({
    orders: 2,
    keys: [{ keyId: keyIdOf(sealed.shipTo) }],
    effectId: null,
    keysLeft: null,
  });
  expect(await openAfresh(shipTo, sealed.shipTo)).toContain(address.name);
  expect(await openAfresh(method, tokenOfDeclined.paymentToken)).toBe(token);

  const books = async (): Promise<unknown> => {
    const got = await Promise.all(
      [bought, declined, kept, waiting, '/v1/stock/MUG'].map((path) => call('GET', path)),
    );
    return got.map(withoutEtag);
  };
  const booksBefore = JSON.stringify(await books());
  const taggedBefore = await call('GET', bought);
  const report = await eraseCustomer(erasure, { ...mine, dryRun: false });
  expect(report).toMatchObject({
    orders: 2,
    keys: dry.keys,
    keysLeft: [],
    keysMadeMeanwhile: [],
    fieldsUnderMasterKey: 0,
  });
  expect(report.ciphertextRecords[journalOf('orders')]).toBeGreaterThanOrEqual(3);

  expect(await topicBytes(auditTopic)).toContain(report.effectId);

  // the running API knows, and the copy somebody holds is not current any more
  const tag = /"etag","([^"\\]*(?:\\.[^"\\]*)*)"/.exec(taggedBefore.text)?.[1]?.replaceAll('\\"', '"') ?? '';
  expect(tag).toMatch(/^"\d+\.\d+"$/);
  await orderThat(call, bought, ({ personalData }) => personalData === 'erased');
  expect((await call('GET', bought, { headers: { 'If-None-Match': tag } })).status).toBe(200);

  // all that is folded is wiped and folded again, every process is another
  const nowMs = Date.now();
  await until(
    () => isCompleteUntil(before, nowMs),
    () => 'the first ledger',
  );
  const redis = new Redis(stack.config.redisUrl);
  await redis.flushall();
  for (const start of orderRoles) await begin(start.name, start);
  await begin('payments', startPayments);
  await begin('sink', sinkInto(rebuilt));
  await beginApi();
  await orderThat(call, kept, ({ status }) => status === 'confirmed');
  await orderThat(call, bought, ({ status }) => status === 'confirmed');
  expect(JSON.stringify(await books())).toBe(
    booksBefore.replaceAll(/("customerId":"c-erase","personalData":)"sealed"/g, '$1"erased"'),
  );
  expect(booksBefore).toContain('"customerId":"c-erase","personalData":"sealed"');
  const rowsOf = (all: ReadonlyMap<string, string>, table: string): string[] =>
    (all.get(table) ?? '').split('\n').filter((row) => row.includes(store));
  const first = await ledger(before);
  let last = await ledger(rebuilt);
  const isRefed = async (): Promise<boolean> => {
    last = await ledger(rebuilt);
    return ledgerTables.every((table) => rowsOf(last, table).length >= rowsOf(first, table).length);
  };
  await until(isRefed, () => 'the second ledger');
  for (const table of ledgerTables)
    expect([table, rowsOf(last, table)]).toEqual([table, rowsOf(first, table)]);

  // nobody opens what was his; the others' still opens
  await expect(openAfresh(shipTo, sealed.shipTo)).rejects.toThrow(KeyErased);
  await expect(openAfresh(method, tokenOfDeclined.paymentToken)).rejects.toThrow(KeyErased);
  expect(await openAfresh({ ...shipTo, customerId: 'c-keep' }, sealedOfKept.shipTo)).toContain(address.name);
  const reader = await createKafkajsLogReader({ ...testConnection(), topics: [customersKeysTopic] });
  const newest = new Map<string, unknown>();
  for await (const { key: at, value } of readKeys(stack, reader)) newest.set(at ?? '', value);
  await reader.close();
  expect([newest.has(keyIdOf(sealed.shipTo)), newest.get(keyIdOf(sealed.shipTo))]).toEqual([true, null]);

  // who orders again is a new customer to us
  const again = await place('c-erase', 'tok_ok', 'confirmed');
  const sealedAgain = await sealedOf(idOf(again));
  expect(keyIdOf(sealedAgain.shipTo)).not.toBe(keyIdOf(sealed.shipTo));
  expect(await openAfresh(shipTo, sealedAgain.shipTo)).toContain(address.name);
  expect((await call('GET', again)).json['personalData']).toBe('sealed');

  const places = new Map<string, string>([
    ['Redis', await dumpRedis(redis)],
    ['ClickHouse', JSON.stringify([...first, ...last])],
    ['answers', answers.join('\n')],
    ['logs', lines.join('\n')],
  ]);
  redis.disconnect();
  for (const topic of topics) places.set(topic, await topicBytes(topic));
  for (const at of ['orders.commands.v1', 'orders.events.v1', 'Redis', 'ClickHouse', 'answers'])
    expect([at, places.get(at)?.includes(idOf(bought))]).toEqual([at, true]);
  const secrets = [token, address.name, address.line1, mark].flatMap((secret) => [
    secret,
    Buffer.from(secret)
      .toString('base64')
      .replace(/.{0,2}=*$/, ''),
    Buffer.from(secret).toString('hex'),
  ]);
  const scan = createSecretScan(secrets);
  expect([...places].filter(([, text]) => scan(text, false) !== null).map(([at]) => at)).toEqual([]);
});
