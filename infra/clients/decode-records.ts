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

export interface DecodedRecords<T> {
  /** Of the records in order, up to the first that cannot be read. */
  readonly values: readonly T[];
  readonly unreadable: UnreadableRecord | null;
}

/**
 * The values of the records. A writer schema not met before is asked for and learned on the way; the registry being
 * away delays that. Rejects only when `signal` ends the wait.
 */
export async function decodeRecords<T>(
  source: RecordSource<T>,
  at: TopicPartition,
  records: readonly LogRecord[],
): Promise<DecodedRecords<T>> {
  const values: T[] = [];
  const unreadable = (offset: bigint, reason: string): DecodedRecords<T> => ({
    values,
    unreadable: new UnreadableRecord(at, offset, reason),
  });
  for (const { offset, value } of records) {
    let decoded = source.codec.decode(value);
    if (decoded.is === 'unknown-schema') {
      const learned = await source.askForWriter(source.codec, decoded.schemaId, source.signal);
      if (learned !== 'learned') return unreadable(offset, `${whys[learned]} (id ${decoded.schemaId})`);
      decoded = source.codec.decode(value);
    }
    if (decoded.is === 'value') values.push(decoded.value);
    else if (decoded.is === 'unreadable') return unreadable(offset, `${decoded.reason}: ${decoded.detail}`);
    else return unreadable(offset, `its schema ${decoded.schemaId} was learned in vain`);
  }
  return { values, unreadable: null };
}

const whys: Readonly<Record<Exclude<LearnedWriter, 'learned'>, string>> = {
  'unknown-schema': 'the registry does not know its schema',
  'wrong-subject': 'its schema belongs to another topic',
  unreadable: 'its schema is newer than this build can read: upgrade this process first (deploy-order)',
};
