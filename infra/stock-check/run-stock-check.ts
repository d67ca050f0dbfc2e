import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Command } from '../../schemas/generated/stock-commands.ts';
import { partitionOf } from '../../schemas/murmur2.ts';
import { auditTopic, inboxOf } from '../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import { type AuditConfig, openAuditSources, recordLive } from '../audit/live-recording.ts';
import { nothingGiven } from '../audit/given.ts';
import { AuditLog } from '../clients/audit-log.ts';
import type { Log } from '../clients/log.ts';
import { connectSchemaRegistry } from '../clients/schema-registry.ts';
import { checkStock, type StockCheck } from './check-stock.ts';
import type { Difference } from './difference.ts';
import { registryLink } from '../clients/links.ts';

export interface StockCheckOptions {
  readonly config: AuditConfig;
  readonly logger: Logger;
  /** Says of each difference whether its repair is to be appended, if it has one. */
  readonly repairs: (difference: Difference) => boolean;
  /** Who repairs. */
  readonly actor: string;
}

export interface RepairedStock extends StockCheck {
  /** Those whose repair was appended: decided by the owner of the SKU, like any command. */
  readonly repaired: readonly Difference[];
}

/**
 * Checks the running pipeline, then appends what is asked for, each behind its audit record. Rejects where a source
 * cannot be read or written.
 */
export async function runStockCheck({
  config,
  logger,
  repairs,
  actor,
}: StockCheckOptions): Promise<RepairedStock> {
  const sources = await openAuditSources(config, logger);
  try {
    const recording = recordLive(sources, config, {
      restAtMs: null,
      clientJournals: '',
      given: nothingGiven,
    });
    const check = await checkStock(recording);
    const repaired = check.differences.filter((one) => one.repair !== null && repairs(one));
    if (repaired.length > 0) {
      const registry = await connectSchemaRegistry({ ...registryLink(config), logger });
      const codec = registry.createCodec<Command>(inboxOf('stock'));
      const audit = new AuditLog({
        log: sources.log,
        codec: registry.createCodecs()[auditTopic],
        nowMs: Date.now,
      });
      for (const one of repaired) {
        const requestId = randomUUID();
        await audit.announce({
          what: 'stock.repair',
          actor,
          effectId: requestId,
          target: one.key,
          reason: one.class,
        });
        await append(sources.log, codec, sources.partitions, one, requestId);
      }
    }
    return { ...check, repaired };
  } finally {
    await sources.close();
  }
}

/** Throws if the log does not say that it took the command. */
async function append(
  log: Pick<Log, 'append'>,
  codec: TopicCodec<Command>,
  partitions: number,
  { key, repair }: Difference,
  requestId: string,
): Promise<void> {
  if (!repair) return;
  const store = key.slice(0, key.lastIndexOf('/'));
  const value = codec.encode({ store, commandId: null, fingerprint: null, requestId, body: repair });
  const partition = partitionOf(key, partitions);
  const [outcome] = await log.append([{ topic: inboxOf('stock'), partition, records: [{ key, value }] }]);
  if (outcome?.is !== 'appended') {
    throw new Error(`the repair ${repair.type} of ${key} was ${outcome?.is ?? 'not answered'}`, {
      cause: outcome?.error,
    });
  }
}
