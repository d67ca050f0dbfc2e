import { pino } from 'pino';
import { createKafkajsLogReader } from '../clients/kafkajs/kafkajs-log-reader.ts';
import { connectSchemaRegistry } from '../clients/schema-registry.ts';
import type { StackSummary } from '../local/stack-status.ts';

/** One record: who wrote it is seen by its schema. */
export interface Written {
  /** Registry id in its frame. */
  readonly schemaId: number;
  /** Of its body, read by this build. */
  readonly type: string;
}

const topics = ['orders.commands.v1', 'orders.events.v1'] as const;
export type WatchedTopic = (typeof topics)[number];

export interface SchemaWatch {
  /** Of a topic by partition, in log order, so far. */
  readonly of: (topic: WatchedTopic) => readonly (readonly Written[])[];
  /** Id under which this build writes the topic. */
  readonly ownId: (topic: WatchedTopic) => number;
  close(): Promise<void>;
}

const partitions = [0, 1, 2, 3];

/** Reads inbox and journal of the orders from their beginning on, with this build's readers. A record they cannot read shows as its fault. */
export async function watchSchemas({ kafka, registry: url }: StackSummary): Promise<SchemaWatch> {
  const logger = pino({ level: 'silent' });
  const codecs = (await connectSchemaRegistry({ url, logger })).createCodecs();
  const reader = await createKafkajsLogReader({
    brokers: kafka.split(','),
    clientId: 'schema-watch',
    logger,
    topics,
  });
  const seen = new Map<string, Written[][]>();
  for (const topic of topics) {
    const ofTopic = partitions.map((): Written[] => []);
    seen.set(topic, ofTopic);
    for (const partition of partitions) {
      reader.read({ topic, partition }, 0n, {
        onRecords(records) {
          for (const { value } of records) {
            const decoded = codecs[topic].decode(value);
            const type = decoded.is === 'value' ? decoded.value.body.type : decoded.is;
            ofTopic[partition]?.push({ schemaId: value?.readInt32BE(1) ?? -1, type });
          }
        },
        onFatal(error) {
          ofTopic[partition]?.push({ schemaId: -1, type: error.message });
        },
      });
    }
  }
  return {
    of: (topic) => seen.get(topic) ?? [],
    ownId: (topic) => codecs[topic].schemaId,
    close: () => reader.close(),
  };
}
