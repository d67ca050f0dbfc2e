import type { Body, CommandEnvelope, EventEnvelope } from '../../schemas/envelope.ts';
import { auditTopic, inboxOf, journalOf, processorNames } from '../../schemas/topic-catalogue.ts';
import { AuditLog } from '../clients/audit-log.ts';
import type { ClientLogger } from '../clients/client-logger.ts';
import { systemClock } from '../clients/clock.ts';
import { createKafkajsLogReader } from '../clients/kafkajs/kafkajs-log-reader.ts';
import { createKafkajsLog } from '../clients/kafkajs/kafkajs-log.ts';
import { connectSchemaRegistry } from '../clients/schema-registry.ts';
import type { RedriveAccess } from './redrive-key.ts';
import { kafkaLink, registryLink, type LinkConfig } from '../clients/links.ts';

/** Access to what is parked, over Kafka. Rejects, naming the engine that does not answer. */
export async function openDeadLetters(
  config: LinkConfig,
  logger: ClientLogger,
): Promise<RedriveAccess & { close(): Promise<void> }> {
  const connection = kafkaLink(config, 'millrace-dlq', logger);
  const log = await createKafkajsLog(connection);
  try {
    const registry = await connectSchemaRegistry({ ...registryLink(config), logger });
    const topics = processorNames.map(journalOf);
    const reader = await createKafkajsLogReader({ ...connection, topics });
    await Promise.all(processorNames.map((name) => log.partitionsOf(inboxOf(name))));
    return {
      log,
      reader,
      clock: systemClock,
      audit: new AuditLog({ log, codec: registry.createCodecs()[auditTopic], nowMs: Date.now }),
      codecOf: (processor) => registry.createCodec<EventEnvelope<Body>>(journalOf(processor)),
      inboxCodecOf: (processor) => registry.createCodec<CommandEnvelope<Body>>(inboxOf(processor)),
      close: async () => void (await Promise.allSettled([reader.close(), log.close()])),
    };
  } catch (error) {
    await log.close();
    throw error;
  }
}
