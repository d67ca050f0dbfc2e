import type { Body } from '../../../schemas/envelope.ts';
import { createKafkajsLogReader } from '../../clients/kafkajs/kafkajs-log-reader.ts';
import { connectSchemaRegistry } from '../../clients/schema-registry.ts';
import type { Block } from './arm.ts';
import { silent } from './block-engines.ts';
import type { RecordSizes } from './l0-flow.ts';

const topics = ['orders.commands.v1', 'orders.events.v1', 'stock.commands.v1', 'stock.events.v1'] as const;

export interface MeasuredRecords {
  /** Mean bytes of a value by body type; those of stock.events are prefixed `stock.`. */
  readonly sizes: RecordSizes;
  /** Records on the four topics, Ticks, Barriers and receipts included. */
  readonly produced: number;
  /** Of them, those that views read and fold: on the two journals, receipts left out. */
  readonly events: number;
}

/** Reads the four topics from their beginning to their end. */
export async function measureRecords({ engines, log }: Block): Promise<MeasuredRecords> {
  const registry = await connectSchemaRegistry({
    url: engines.environment['MILLRACE_REGISTRY_URL'] ?? '',
    logger: silent,
  });
  const reader = await createKafkajsLogReader({
    brokers: [engines.brokers],
    clientId: 'bench-sizes',
    logger: silent,
    topics: [...topics],
  });
  const sums = new Map<string, { bytes: number; count: number }>();
  let produced = 0;
  let events = 0;
  for (const topic of topics) {
    const codec = registry.createCodec<{ readonly body: Body }>(topic);
    for (const [partition, { first, end }] of await log.offsetsOf(topic)) {
      if (first === end) continue;
      await new Promise<void>((resolve, reject) => {
        const handle = reader.read({ topic, partition }, first, {
          onFatal: reject,
          onRecords(records) {
            for (const { offset, value } of records) {
              if (offset >= end) break;
              const decoded = codec.decode(value);
              if (decoded.is !== 'value' || !value) continue;
              const name =
                topic === 'stock.events.v1' ? `stock.${decoded.value.body.type}` : decoded.value.body.type;
              const sum = sums.get(name) ?? { bytes: 0, count: 0 };
              sums.set(name, { bytes: sum.bytes + value.length, count: sum.count + 1 });
              produced += 1;
              if (topic.endsWith('.events.v1') && decoded.value.body.type !== 'StockReceived') events += 1;
            }
            if ((records.at(-1)?.offset ?? 0n) < end - 1n) return;
            handle.stop();
            resolve();
          },
        });
      });
    }
  }
  await reader.close();
  return {
    produced,
    events,
    sizes: Object.fromEntries([...sums].map(([name, { bytes, count }]) => [name, Math.round(bytes / count)])),
  };
}
