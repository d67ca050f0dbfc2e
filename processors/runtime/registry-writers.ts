import type { SchemaRegistry } from '../../infra/clients/schema-registry.ts';
import type { LearnWriter } from './ports.ts';

type TaughtCodec = Parameters<SchemaRegistry['learnWriter']>[0];

/** The port `LearnWriter` over the schema registry, for the codecs a processor reads with. */
export function registryWriters(
  registry: Pick<SchemaRegistry, 'learnWriter'>,
  codecs: readonly TaughtCodec[],
  signal: AbortSignal,
): LearnWriter {
  return async (topic, schemaId) => {
    const codec = codecs.find((candidate) => candidate.topic === topic);
    if (!codec) return { is: 'wait', why: `no codec reads ${topic}` };
    try {
      const learned = await registry.learnWriter(codec, schemaId, signal);
      if (learned === 'learned') return { is: 'learned' };
      if (learned !== 'unreadable') return { is: 'poison', reason: learned };
      return {
        is: 'wait',
        why: `deploy-order: schema ${schemaId} of ${topic} is newer than this build reads`,
      };
    } catch (error) {
      return { is: 'wait', why: `schema ${schemaId} of ${topic}: ${String(error)}` };
    }
  };
}
