import { randomBytes, randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSecretScan } from '../../infra/audit/secret-scan.ts';
import { connectClickhouse } from '../../infra/clients/clickhouse.ts';
import { createKafkajsLogReader } from '../../infra/clients/kafkajs/kafkajs-log-reader.ts';
import type { Log, OffsetRange } from '../../infra/clients/log.ts';
import { readPartition } from '../../infra/clients/read-partition.ts';
import type { StartRole } from '../../infra/clients/run-role.ts';
import { testConnection, until } from '../../infra/clients/testing/test-kafka.ts';
import { dumpRedis } from '../../processors/views/testing/dump-redis.ts';
import { topicCatalogue } from '../../schemas/topic-catalogue.ts';
import { type RunningApi, startApi } from '../start.ts';
import { type ApiStack, orderAndMoneyRoles, startApiStack } from '../testing/api-stack.ts';
import { createCaller, dropDatabase, type Got, orderThat, sinkInto } from '../testing/caller.ts';

const store = `S-${randomUUID().slice(0, 8)}`;
const database = `traces_${randomUUID().replaceAll('-', '')}`;
const mark = randomBytes(8).toString('hex');
/** Nobody issued it: the provider declines it. */
const token = `tok_canary_${mark}`;
/** The provider does by it what it says, so it comes there as it was sent. */
const workingToken = 'tok_capture_lost_reply';
const name = `Ada Canary ${mark}`;
/** A test number of Mastercard. */
const card = '5555341244441115';
const topics = topicCatalogue.map((spec) => spec.name);

/** Every line that any role logs, at the lowest level. */
const lines: string[] = [];
const overheard =
  (start: StartRole): StartRole =>
  (context) =>
    start({ ...context, logger: pino({ level: 'trace' }, { write: (line) => void lines.push(line) }) });

const fault: { append: ((appends: Parameters<Log['append']>[0]) => ReturnType<Log['append']>) | null } = {
  append: null,
};
const answers: string[] = [];
let stack: ApiStack;
let api: RunningApi;
let key = '';
let before: ReadonlyMap<string, ReadonlyMap<number, OffsetRange>>;
const caller = createCaller(
  () => api.port,
  () => key,
);
const call: typeof caller = async (...args) => {
  const got = await caller(...args);
  answers.push(got.text);
  return got;
};

const offsets = async (): Promise<typeof before> =>
  new Map(await Promise.all(topics.map(async (topic) => [topic, await stack.log.offsetsOf(topic)] as const)));

beforeAll(async () => {
  stack = await startApiStack([...orderAndMoneyRoles, sinkInto(database)].map(overheard));
  before = await offsets();
  const wrapLog = (log: Log): Log => ({
    ...log,
    append: (appends) => fault.append?.(appends) ?? log.append(appends),
  });
  await stack.startRole(
    overheard(async (context) => {
      api = await startApi(context, { wrapLog });
      return api;
    }),
  );
  await stack.putStore(store, ['GBP']);
  key = await stack.putKey(store, ['orders:read', 'orders:write', 'catalogue:write', 'stock:write']);
  await until(async () => (await caller('GET', '/v1/orders')).status === 200);
  const prices = [{ currency: 'GBP', unitPriceMinor: 500 }];
  const put = await call('PUT', '/v1/catalogue/MUG', { body: { name: 'Mug', prices } });
  expect((await call('GET', put.location)).status).toBe(200);
  await call('POST', '/v1/stock/MUG/movements', { body: { type: 'receive', quantity: 100 } });
});

afterAll(async () => {
  await api?.stop();
  await stack?.stop();
  if (stack) await dropDatabase(stack.config.clickhouseUrl, database);
});

const address = { name, line1: '1 Mill Lane', city: 'Leeds', postalCode: 'LS1 4AB', country: 'GB' };
const order = {
  customerId: 'c-1',
  currency: 'GBP',
  lines: [{ sku: 'MUG', quantity: 2 }],
  paymentToken: token,
  shipTo: address,
};
const place = (body: unknown, headers: Record<string, string> = {}): Promise<Got> =>
  call('POST', '/v1/orders', { body, headers });
const problemOf = ({ status, json }: Got): unknown => [status, String(json['type']).split('/').at(-1)];

/** What stands in these topics since the test began, bytes as characters, headers too. */
async function topicBytes(): Promise<Map<string, string>> {
  const ends = await offsets();
  const reader = await createKafkajsLogReader({ ...testConnection(), topics });
  const found = new Map<string, string>();
  for (const topic of topics) {
    const parts: Buffer[] = [];
    for (const [partition, { end }] of ends.get(topic) ?? []) {
      const first = before.get(topic)?.get(partition)?.end ?? 0n;
      for await (const records of readPartition(reader, { topic, partition }, { first, end })) {
        for (const record of records) {
          const pieces = [
            record.key,
            record.value,
            ...record.headers.flatMap(([at, value]) => [Buffer.from(at), value]),
          ];
          parts.push(...pieces.filter((piece) => piece !== null));
        }
      }
    }
    found.set(topic, Buffer.concat(parts).toString('latin1'));
  }
  await reader.close();
  return found;
}

