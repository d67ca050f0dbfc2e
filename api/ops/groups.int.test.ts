import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type GroupLag, groupLagSchema } from '../../infra/clients/lag/partition-lag.ts';
import { until } from '../../infra/clients/testing/test-kafka.ts';
import { startStock } from '../../processors/stock/start.ts';
import { startViews } from '../../processors/views/start.ts';
import { partitionOf } from '../../schemas/murmur2.ts';
import { skuKeyOf } from '../../schemas/ids.ts';
import { inboxOf } from '../../schemas/topic-catalogue.ts';
import { type ApiStack, startApiStack } from '../testing/api-stack.ts';

const store = 'lag';
let stack: ApiStack;
let url: string;
let ops: string;
let writer: string;
beforeAll(async () => {
  stack = await startApiStack([]);
  const { port } = await stack.startApi();
  url = `http://127.0.0.1:${port}`;
  await stack.putStore(store, ['GBP']);
  ops = await stack.putKey(store, ['ops:read']);
  writer = await stack.putKey(store, ['stock:write']);
  await until(async () => (await get(ops, '/v1/ops/groups')).status === 200);
});
afterAll(() => stack.stop());

const get = (key: string, path: string): Promise<Response> =>
  fetch(url + path, { headers: { authorization: `Bearer ${key}` } });
const groupNow = async (name: string): Promise<GroupLag> =>
  groupLagSchema.strict().parse(await (await get(ops, `/v1/ops/groups/${name}`)).json());

let received = 0;
async function receive(sku: string): Promise<void> {
  const response = await fetch(`${url}/v1/stock/${sku}/movements`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${writer}`,
      'content-type': 'application/json',
      'idempotency-key': `lag-${(received += 1)}`,
    },
    body: JSON.stringify({ type: 'receive', quantity: 1 }),
  });
  if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`);
}

test('a group that nobody has joined has no members, no owners, and what stands in its inbox waits', async () => {
  const sku = 'LAG-1';
  const partition = partitionOf(skuKeyOf(store, sku), 4);
  const before = await groupNow('stock');
  await receive(sku);
  await until(async () => (await groupNow('stock')).lagRecords === (before.lagRecords ?? 0) + 1);
  const { members, partitions } = await groupNow('stock');
  expect([members, partitions[partition]?.owner]).toEqual([0, null]);
  const first = partitions[partition]?.lagSeconds ?? 0;
  await until(async () => ((await groupNow('stock')).partitions[partition]?.lagSeconds ?? 0) > first);
});

test('once it runs, its lag falls to 0; stopped again, it grows though nobody reports it', async () => {
  const roles = [await stack.startRole(startStock), await stack.startRole(startViews)];
  await until(async () => {
    const [stock, views] = await Promise.all([groupNow('stock'), groupNow('views')]);
    return stock.lagRecords === 0 && stock.lagSeconds === 0 && views.lagRecords === 0;
  });
  // the group's commits may still tell of an owner before, and come once a second
  await until(async () =>
    (await groupNow('stock')).partitions.every(
      (each) => each.owner !== null && each.lastTakeOver?.owner === each.owner,
    ),
  );
  const { members, partitions } = await groupNow('stock');
  const owner = partitions[0]?.owner;
  expect(members).toBe(1);
  expect(owner).toMatch(/^role-/);
  for (const each of partitions) {
    expect(each.lastTakeOver).toMatchObject({
      owner,
      at: expect.any(String),
      durationMs: expect.any(Number),
    });
    expect(each.owner).toBe(owner);
    expect(each.position).toMatch(new RegExp(`^${each.partition}\\.\\d+$`));
  }
  const views = await groupNow('views');
  expect(views.partitions.map(({ topic }) => topic)).toEqual(
    ['orders.events.v1', 'stock.events.v1'].flatMap((topic) => [topic, topic, topic, topic]),
  );

  await Promise.all(roles.map((role) => role.stop()));
  let left = -1; // Ticks it had written and not read any more, as the log has them now
  await until(async () => {
    const { members, lagRecords, partitions: now } = await groupNow('stock');
    const ends = await stack.log.offsetsOf(inboxOf('stock'));
    left = lagRecords ?? -1;
    return members === 0 && now.every((of) => BigInt(of.endOffset ?? -1) === ends.get(of.partition)?.end);
  });
  await receive('LAG-2');
  await until(async () => (await groupNow('stock')).lagRecords === left + 1);
  expect((await groupNow('stock')).partitions.map((each) => each.owner)).toEqual([null, null, null, null]);
});

test('views are unknown while Redis is away, never 0; the rest is told', async () => {
  const { lagRecords } = await groupNow('stock');
  expect(lagRecords).toBeGreaterThan(0);
  await stack.stopRedis();
  await until(async () => (await groupNow('views')).lagRecords === null);
  expect((await groupNow('views')).lagSeconds).toBeNull();
  expect((await groupNow('stock')).lagRecords).toBe(lagRecords);
  await stack.startRedis();
  await until(async () => (await groupNow('views')).lagRecords !== null);
});

test('wants the scope ops:read, and knows its groups', async () => {
  expect((await get(writer, '/v1/ops/groups')).status).toBe(403);
  expect((await get(ops, '/v1/ops/groups/nobody')).status).toBe(400);
  const all = z
    .object({ data: z.array(groupLagSchema) })
    .parse(await (await get(ops, '/v1/ops/groups')).json());
  expect(all.data.map(({ group }) => group)).toEqual([
    'orders',
    'stock',
    'catalogue',
    'payments',
    'views',
    'sink',
  ]);
});
