import type { AvroSchema } from './avro-schema.ts';
import { loadAvroSchema } from './avro-schema.ts';

/** The three processors; each owns one inbox, one journal, one topic of snapshots and one of quarantine. */
export const processorNames = ['orders', 'stock', 'catalogue'] as const;
export type ProcessorName = (typeof processorNames)[number];

/** How long a topic keeps its records: for ever, or milliseconds. */
const forEver = -1;
const dayMs = 24 * 3_600_000;
const fourteenDaysMs = 14 * dayMs;

export interface TopicSpec {
  readonly name: string;
  /** `configured`: the configured count P, equal for every inbox and journal; or a fixed number. */
  readonly partitions: 'configured' | 1;
  readonly timestampType: 'LogAppendTime' | 'CreateTime';
  readonly retentionMs: number;
  readonly cleanup: 'delete' | 'compact';
  /** Further settings of the broker this topic needs, by their name there; the rest are the cluster's. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Name of the file in `schemas/avro`, or null where the topic carries bytes of another kind. */
  readonly schema: string | null;
  /** What those bytes are. */
  readonly bytes?: string;
}

export const inboxOf = (processor: ProcessorName): string => `${processor}.commands.v1`;
export const journalOf = (processor: ProcessorName): string => `${processor}.events.v1`;
export const quarantineOf = (processor: ProcessorName): string => `${processor}.quarantine.v1`;
export const snapshotsOf = (processor: ProcessorName): string => `${processor}.snapshots.v1`;
export const storesConfigTopic = 'stores.config.v1';
export const customersKeysTopic = 'customers.keys.v1';
export const reconciliationsTopic = 'ops.reconciliations.v1';
export const auditTopic = 'ops.audit.v1';

/** How long the broker may keep a wrapped key whose tombstone is written, ms (docs/decisions/0039). */
export const keyRemovedWithinMs = dayMs;

/**
 * Every topic of Millrace, in one place (`docs/reference/topics.md` is compared with it).
 * Inboxes carry the only clock a decision may read, so the broker stamps them. Journals are the books.
 */
export const topicCatalogue: readonly TopicSpec[] = [
  ...processorNames.flatMap((processor): TopicSpec[] => [
    {
      name: inboxOf(processor),
      partitions: 'configured',
      timestampType: 'LogAppendTime',
      retentionMs: fourteenDaysMs,
      cleanup: 'delete',
      schema: inboxOf(processor),
    },
    {
      name: journalOf(processor),
      partitions: 'configured',
      timestampType: 'CreateTime',
      retentionMs: forEver,
      cleanup: 'delete',
      schema: journalOf(processor),
    },
    {
      name: quarantineOf(processor),
      partitions: 'configured',
      timestampType: 'LogAppendTime',
      retentionMs: fourteenDaysMs,
      cleanup: 'delete',
      schema: null,
      bytes: 'The bytes of unreadable inbox records.',
    },
    {
      name: snapshotsOf(processor),
      partitions: 'configured',
      timestampType: 'CreateTime',
      retentionMs: forEver,
      cleanup: 'compact',
      schema: null,
      bytes:
        'The fold of the journal up to a position, in chunks, and their manifest: never the truth, always to be had again.',
    },
  ]),
  {
    name: storesConfigTopic,
    partitions: 1,
    timestampType: 'CreateTime',
    retentionMs: forEver,
    cleanup: 'compact',
    schema: storesConfigTopic,
  },
  {
    name: customersKeysTopic,
    partitions: 1,
    timestampType: 'CreateTime',
    retentionMs: forEver,
    cleanup: 'compact',
    settings: {
      // also closes the segment that is written, which no compaction touches, at the first record after that time
      'max.compaction.lag.ms': String(keyRemovedWithinMs),
      'min.cleanable.dirty.ratio': '0.1',
      // whoever follows the topic must see the tombstone: nobody sleeps for a week
      'delete.retention.ms': String(7 * dayMs),
    },
    schema: customersKeysTopic,
  },
  {
    name: reconciliationsTopic,
    partitions: 1,
    timestampType: 'CreateTime',
    retentionMs: forEver,
    cleanup: 'compact',
    schema: reconciliationsTopic,
  },
  {
    name: auditTopic,
    partitions: 1,
    // the broker's clock stamps inboxes too: it says what came first
    timestampType: 'LogAppendTime',
    retentionMs: forEver,
    cleanup: 'delete',
    schema: auditTopic,
  },
];

/** The Avro schema of a topic's values. Throws if the topic is unknown or carries raw bytes. */
export function schemaOfTopic(name: string): AvroSchema {
  const spec = topicCatalogue.find((topic) => topic.name === name);
  if (!spec) throw new RangeError(`topic ${name} is not in the catalogue (schemas/topic-catalogue.ts)`);
  if (spec.schema === null) throw new RangeError(`topic ${name} carries raw bytes, it has no schema`);
  return loadAvroSchema(spec.schema);
}

/** The registry subject of a topic's values (Confluent TopicNameStrategy). */
export const subjectOf = (topic: string): string => `${topic}-value`;
