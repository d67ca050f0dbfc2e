import type { StoreConfig } from '../../schemas/generated/stores-config.ts';
import { storesConfigTopic } from '../../schemas/topic-catalogue.ts';
import { followCompacted } from './follow-compacted.ts';
import type { KafkaConnection } from './kafkajs/hardened-kafkajs.ts';
import { createKafkajsLogReader } from './kafkajs/kafkajs-log-reader.ts';
import type { Log } from './log.ts';
import type { SchemaRegistry } from './schema-registry.ts';

/** What `stores.config.v1` holds now, oldest first. Rejects if it cannot be read to its end. */
export async function readStoresConfig(
  kafka: KafkaConnection,
  log: Pick<Log, 'offsetsOf'>,
  registry: SchemaRegistry,
): Promise<readonly StoreConfig[]> {
  const reader = await createKafkajsLogReader({ ...kafka, topics: [storesConfigTopic] });
  const config: StoreConfig[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      followCompacted({
        log,
        reader,
        codec: registry.createCodecs()[storesConfigTopic],
        askForWriter: registry.learnWriter,
        apply: ({ value }) => void (value && config.push(value)),
        onHalted: reject,
      }).then(({ caughtUp }) => caughtUp.then(resolve), reject);
    });
  } finally {
    await reader.close();
  }
  return config;
}
