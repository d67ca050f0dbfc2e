import { partitionOf } from '../../schemas/murmur2.ts';
import type { StoreConfig } from '../../schemas/generated/stores-config.ts';
import { storesConfigTopic } from '../../schemas/topic-catalogue.ts';
import { createKafkajsLog } from '../clients/kafkajs/kafkajs-log.ts';
import type { KafkaConnection } from '../clients/kafkajs/hardened-kafkajs.ts';
import type { Log } from '../clients/log.ts';
import { readStoresConfig } from '../clients/read-stores-config.ts';
import { connectSchemaRegistry, type SchemaRegistry } from '../clients/schema-registry.ts';
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
  const registry = await connectSchemaRegistry({ ...options.registry, logger: options.kafka.logger });
  const log = await createKafkajsLog(options.kafka);
  try {
    const config = await readStoresConfig(options.kafka, log, registry);
    const known = await readDoorKeys(options.dataDir);
    const plan = planDemoStore({ config, keys: known, store: options.store, nowMs: Date.now() });
    await writeDoorKeys(options.dataDir, plan.keys);
    await appendAll(log, registry, plan.records);
    return plan.keys;
  } finally {
    await log.close();
  }
}

const appendTries = 10;

/** Writing a fact of the configuration twice says the same, so an unknown outcome is simply tried again. */
async function appendAll(
  log: Log,
  registry: SchemaRegistry,
  records: readonly { readonly key: string; readonly value: StoreConfig }[],
): Promise<void> {
  const codec = registry.createCodecs()[storesConfigTopic];
  const partitions = await log.partitionsOf(storesConfigTopic);
  for (const { key, value } of records) {
    const append = {
      topic: storesConfigTopic,
      partition: partitionOf(key, partitions),
      records: [{ key, value: codec.encode(value) }],
    };
    for (let tries = 1; ; tries += 1) {
      const [outcome] = await log.append([append]);
      if (outcome?.is === 'appended') break;
      if (outcome?.is === 'refused' || tries === appendTries) throw outcome?.error ?? new Error('no outcome');
    }
  }
}