async function clickhouseText(): Promise<string> {
  const client = connectClickhouse({ url: stack.config.clickhouseUrl, database: database });
  const tables = await client.query({ query: 'SHOW TABLES', format: 'TabSeparated' });
  const texts: string[] = [];
  for (const table of (await tables.text()).trim().split('\n')) {
    const rows = await client.query({ query: `SELECT * FROM ${table}`, format: 'JSONEachRow' });
    texts.push(await rows.text());
  }
  await client.close();
  return texts.join('\n');
}

test('trap 26: card data in logs, topics, spans: tokens and addresses are sealed, card numbers stop at the door', async () => {
  // through the whole pipeline: declined, and confirmed after a lost reply
  const declined = await place(order);
  const bought = await place({ ...order, paymentToken: workingToken });
  expect([declined.status, bought.status]).toEqual([202, 202]);
  const pathOf = ({ json }: Got): string => `/v1/orders/${String(json['orderId'])}`;
  await orderThat(call, pathOf(declined), ({ status }) => status === 'declined');
  await orderThat(call, pathOf(bought), ({ status }) => status === 'confirmed');
  await call('POST', `${pathOf(bought)}/refunds`, { body: { amountMinor: 1, currency: 'GBP' } });
  await orderThat(
    call,
    pathOf(bought),
    ({ payment }) => (payment as { refundedMinor: number }).refundedMinor === 1,
  );
  const { text } = await call('GET', `${pathOf(bought)}?expand=events,payment,holds,lineage`);
  expect(text).toContain('PaymentUnknown');

  // refused, broken off, and out of order: what is wrong is told without what was sent
  const withCard = { ...order, shipTo: { ...address, name: `${name} ${card}` } };
  expect(problemOf(await place(withCard))).toEqual([422, 'card-data-forbidden']);
  expect(problemOf(await place({ ...order, paymentToken: card }))).toEqual([422, 'card-data-forbidden']);
  expect(problemOf(await place({ ...order, card: { number: card, cvc: '987' } }))).toEqual([
    422,
    'card-data-forbidden',
  ]);
  expect(problemOf(await place({ ...order, paymentToken: `${token} ${mark}` }))).toEqual([
    422,
    'validation-failed',
  ]);
  expect(problemOf(await place(`{"paymentToken":"${token}","shipTo":"${card}"`))).toEqual([
    400,
    'malformed-json',
  ]);
  expect((await place(order, { 'Request-Id': card, 'Idempotency-Key': card })).status).toBe(202);
  expect((await call('GET', `/v1/orders/${card}`)).status).toBeGreaterThanOrEqual(400);
  expect((await call('GET', `/v1/orders?customerId=${card}&${token}=${card}`)).status).toBe(400);
  expect((await call('GET', '/v1/orders', { key: card })).status).toBe(401);
  fault.append = (appends) =>
    Promise.resolve(appends.map(() => ({ is: 'unknown', error: new Error('the test says so') })));
  expect((await place(order)).status).toBe(503);
  fault.append = null;

  const orderId = String(bought.json['orderId']);
  // the journal has orders of other tests before this one
  const isFolded = (row: string): boolean => row.includes(orderId) && row.includes('RefundRecorded');
  await until(async () => (await clickhouseText()).split('\n').some(isFolded), clickhouseText);
  const redis = new Redis(stack.config.redisUrl);
  const places = new Map([
    ...(await topicBytes()),
    ['Redis', await dumpRedis(redis)],
    ['ClickHouse', await clickhouseText()],
    ['answers', answers.join('\n')],
    ['logs', lines.join('\n')],
  ]);
  redis.disconnect();

  // each was looked into: the order, its sealed fields, the lines of those who met the secrets
  for (const at of ['orders.commands.v1', 'orders.events.v1', 'Redis', 'ClickHouse', 'answers', 'logs'])
    expect([at, places.get(at)?.includes(orderId)]).toEqual([at, true]);
  for (const at of ['orders.commands.v1', 'orders.events.v1'])
    expect(places.get(at)).toMatch(/v1\.[\w-]{22}\.[\w-]{16}\./);
  expect(places.get('customers.keys.v1')).toContain(order.customerId);
  expect(places.get('logs')).toContain('request refused');
  expect(places.get('logs')).toContain('request failed');
  expect(places.get('logs')).toContain('no answer of the provider yet');

  const secrets = [token, workingToken, name, mark, card].flatMap((secret) => [
    secret,
    Buffer.from(secret)
      .toString('base64')
      .replace(/.{0,2}=*$/, ''),
    Buffer.from(secret).toString('hex'),
  ]);
  const scan = createSecretScan(secrets);
  expect([...places].filter(([, found]) => scan(found, false) !== null).map(([at]) => at)).toEqual([]);
});
