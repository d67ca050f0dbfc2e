import { Redis } from 'ioredis';
import { createTopicCodec } from '../../../schemas/topic-codec.ts';
import type { CommandEnvelope, EventEnvelope } from '../../../schemas/envelope.ts';
import type { EventBody } from '../../../schemas/generated/orders-events.ts';
import type { PlaceOrder } from '../../../schemas/generated/orders-commands.ts';
import type { ReceiveStock } from '../../../schemas/generated/stock-commands.ts';
import { skuKeyOf } from '../../../schemas/ids.ts';
import { partitionOf } from '../../../schemas/murmur2.ts';
import { orderKeys, stockKeys } from '../../../schemas/redis-keys.ts';
import type { StockView } from '../../../schemas/stock-view.ts';
import { connectSchemaRegistry } from '../../clients/schema-registry.ts';
import type { Arm, Block } from './arm.ts';
import { silent } from './block-engines.ts';
import { startBenchProcess } from './engine-process.ts';
import { preload } from './preload.ts';
import {
  benchStore,
  createOrderSource,
  orderedUnits,
  receiveAllStock,
  type SagaLiteWorkload,
  sagaLitePartitions,
} from './workload.ts';

const partitions = Array.from({ length: sagaLitePartitions }, (_, partition) => partition);
/** The program of its processes: the roles, then `args`. */
export interface MillraceEngine {
  readonly file: URL;
  readonly args: readonly string[];
}

const production: MillraceEngine = { file: new URL('./millrace-engine.ts', import.meta.url), args: [] };

/** Millrace itself: its production roles over a real broker, registry and Redis. */
export function createMillraceArm(workload: SagaLiteWorkload, engine = production): Arm {
  const order = createOrderSource(workload);
  let orders = createTopicCodec<CommandEnvelope<PlaceOrder>>('orders.commands.v1', 0);
  let events = createTopicCodec<EventEnvelope<EventBody>>('orders.events.v1', 0);

  const start: Arm['start'] = ({ engines, shape }) => {
    const roles =
      shape === 'shared' ? ['orders,stock,payments', 'views'] : ['orders', 'stock', 'payments', 'views'];
    return roles.map((role) =>
      startBenchProcess(role, engine.file, [role, ...engine.args], engines.environment),
    );
  };

  return {
    name: 'millrace',
    start,
    async prepare(block) {
      const registryUrl = block.engines.environment['MILLRACE_REGISTRY_URL'] ?? '';
      const registry = await connectSchemaRegistry({ url: registryUrl, logger: silent });
      orders = registry.createCodec('orders.commands.v1');
      events = registry.createCodec('orders.events.v1');
      const stock = registry.createCodec<CommandEnvelope<ReceiveStock>>('stock.commands.v1');
      await preload(
        block.log,
        receiveAllStock(workload).map((command) => ({
          topic: 'stock.commands.v1',
          key: skuKeyOf(benchStore, command.body.sku),
          value: stock.encode(command),
        })),
      );
      const processes = start(block);
      await Promise.all(processes.map(({ ready }) => ready));
      await untilReceived(block, workload.skus);
      await Promise.all(processes.map((running) => running.leave()));
    },
    orderRecord(index) {
      const command = order(index);
      return { topic: 'orders.commands.v1', key: command.body.orderId, value: orders.encode(command) };
    },
    confirmed: (block) => withRedis(block, confirmedCount),
    confirmedBy(_, value) {
      const decoded = events.decode(value);
      if (decoded.is !== 'value' || decoded.value.body.type !== 'OrderConfirmed') return null;
      return Number(decoded.value.body.customerId.slice(2));
    },
    check: (block, count) => withRedis(block, (redis) => checkViews(redis, workload, count)),
  };
}

async function withRedis<T>({ engines }: Block, ask: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(engines.environment['MILLRACE_REDIS_URL'] ?? '');
  try {
    return await ask(redis);
  } finally {
    redis.disconnect();
  }
}

async function confirmedCount(redis: Redis): Promise<number> {
  const counts = await Promise.all(
    partitions.map((partition) => redis.zcard(orderKeys.byStatus(partition, benchStore, 'confirmed'))),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function untilReceived(block: Block, skus: number): Promise<void> {
  const deadline = Date.now() + 120_000;
  await withRedis(block, async (redis) => {
    for (;;) {
      const keys = await Promise.all(
        partitions.map((partition) => redis.keys(`${stockKeys.sku(partition, benchStore, '')}*`)),
      );
      if (keys.flat().length >= skus) return;
      if (Date.now() > deadline) throw new Error(`only ${keys.flat().length} of ${skus} SKUs received`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  });
}

async function checkViews(redis: Redis, workload: SagaLiteWorkload, count: number): Promise<void> {
  const placed = await Promise.all(
    partitions.map((partition) => redis.zcard(orderKeys.created(partition, benchStore))),
  );
  const total = placed.reduce((sum, orders) => sum + orders, 0);
  const confirmed = await confirmedCount(redis);
  if (total !== count || confirmed !== count)
    throw new Error(`${count} sent, ${total} placed, ${confirmed} confirmed`);
  const units = [...orderedUnits(workload, count)];
  const keys = units.map(([sku]) => {
    const partition = partitionOf(skuKeyOf(benchStore, sku), sagaLitePartitions);
    return stockKeys.sku(partition, benchStore, sku);
  });
  const levels = await redis.mget(keys);
  units.forEach(([sku, ordered], i) => {
    const level = JSON.parse(levels[i] ?? 'null') as StockView | null;
    if (level?.committed !== ordered || level.held !== 0) {
      throw new Error(`${sku}: ${ordered} ordered, ${level?.committed} sold, ${level?.held} held`);
    }
  });
}
