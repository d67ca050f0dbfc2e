import { systemClock } from '../../infra/clients/clock.ts';
import { openJournalRole } from '../../infra/clients/journal-role.ts';
import { systemRandom } from '../../infra/clients/random.ts';
import { connectRedis, redisReady } from '../../infra/clients/redis.ts';
import type { StartRole } from '../../infra/clients/run-role.ts';
import { readGenerations } from '../../infra/clients/view-generations.ts';
import { viewsGroupOf } from '../../schemas/consumer-groups.ts';
import type { ViewGeneration } from '../../schemas/redis-keys.ts';
import { createGenerationConsumers } from './generation-consumers.ts';
import { orderDocumentsOf } from './order-documents.ts';
import { createRedisView } from './redis-view.ts';
import { createRedisViewStore } from './redis-view-store.ts';
import type { OrderEvent } from './order-view.ts';
import type { StockEvent } from './stock-view.ts';
import { refuseEviction } from './refuse-eviction.ts';
import { stockDocumentsOf } from './stock-documents.ts';
import { createViewFold } from './view-fold.ts';
import { consumerPacing } from '../../infra/clients/consumer-pacing.ts';
import { redisLink } from '../../infra/clients/links.ts';

const redisWithinMs = 30_000;

/**
 * Starts the writer of the Redis views, orders and stock, in every generation that is kept. Rejects if topics, schemas
 * or Redis are not as it needs them.
 */
export const startViews: StartRole = async (context) => {
  const { config, logger } = context;
  const { registry, log, createConsumer } = await openJournalRole('views', context);
  const redis = connectRedis({ ...redisLink(config), logger });
  await redisReady(redis, redisWithinMs);
  await refuseEviction(redis);
  const surroundings = { store: createRedisViewStore(redis), clock: systemClock, random: systemRandom };
  const consumerOf = (generation: ViewGeneration) => {
    const orders = orderDocumentsOf(generation);
    const stock = stockDocumentsOf(generation);
    return createConsumer({
      pacing: consumerPacing(config),
      groupId: viewsGroupOf(generation),
      journals: [
        {
          codec: registry.createCodec<OrderEvent>(orders.topic),
          fold: createViewFold(createRedisView(surroundings, orders)),
        },
        {
          codec: registry.createCodec<StockEvent>(stock.topic),
          fold: createViewFold(createRedisView(surroundings, stock)),
        },
      ],
    });
  };
  const consumers = createGenerationConsumers({
    kept: async () => {
      const all = await readGenerations(redis, config.partitions);
      return new Set(all.flatMap(({ live, beside }) => (beside === null ? [live] : [live, beside])));
    },
    create: consumerOf,
    clock: systemClock,
    logger,
  });
  await consumers.start();
  return {
    readiness: () => consumers.readiness(),
    async stop() {
      await consumers.stop();
      await log.close();
      redis.disconnect();
    },
  };
};
