import { checkBroker } from '../../infra/clients/check-topics.ts';
import { createJournalConsumer } from '../../infra/clients/journal-consumer.ts';
import type { KafkaConnection } from '../../infra/clients/kafkajs/hardened-kafkajs.ts';
import { createKafkajsGroup } from '../../infra/clients/kafkajs/kafkajs-group.ts';
import { createKafkajsLog } from '../../infra/clients/kafkajs/kafkajs-log.ts';
import { connectRedis, redisReady } from '../../infra/clients/redis.ts';
import type { StartRole } from '../../infra/clients/run-role.ts';
import { connectSchemaRegistry } from '../../infra/clients/schema-registry.ts';
import { orderDocuments } from './order-documents.ts';
import { createRedisView } from './redis-view.ts';
import type { OrderEvent } from './order-view.ts';
import type { StockEvent } from './stock-view.ts';
import { refuseEviction } from './refuse-eviction.ts';
import { stockDocuments } from './stock-documents.ts';
import { createViewFold } from './view-fold.ts';

/** 20 ms of latency for half the CPU (performance.md §2, Pacing). */
const pacing = { minBytes: 65_536, maxWaitMs: 20 };
const redisWithinMs = 30_000;

/** The members of this group share out the views' partitions. */
const viewsGroup = 'millrace.views';

/** Starts the writer of the Redis views: orders and stock. Rejects if topics, schemas or Redis are not as it needs them. */
export const startViews: StartRole = async ({ config, logger, instanceId }) => {
  const connection: KafkaConnection = {
    brokers: config.kafkaBrokers,
    clientId: `views-${instanceId}`,
    logger,
  };
  await checkBroker(connection, config.partitions);
  const registry = await connectSchemaRegistry({ url: config.registryUrl, logger });
  const redis = connectRedis({ url: config.redisUrl, logger });
  await redisReady(redis, redisWithinMs);
  await refuseEviction(redis);
  const log = await createKafkajsLog(connection);
  const consumer = createJournalConsumer({
    journals: [
      {
        codec: registry.createCodec<OrderEvent>(orderDocuments.topic),
        fold: createViewFold(createRedisView(redis, orderDocuments)),
      },
      {
        codec: registry.createCodec<StockEvent>(stockDocuments.topic),
        fold: createViewFold(createRedisView(redis, stockDocuments)),
      },
    ],
    createGroup: (member) =>
      createKafkajsGroup(
        {
          ...connection,
          groupId: viewsGroup,
          topics: [orderDocuments.topic, stockDocuments.topic],
          instanceId,
          pacing,
          sessionTimeoutMs: config.sessionTimeoutMs,
        },
        member,
      ),
    log,
    askForWriter: registry.learnWriter,
    logger,
    onFatal: (error) =>
      queueMicrotask(() => {
        throw error; // ends the process: its consumer is dead
      }),
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
