import type { Logger } from 'pino';
import type { StoreConfig } from '../../schemas/generated/stores-config.ts';
import { auditTopic, storesConfigTopic } from '../../schemas/topic-catalogue.ts';
import { AuditLog } from '../clients/audit-log.ts';
import { createKafkajsLog } from '../clients/kafkajs/kafkajs-log.ts';
import { kafkaLink, type LinkConfig, registryLink } from '../clients/links.ts';
import { putStoresConfig, type StoresConfigRecord } from '../clients/put-stores-config.ts';
import { readStoresConfig } from '../clients/read-stores-config.ts';
import { connectSchemaRegistry } from '../clients/schema-registry.ts';

/** Stores and keys as somebody with access to the log reads and writes them. */
export interface KeyAccess {
  /** `stores.config.v1` to its end, oldest first. */
  readonly read: () => Promise<readonly StoreConfig[]>;
  /** One fact, behind its audit record. Rejects with AuditUnavailable before anything is written. */
  readonly put: (record: StoresConfigRecord, reason: string) => Promise<void>;
  readonly nowMs: () => number;
}

/** Access over Kafka for the actor. Rejects, naming the engine that does not answer. */
export async function openKeys(
  config: LinkConfig,
  logger: Logger,
  actor: string,
): Promise<KeyAccess & { readonly close: () => Promise<void> }> {
  const kafka = kafkaLink(config, 'millrace-keys', logger);
  const log = await createKafkajsLog(kafka);
  try {
    const registry = await connectSchemaRegistry({ ...registryLink(config), logger });
    const codecs = registry.createCodecs();
    const audit = new AuditLog({ log, codec: codecs[auditTopic], nowMs: Date.now });
    const codec = codecs[storesConfigTopic];
    return {
      read: () => readStoresConfig(kafka, log, registry),
      put: (record, reason) => putStoresConfig({ log, audit, codec, actor, reason, records: [record] }),
      nowMs: Date.now,
      close: () => log.close(),
    };
  } catch (error) {
    await log.close();
    throw error;
  }
}
