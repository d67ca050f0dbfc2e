import { operatorActor } from '../../schemas/audit-chain.ts';
import { auditTopic } from '../../schemas/topic-catalogue.ts';
import { AuditLog } from '../clients/audit-log.ts';
import { createKafkajsLog } from '../clients/kafkajs/kafkajs-log.ts';
import type { KafkaConnection } from '../clients/kafkajs/hardened-kafkajs.ts';
import { putStoresConfig } from '../clients/put-stores-config.ts';
import { readStoresConfig } from '../clients/read-stores-config.ts';
import { connectSchemaRegistry, startPatienceMs } from '../clients/schema-registry.ts';
import { type DemoStoreState, type DoorKeys, planDemoStore } from './demo-store.ts';
import { readDoorKeys, writeDoorKeys } from './door-keys-file.ts';
import type { Link } from '../clients/links.ts';

export interface DemoStoreOptions {
  readonly kafka: KafkaConnection;
  readonly registry: Link;
  readonly dataDir: string;
  readonly store: DemoStoreState['store'];
}

/**
 * Makes the demo store and its keys stand in `stores.config.v1` and their texts in `<dataDir>/keys.json`; returns the
 * texts. The file comes first: a key in the log whose text nobody has would be useless, the other way round the next
 * run writes it.
 */
export async function writeDemoStore(options: DemoStoreOptions): Promise<DoorKeys> {
  const registry = await connectSchemaRegistry({
    ...options.registry,
    logger: options.kafka.logger,
    patienceMs: startPatienceMs,
  });
  const log = await createKafkajsLog(options.kafka);
  try {
    const config = await readStoresConfig(options.kafka, log, registry);
    const known = await readDoorKeys(options.dataDir);
    const plan = planDemoStore({ config, keys: known, store: options.store, nowMs: Date.now() });
    await writeDoorKeys(options.dataDir, plan.keys);
    const codecs = registry.createCodecs();
    const audit = new AuditLog({ log, codec: codecs[auditTopic], nowMs: Date.now });
    await putStoresConfig({
      log,
      audit,
      codec: codecs['stores.config.v1'],
      actor: operatorActor('deploy'),
      reason: 'deployed',
      records: plan.records,
    });
    return plan.keys;
  } finally {
    await log.close();
  }
}
