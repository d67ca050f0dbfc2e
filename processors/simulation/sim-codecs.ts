import type { Body } from '../../schemas/envelope.ts';
import { inboxOf, journalOf, type ProcessorName } from '../../schemas/topic-catalogue.ts';
import { createTopicCodec, type Decoded, type TopicCodec } from '../../schemas/topic-codec.ts';

/** Registry id of every schema of the simulated world: ids are per topic there, and each topic has one writer schema. */
export const schemaId = 1;

/**
 * The real codecs, made once for a thread. The bytes of a record are decoded once, whoever reads them after: views,
 * sink, worker, owner and auditor read the same record, and most of a run would be decoding. Nobody may change what
 * he reads; `checkNobodyWrites` has the runs that look for determinism prove it.
 */
export class SimCodecs {
  checkNobodyWrites = false;
  private readonly codecs = new Map<string, TopicCodec<{ readonly body: Body }>>();
  private readonly memories: { decoded: Map<Uint8Array, unknown> }[] = [];

  inbox<T extends { readonly body: Body }>(processor: ProcessorName): TopicCodec<T> {
    return this.of<T>(inboxOf(processor));
  }

  journal<T extends { readonly body: Body }>(processor: ProcessorName): TopicCodec<T> {
    return this.of<T>(journalOf(processor));
  }

  /** The records of a run are of no use to the next. An emptied map would hold its successor's, and keep them alive. */
  forget(): void {
    for (const memory of this.memories) memory.decoded = new Map();
  }

  private of<T extends { readonly body: Body }>(topic: string): TopicCodec<T> {
    const found = this.codecs.get(topic);
    if (found) return found as unknown as TopicCodec<T>;
    const codec = createTopicCodec<T>(topic, schemaId);
    const memory = { decoded: new Map<Uint8Array, Decoded<T>>() };
    this.memories.push(memory);
    const remembering: TopicCodec<T> = {
      topic,
      schemaId,
      encode: (value) => codec.encode(value),
      addWriter: (id, schema) => codec.addWriter(id, schema),
      decode: (bytes) => {
        if (bytes === null) return codec.decode(null);
        let value = memory.decoded.get(bytes);
        if (value === undefined) {
          value = codec.decode(bytes);
          if (this.checkNobodyWrites) freeze(value);
          memory.decoded.set(bytes, value);
        }
        return value;
      },
    };
    this.codecs.set(topic, remembering);
    return remembering;
  }
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
}
