import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { LogRecord, TopicPartition } from './log.ts';
import type { LearnedWriter } from './schema-registry.ts';

/** Asks the registry for a writer's schema; `SchemaRegistry.learnWriter` (schema-registry.ts). */
export type AskForWriter = (
  codec: Pick<TopicCodec<never>, 'topic' | 'addWriter'>,
  schemaId: number,
  signal?: AbortSignal,
) => Promise<LearnedWriter>;

/** A record in the books that cannot be read. Nobody skips it: the reader stops there and pages (DESIGN §3). */
export class UnreadableRecord extends Error {
  readonly at: TopicPartition;
  readonly offset: bigint;
  constructor(at: TopicPartition, offset: bigint, reason: string) {
    super(`${at.topic}/${at.partition} offset ${offset} cannot be read: ${reason}`);
    this.name = 'UnreadableRecord';
    this.at = at;
    this.offset = offset;
  }
}

/** Where records come from and what knows their schemas. */
export interface RecordSource<T> {
  readonly codec: TopicCodec<T>;
  readonly askForWriter: AskForWriter;
  /** Ends the wait for a registry that is away. */
  readonly signal?: AbortSignal;
}

/**
 * The values of the records, in order. A writer schema not met before is asked for and learned on the way; the
 * registry being away delays it. Rejects with UnreadableRecord on any record that is not a value of the topic.
 */
export async function decodeRecords<T>(
  source: RecordSource<T>,
  at: TopicPartition,
  records: readonly LogRecord[],
): Promise<readonly T[]> {
  const values: T[] = [];
  for (const record of records) {
    let decoded = source.codec.decode(record.value);
    if (decoded.is === 'unknown-schema') {
      const learned = await source.askForWriter(source.codec, decoded.schemaId, source.signal);
      if (learned !== 'learned')
        throw new UnreadableRecord(at, record.offset, whyNot(learned, decoded.schemaId));
      decoded = source.codec.decode(record.value);
    }
    if (decoded.is === 'value') values.push(decoded.value);
    else if (decoded.is === 'unreadable')
      throw new UnreadableRecord(at, record.offset, `${decoded.reason}: ${decoded.detail}`);
    else throw new UnreadableRecord(at, record.offset, `its schema ${decoded.schemaId} was learned in vain`);
  }
  return values;
}

function whyNot(learned: Exclude<LearnedWriter, 'learned'>, schemaId: number): string {
  switch (learned) {
    case 'unknown-schema':
      return `the registry knows no schema ${schemaId}`;
    case 'wrong-subject':
      return `schema ${schemaId} belongs to another topic`;
    case 'unreadable':
      return `schema ${schemaId} is newer than this build can read: upgrade this process first (deploy-order)`;
  }
}
