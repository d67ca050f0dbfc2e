import { systemClock } from '../../infra/clients/clock.ts';
import { openJournalRole } from '../../infra/clients/journal-role.ts';
import { systemRandom } from '../../infra/clients/random.ts';
import { connectRedis, redisReady } from '../../infra/clients/redis.ts';
import type { StartRole } from '../../infra/clients/run-role.ts';
import { orderDocuments } from './order-documents.ts';
import { createRedisView } from './redis-view.ts';
import { createRedisViewStore } from './redis-view-store.ts';
import type { OrderEvent } from './order-view.ts';
import type { StockEvent } from './stock-view.ts';
import { refuseEviction } from './refuse-eviction.ts';
import { stockDocuments } from './stock-documents.ts';
import { createViewFold } from './view-fold.ts';

/** 20 ms of latency for half the CPU (performance.md §2, Pacing). */
const pacing = { minBytes: 65_536, maxWaitMs: 20 };
const redisWithinMs = 30_000;

/** Starts the writer of the Redis views: orders and stock. Rejects if topics, schemas or Redis are not as it needs them. */
export const startViews: StartRole = async (context) => {
  const { config, logger } = context;
  const { registry, log, createConsumer } = await openJournalRole('views', context);
  const redis = connectRedis({ url: config.redisUrl, logger });
  await redisReady(redis, redisWithinMs);
  await refuseEviction(redis);
  const surroundings = { store: createRedisViewStore(redis), clock: systemClock, random: systemRandom };
  const consumer = createConsumer({
    pacing,
    journals: [
      {
        codec: registry.createCodec<OrderEvent>(orderDocuments.topic),
        fold: createViewFold(createRedisView(surroundings, orderDocuments)),
      },
      {
        codec: registry.createCodec<StockEvent>(stockDocuments.topic),
        fold: createViewFold(createRedisView(surroundings, stockDocuments)),
      },
    ],
  });
  await consumer.start();
  return {
    readiness: () => consumer.readiness(),
    async stop() {
      await consumer.stop();
      await log.close();
      redis.disconnect();
    },
  };
};
