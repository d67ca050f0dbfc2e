import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import type { Event } from '../../schemas/generated/orders-events.ts';
import type { Event as StockEvent } from '../../schemas/generated/stock-events.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import { besideOf } from '../../sinks/clickhouse/beside.ts';
import { createClickhouseLedger } from '../../sinks/clickhouse/clickhouse-ledger.ts';
import { compareLedgers, type LedgerDifference } from '../../sinks/clickhouse/compare-ledgers.ts';
import { fillLedger } from '../../sinks/clickhouse/fill-ledger.ts';
import { flipLedger } from '../../sinks/clickhouse/flip-ledger.ts';
import { createLedgerFold, createStockLedgerFold } from '../../sinks/clickhouse/ledger-fold.ts';
import { ledgerTopics } from '../../sinks/clickhouse/ledger-topics.ts';
import { createDatabase, migrate } from '../../sinks/clickhouse/migrate.ts';
import { type ClickHouseClient, connectClickhouse, hasDatabase } from '../clients/clickhouse.ts';
import { createKafkajsLogReader } from '../clients/kafkajs/kafkajs-log-reader.ts';
import { createKafkajsLog } from '../clients/kafkajs/kafkajs-log.ts';
import { clickhouseLink, kafkaLink, registryLink } from '../clients/links.ts';
import { connectSchemaRegistry } from '../clients/schema-registry.ts';
import type { Config } from '../config/config.ts';
import { exitCodes } from '../config/exit-codes.ts';
import { CliError } from './cli-error.ts';

/** The ledger beside the live one, in a database of its own (`sinks/clickhouse/beside.ts`). */
export interface BesideLedger {
  readonly name: string;
  /** Its database and tables, if they are not there. */
  create(): Promise<void>;
  /** From where it stands to the journals' end. */
  fill(onProgress?: (text: string) => void): Promise<void>;
  compare(): Promise<readonly LedgerDifference[]>;
  flip(partitions: number, onStep: (step: string) => void): Promise<void>;
  drop(): Promise<void>;
}

/** Runs on it with the configuration's engines; their errors pass through. Kafka is asked only by what reads the journals. */
export async function withBesideLedger(
  config: Config,
  run: (beside: BesideLedger) => Promise<void>,
): Promise<void> {
  const link = clickhouseLink(config);
  const name = besideOf(link.database);
  const besideLink = { ...link, database: name };
  const live = connectClickhouse(link);
  const beside = connectClickhouse(besideLink);
  const mustBeThere = async (): Promise<void> => {
    if (await hasDatabase(besideLink)) return;
    throw new CliError(`there is no ledger beside ${link.database}`, {
      code: 'no-ledger-beside',
      exitCode: exitCodes.notFound,
      next: 'npx millrace sink rebuild --yes',
    });
  };
  try {
    await run({
      name,
      async create() {
        await createDatabase(besideLink);
        await migrate(beside);
      },
      async fill(onProgress) {
        await mustBeThere();
        await withFill(config, beside, (fill) => fill(onProgress));
      },
      async compare() {
        await mustBeThere();
        return compareLedgers(live, link.database, name);
      },
      async flip(partitions, onStep) {
        await mustBeThere();
        await withFill(config, beside, (catchUp) =>
          flipLedger({
            client: live,
            database: link.database,
            partitions,
            pause: (ms) => delay(ms),
            catchUp,
            onStep,
          }),
        );
      },
      async drop() {
        await mustBeThere();
        await live.command({ query: `DROP DATABASE \`${name}\`` });
      },
    });
  } finally {
    await Promise.all([live.close(), beside.close()]);
  }
}

type Fill = (onProgress?: (text: string) => void) => Promise<void>;

async function withFill(
  config: Config,
  client: ClickHouseClient,
  run: (fill: Fill) => Promise<void>,
): Promise<void> {
  const logger = pino({ level: 'silent' });
  const connection = kafkaLink(config, 'millrace-sink-beside', logger);
  const registry = await connectSchemaRegistry({ ...registryLink(config), logger });
  const log = await createKafkajsLog(connection);
  const reader = await createKafkajsLogReader({ ...connection, topics: ledgerTopics });
  const options = {
    ledger: createClickhouseLedger(client),
    rule: { intervalMs: config.flushIntervalMs, rowsMax: config.blockRowsMax },
  };
  try {
    await run(async (onProgress) => {
      const how = {
        log,
        reader,
        askForWriter: registry.learnWriter,
        onProgress: (at: { readonly topic: string; readonly partition: number }, events: number) =>
          onProgress?.(`${at.topic}/${at.partition}: ${events} events`),
      };
      const orders = registry.createCodec<Event>(journalOf('orders'));
      await fillLedger({ codec: orders, fold: createLedgerFold(options) }, how);
      const stock = registry.createCodec<StockEvent>(journalOf('stock'));
      await fillLedger({ codec: stock, fold: createStockLedgerFold(options) }, how);
    });
  } finally {
    await Promise.allSettled([reader.close(), log.close()]);
  }
}
