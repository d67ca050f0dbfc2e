import { connectClickhouse } from '../../infra/clients/clickhouse.ts';
import { openJournalRole } from '../../infra/clients/journal-role.ts';
import type { StartRole } from '../../infra/clients/run-role.ts';
import type { Event } from '../../schemas/generated/orders-events.ts';
import type { Event as StockEvent } from '../../schemas/generated/stock-events.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import { createClickhouseLedger } from './clickhouse-ledger.ts';
import { describeDifferences } from './describe-differences.ts';
import { createLedgerFold, createStockLedgerFold, type LedgerFoldOptions } from './ledger-fold.ts';
import { createDatabase, migrate } from './migrate.ts';
import { createSinkMetrics } from './sink-metrics.ts';
import { clickhouseLink } from '../../infra/clients/links.ts';

/** Reports wait for a whole block anyway: fewer, larger fetches (performance.md §2, Pacing). */
const pacing = { minBytes: 65_536, maxWaitMs: 100 };

/**
 * Starts the ClickHouse sink; creates and migrates its tables first. Rejects if topics, schemas or ClickHouse are not
 * as it needs them; once started it waits for whatever goes away.
 */
export const startSink: StartRole = async (context) => {
  const { config, logger, metrics } = context;
  const { registry, log, createConsumer } = await openJournalRole('sink', context);
  const link = clickhouseLink(config);
  await createDatabase(link);
  const clickhouse = connectClickhouse(link);
  const applied = await migrate(clickhouse);
  if (applied.length > 0) logger.info({ applied }, 'tables migrated');
  const counted = createSinkMetrics(metrics);
  const options: LedgerFoldOptions = {
    ledger: createClickhouseLedger(clickhouse),
    rule: { intervalMs: config.flushIntervalMs, rowsMax: config.blockRowsMax },
    isCatchingUp: true,
    onBlock: counted.onBlock,
    onDifferences(at, minutes, differences) {
      counted.onDifferences(at, minutes, differences);
      logger.warn(describeDifferences(at, minutes, differences), 'sales_by_minute differed and is mended');
    },
  };
  const consumer = createConsumer({
    pacing,
    journals: [
      { codec: registry.createCodec<Event>(journalOf('orders')), fold: createLedgerFold(options) },
      { codec: registry.createCodec<StockEvent>(journalOf('stock')), fold: createStockLedgerFold(options) },
    ],
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
