import { auditTopic, customersKeysTopic } from '../../schemas/topic-catalogue.ts';
import { AuditLog } from '../clients/audit-log.ts';
import type { ClientLogger } from '../clients/client-logger.ts';
import { createKafkajsLogReader } from '../clients/kafkajs/kafkajs-log-reader.ts';
import { createKafkajsLog } from '../clients/kafkajs/kafkajs-log.ts';
import { kafkaLink, type LinkConfig, registryLink } from '../clients/links.ts';
import { connectSchemaRegistry } from '../clients/schema-registry.ts';
import { tracedTopics } from './customer-trace.ts';
import type { ErasureAccess } from './erase-customer.ts';

/** What an erasure needs, over Kafka. Rejects, naming the engine that does not answer. */
export async function openErasure(
  config: LinkConfig,
  logger: ClientLogger,
): Promise<ErasureAccess & { close(): Promise<void> }> {
  const connection = kafkaLink(config, 'millrace-erasure', logger);
  const log = await createKafkajsLog(connection);
  try {
    const registry = await connectSchemaRegistry({ ...registryLink(config), logger });
    const topics = [customersKeysTopic, ...tracedTopics];
    const reader = await createKafkajsLogReader({ ...connection, topics });
    await log.partitionsOf(customersKeysTopic);
    return {
      log,
      registry,
      reader,
      audit: new AuditLog({ log, codec: registry.createCodecs()[auditTopic], nowMs: Date.now }),
      nowMs: Date.now,
      close: async () => void (await Promise.allSettled([reader.close(), log.close()])),
    };
  } catch (error) {
    await log.close();
    throw error;
  }
}
