import type { Logger } from 'pino';
import {
  auditTopic,
  customersKeysTopic,
  inboxOf,
  journalOf,
  storesConfigTopic,
} from '../../schemas/topic-catalogue.ts';
import { type ClickHouseClient, connectClickhouse } from '../clients/clickhouse.ts';
import { createKafkajsLogReader } from '../clients/kafkajs/kafkajs-log-reader.ts';
import { createKafkajsLog } from '../clients/kafkajs/kafkajs-log.ts';
import type { Log, LogReader, LogRecord } from '../clients/log.ts';
import { connectRedis, type Redis, redisReady } from '../clients/redis.ts';
import { connectSchemaRegistry } from '../clients/schema-registry.ts';
import type { Config } from '../config/config.ts';
import { auditedTopics, createLogDecoder, type LogDecoder, rawTopics } from './decode-log.ts';
import type { Given, ScannedText, Secrets } from './given.ts';
import { readClickHouse } from './read-clickhouse.ts';
import { readClientJournals } from './read-client-journals.ts';
import { readPartition } from '../clients/read-partition.ts';
import { readProviderLedger, readProviderPayments } from './read-provider.ts';
import { readView } from './read-redis.ts';
import { readLogs } from './read-texts.ts';
import type { Recording } from './recording.ts';
import { kafkaLink, registryLink, redisLink, clickhouseLink, type LinkConfig } from '../clients/links.ts';

/** Open connections to everything the auditor reads. */
export interface AuditSources {
  readonly log: Log;
  readonly reader: LogReader;
  readonly decoder: LogDecoder;
  readonly redis: Redis;
  readonly clickHouse: ClickHouseClient;
  readonly partitions: number;
  close(): Promise<void>;
}

export type AuditConfig = LinkConfig &
  Pick<Config, 'pspUrl' | 'pspSecret' | 'fingerprintSecret' | 'cursorSecret' | 'customerKeySecret'>;

const redisWithinMs = 10_000;
const redisCommandMs = 60_000;

/** Connects to the engines. Rejects, naming the one that does not answer. */
export async function openAuditSources(config: AuditConfig, logger: Logger): Promise<AuditSources> {
  const opened: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    await Promise.allSettled(opened.toReversed().map(async (one) => one()));
  };
  try {
    const connection = kafkaLink(config, 'millrace-audit', logger);
    const log = await createKafkajsLog(connection);
    opened.push(() => log.close());
    const partitions = await log.partitionsOf(journalOf('orders'));
    if (partitions === 0)
      throw new Error(`there is no topic ${journalOf('orders')}: run the deploy step first`);
    const redis = connectRedis({ ...redisLink(config), logger, commandTimeoutMs: redisCommandMs });
    opened.push(() => redis.disconnect());
    await redisReady(redis, redisWithinMs);
    const clickHouse = connectClickhouse(clickhouseLink(config));
    opened.push(() => clickHouse.close());
    const registry = await connectSchemaRegistry({ ...registryLink(config), logger });
    const reader = await createKafkajsLogReader({ ...connection, topics: [...auditedTopics, ...rawTopics] });
    opened.push(() => reader.close());
    return {
      log,
      reader,
      decoder: createLogDecoder(registry, partitions),
      redis,
      clickHouse,
      partitions,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What is known of an audit beside the engines. */
export interface LiveAudit {
  /** When the pipeline was seen at rest, epoch ms; null = it is audited as it runs. */
  readonly restAtMs: number | null;
  /** As in `Recording`. */
  readonly journalEndsAtRest?: ReadonlyMap<string, number> | undefined;
  /** Folder. */
  readonly clientJournals: string;
  readonly given: Given;
}

/**
 * The running pipeline as a recording. Each stream ends where its topic ended when it was opened: views are read
 * before their journal, journals before the inboxes they name, so that nothing is ahead of what it was made from.
 */
export function recordLive(
  { log, reader, decoder, redis, clickHouse, partitions }: AuditSources,
  config: AuditConfig,
  { restAtMs, journalEndsAtRest, clientJournals, given }: LiveAudit,
): Recording {
  const askedAtMs = new Map<string, number>();
  async function* decoded<T>(
    topic: string,
    partition: number,
    decode: (records: readonly LogRecord[]) => Promise<readonly T[]>,
  ): AsyncGenerator<readonly T[]> {
    const range = (await log.offsetsOf(topic)).get(partition);
    if (!range) throw new Error(`${topic} has no partition ${partition}`);
    askedAtMs.set(`${topic}/${partition}`, Date.now());
    for await (const records of readPartition(reader, { topic, partition }, range)) yield decode(records);
  }
  return {
    partitions,
    atRest: restAtMs !== null,
    restAtMs,
    journalEndsAtRest,
    journalAskedAtMs: (processor, partition) => askedAtMs.get(`${journalOf(processor)}/${partition}`) ?? null,
    given,
    inbox: (processor, partition) =>
      decoded(inboxOf(processor), partition, (records) => decoder.inbox(processor, records)),
    journal: (processor, partition) =>
      decoded(journalOf(processor), partition, (records) => decoder.journal(processor, records)),
    redis: (view, partition) => readView(redis, view, partition),
    clickHouse: () => readClickHouse(clickHouse),
    client: () => readClientJournals(clientJournals),
    ledger: () => readProviderLedger(config.pspUrl, config.pspSecret),
    payments: () => readProviderPayments(config.pspUrl, config.pspSecret),
    // the effects first, or one between the two would have no record
    privileged: async () => {
      const stores = await gather(decoded(storesConfigTopic, 0, (records) => decoder.config(records)));
      const keys = await gather(decoded(customersKeysTopic, 0, (records) => decoder.customers(records)));
      return {
        config: stores,
        customers: keys,
        audit: await gather(decoded(auditTopic, 0, (records) => decoder.audit(records))),
      };
    },
  };
}

async function gather<T>(batches: AsyncIterable<readonly T[]>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
}

/** Where secrets are looked for beside topics and views. */
export interface SecretSearch {
  /** Texts planted by whoever ran the workload; the configured secrets are looked for anyway. */
  readonly canaries: readonly string[];
  /** Folder of logs. */
  readonly logs: string;
}

/** What rule I-22 looks for in a running pipeline, and the logs and quarantined bytes it looks in. */
export function secretsOf(sources: AuditSources, config: AuditConfig, search: SecretSearch): Secrets {
  const { pspSecret, fingerprintSecret, cursorSecret, customerKeySecret } = config;
  return {
    canaries: [pspSecret, fingerprintSecret, cursorSecret, customerKeySecret, ...search.canaries],
    async *texts() {
      yield* readLogs(search.logs);
      yield* quarantined(sources);
    },
  };
}

async function* quarantined({ log, reader }: AuditSources): AsyncGenerator<ScannedText> {
  for (const topic of rawTopics) {
    for (const [partition, range] of await log.offsetsOf(topic)) {
      for await (const records of readPartition(reader, { topic, partition }, range)) {
        for (const { offset, value } of records)
          yield {
            where: `${topic} partition ${partition} offset ${offset}`,
            text: value?.toString('latin1') ?? '',
            isText: false,
          };
      }
    }
  }
}
