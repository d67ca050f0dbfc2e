import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiStack, startApiStack } from '../../api/testing/api-stack.ts';
import { startStock } from '../../processors/stock/start.ts';
import { startViews } from '../../processors/views/start.ts';
import type { Command, CommandBody } from '../../schemas/generated/stock-commands.ts';
import { holdIdOf, orderIdOf, skuKeyOf } from '../../schemas/ids.ts';
import { partitionOf } from '../../schemas/murmur2.ts';
import { inboxOf } from '../../schemas/topic-catalogue.ts';
import { until } from '../clients/testing/test-kafka.ts';
import type { Difference } from './difference.ts';
import { runStockCheck } from './run-stock-check.ts';

const store = `C-${randomUUID().slice(0, 8)}`;
const sku = 'MUG';
const key = skuKeyOf(store, sku);
const orderId = orderIdOf(store, 'nobody');
const holdId = holdIdOf(orderId, sku);
let stack: ApiStack;

beforeAll(async () => {
  stack = await startApiStack([startStock, startViews]);
});

afterAll(() => stack?.stop());

async function send(...bodies: readonly CommandBody[]): Promise<void> {
  const codec = stack.registry.createCodec<Command>(inboxOf('stock'));
  const records = bodies.map((body) => ({
    key,
    value: codec.encode({ store, commandId: null, fingerprint: null, requestId: null, body }),
  }));
  const partition = partitionOf(key, 4);
  const [outcome] = await stack.log.append([{ topic: inboxOf('stock'), partition, records }]);
  expect(outcome?.is).toBe('appended');
}

/** The differences of this test's SKU: others write to the same topics. */
async function check(repairs: (one: Difference) => boolean = () => false) {
  const { differences, repaired, ...counts } = await runStockCheck({
    config: stack.config,
    logger: pino({ level: 'silent' }),
    repairs: (one) => one.key === key && repairs(one),
    actor: 'operator:tests',
  });
  return { counts, repaired, differences: differences.filter((one) => one.key === key) };
}

test('finds a hold of no order, gives it back when asked to, and finds nothing then', async () => {
  await send({ type: 'ReceiveStock', sku, quantity: 10, reason: 'opening' });
  await send({ type: 'PlaceHold', holdId, orderId, customerId: 'c-1', sku, quantity: 4, untilMs: 0 });
  await until(async () => (await check()).differences.length > 0);
  const found = await check();
  expect(found.differences).toMatchObject([{ class: 'hold-of-no-order', about: holdId }]);
  expect(found.counts.documents).toBeGreaterThan(0);

  const mended = await check(() => true);
  expect(mended.repaired).toEqual(mended.differences);
  await until(async () => (await check()).differences.length === 0);
});
