import { checkBroker } from '../../infra/clients/check-topics.ts';
import { connectClickhouse } from '../../infra/clients/clickhouse.ts';
import { createJournalConsumer } from '../../infra/clients/journal-consumer.ts';
import type { KafkaConnection } from '../../infra/clients/kafkajs/hardened-kafkajs.ts';
import { createKafkajsGroup } from '../../infra/clients/kafkajs/kafkajs-group.ts';
import { createKafkajsLog } from '../../infra/clients/kafkajs/kafkajs-log.ts';
import type { StartRole } from '../../infra/clients/run-role.ts';
import { connectSchemaRegistry } from '../../infra/clients/schema-registry.ts';
import type { Event } from '../../schemas/generated/orders-events.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import { createClickhouseLedger } from './clickhouse-ledger.ts';
import { createLedgerFold } from './ledger-fold.ts';
import { createDatabase, migrate } from './migrate.ts';
import { createSinkMetrics } from './sink-metrics.ts';

/** Reports wait for a whole block anyway: fewer, larger fetches (performance.md §2, Pacing). */
const pacing = { minBytes: 65_536, maxWaitMs: 100 };

/** The members of this group share out the partitions of the orders journal. */
export const sinkGroup = 'millrace.sink';

/**
 * Starts the ClickHouse sink; creates and migrates its tables first. Rejects if topics, schemas or ClickHouse are not
 * as it needs them; once started it waits for whatever goes away.
 */
export const startSink: StartRole = async ({ config, logger, metrics, instanceId }) => {
  const connection: KafkaConnection = {
    brokers: config.kafkaBrokers,
    clientId: `sink-${instanceId}`,
    logger,
  };
  const topic = journalOf('orders');
  await checkBroker(connection, config.partitions);
  const registry = await connectSchemaRegistry({ url: config.registryUrl, logger });
  await createDatabase(config.clickhouseUrl, config.clickhouseDatabase);
  const clickhouse = connectClickhouse(config.clickhouseUrl, config.clickhouseDatabase);
  const applied = await migrate(clickhouse);
  if (applied.length > 0) logger.info({ applied }, 'tables migrated');
  const log = await createKafkajsLog(connection);
  const consumer = createJournalConsumer({
    journals: [
      {
        codec: registry.createCodec<Event>(topic),
        fold: createLedgerFold({
          ledger: createClickhouseLedger(clickhouse),
          rule: { intervalMs: config.flushIntervalMs, rowsMax: config.blockRowsMax },
          onBlock: createSinkMetrics(metrics),
        }),
      },
    ],
    createGroup: (member) =>
      createKafkajsGroup(
        {
          ...connection,
          groupId: sinkGroup,
          topics: [topic],
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
      await Promise.all([log.close(), clickhouse.close()]);
    },
  };
};
