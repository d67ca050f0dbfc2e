import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import type { Event } from '../../schemas/generated/orders-events.ts';
import type { Event as StockEvent } from '../../schemas/generated/stock-events.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import { besideOf } from '../../sinks/clickhouse/beside.ts';
import { withBesideLock } from '../../sinks/clickhouse/beside-lock.ts';
import { createClickhouseLedger } from '../../sinks/clickhouse/clickhouse-ledger.ts';
import { compareLedgers, type LedgerComparison } from '../../sinks/clickhouse/compare-ledgers.ts';
import { fillLedger } from '../../sinks/clickhouse/fill-ledger.ts';
import { flipLedger } from '../../sinks/clickhouse/flip-ledger.ts';
import { refuseAllButRebuilt, refuseHalfFlipped, stateOfBeside } from '../../sinks/clickhouse/flip-state.ts';
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

/**
 * The ledger beside the live one, in a database of its own (`sinks/clickhouse/beside.ts`). What changes it holds its lock,
 * so a second caller is refused with LedgerLocked. All but `flip` reject with FlipUnderWay while one is not at its end.
 */
export interface BesideLedger {
  readonly name: string;
  /**
   * Makes its database and tables, if they are not there, and fills them from where they stand to the journals' end. Rejects
   * with FormerBeside where it was live once.
   */
  rebuild(onProgress?: (text: string) => void): Promise<void>;
  compare(): Promise<LedgerComparison>;
  flip(partitions: number, onStep: (step: string) => void): Promise<void>;
  /** Whether it may be dropped. */
  checkDrop(): Promise<void>;
  drop(): Promise<void>;
}

/**
 * Runs on it with the configuration's engines; their errors pass through. Kafka is asked only by what reads the journals.
 * `takeOver`: the lock is taken from whom it is found with.
 */
export async function withBesideLedger(
  config: Config,
  run: (beside: BesideLedger) => Promise<void>,
  takeOver = false,
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
  const locked = (doing: string, change: () => Promise<void>): Promise<void> =>
    withBesideLock(live, name, { holder: holderOf(doing), takeOver }, change);
  const mustBeWhole = async (): Promise<void> => {
    await mustBeThere();
    await refuseHalfFlipped(live, name);
  };
  try {
    await run({
      name,
      async rebuild(onProgress) {
        await createDatabase(besideLink);
        await locked('sink rebuild', async () => {
          await refuseAllButRebuilt(live, name);
          await migrate(beside);
          await withFill(config, beside, (fill) => fill(onProgress));
        });
      },
      async compare() {
        await mustBeWhole();
        return compareLedgers(live, link.database, name);
      },
      async flip(partitions, onStep) {
        await mustBeThere();
        await locked('sink flip', async () => {
          // Of a flip cut short, some of the tables there are the live ledger's: they stay as they are.
          if ((await stateOfBeside(live, name)) !== 'half-flipped') await migrate(beside);
          const flip = { client: live, database: link.database, partitions, onStep };
          await withFill(config, beside, (catchUp) =>
            flipLedger({ ...flip, pause: (ms) => delay(ms), catchUp }),
          );
        });
      },
      checkDrop: mustBeWhole,
      async drop() {
        await mustBeThere();
        await locked('sink drop', async () => {
          await refuseHalfFlipped(live, name);
          await live.command({ query: `DROP DATABASE \`${name}\`` });
        });
      },
    });
  } finally {
    await Promise.all([live.close(), beside.close()]);
  }
}

const holderOf = (doing: string): string =>
  `${doing}, process ${process.pid} on ${os.hostname()}, since ${new Date().toISOString()}`;

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
    isCatchingUp: true,
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
