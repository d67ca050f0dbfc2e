import { crc32 } from 'node:zlib';
import { isUtf8 } from 'node:buffer';
import type { Body } from '../../schemas/envelope.ts';
import { parseSourceMark, sourceHeader } from '../../schemas/source-mark.ts';
import {
  auditTopic,
  customersKeysTopic,
  inboxOf,
  journalOf,
  type ProcessorName,
  quarantineOf,
  storesConfigTopic,
} from '../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { LogRecord } from '../clients/log.ts';
import type { SchemaRegistry } from '../clients/schema-registry.ts';
import type {
  AnyCommand,
  AnyEvent,
  AuditTopicRecord,
  ConfigTopicRecord,
  CustomerTopicRecord,
  InboxRecord,
  JournalRecord,
} from './recording.ts';

/** Turns raw records into what the rules look at. */
export interface LogDecoder {
  inbox(processor: ProcessorName, records: readonly LogRecord[]): Promise<readonly InboxRecord[]>;
  journal(processor: ProcessorName, records: readonly LogRecord[]): Promise<readonly JournalRecord[]>;
  audit(records: readonly LogRecord[]): Promise<readonly AuditTopicRecord[]>;
  config(records: readonly LogRecord[]): Promise<readonly ConfigTopicRecord[]>;
  customers(records: readonly LogRecord[]): Promise<readonly CustomerTopicRecord[]>;
}

const registryWithinMs = 30_000;

/** Schemas not met before are asked for. Rejects if the registry is away then. */
export function createLogDecoder(registry: SchemaRegistry, partitions: number): LogDecoder {
  const codecs = registry.createCodecs();

  /** Null for bytes that nobody can read. */
  async function decode<T extends { readonly body: Body }>(
    codec: TopicCodec<T>,
    value: Buffer | null,
  ): Promise<T | null> {
    let decoded = codec.decode(value);
    if (decoded.is === 'unknown-schema') {
      const signal = AbortSignal.timeout(registryWithinMs);
      if ((await registry.learnWriter(codec, decoded.schemaId, signal)) === 'learned')
        decoded = codec.decode(value);
    }
    return decoded.is === 'value' ? decoded.value : null;
  }

  const toInbox = async (processor: ProcessorName, record: LogRecord): Promise<InboxRecord> => ({
    offset: toNumber(record.offset),
    atMs: record.timestampMs,
    key: keyOf(record),
    mark: markOf(record, partitions),
    command: await decode<AnyCommand>(codecs[`${processor}.commands.v1`], record.value),
  });

  const toJournal = async (processor: ProcessorName, record: LogRecord): Promise<JournalRecord> => ({
    offset: toNumber(record.offset),
    key: keyOf(record),
    event: await decode<AnyEvent>(codecs[`${processor}.events.v1`], record.value),
    crc: crc32(record.value ?? Buffer.alloc(0)),
  });

  /** Records of a topic that no processor owns. */
  async function plain<T extends { readonly body: Body }>(
    codec: TopicCodec<T>,
    records: readonly LogRecord[],
  ) {
    const decoded: { offset: number; atMs: number; key: string | null; value: T | null }[] = [];
    for (const record of records) {
      const value = await decode<T>(codec, record.value);
      decoded.push({ offset: toNumber(record.offset), atMs: record.timestampMs, key: keyOf(record), value });
    }
    return decoded;
  }

  return {
    audit: (records) => plain(codecs['ops.audit.v1'], records),
    config: (records) => plain(codecs['stores.config.v1'], records),
    customers: (records) => plain(codecs['customers.keys.v1'], records),
    async inbox(processor, records) {
      const decoded: InboxRecord[] = [];
      for (const record of records) decoded.push(await toInbox(processor, record));
      return decoded;
    },
    async journal(processor, records) {
      const decoded: JournalRecord[] = [];
      for (const record of records) decoded.push(await toJournal(processor, record));
      return decoded;
    },
  };
}

/** Topics of bytes nobody could read: only secrets are looked for in them. */
export const rawTopics = (['orders', 'stock', 'catalogue'] as const).map(quarantineOf);

/** Every topic the auditor reads. */
export const auditedTopics = [
  ...(['orders', 'stock', 'catalogue'] as const).flatMap((processor) => [
    inboxOf(processor),
    journalOf(processor),
  ]),
  storesConfigTopic,
  customersKeysTopic,
  auditTopic,
];

function keyOf({ key }: LogRecord): string | null {
  return key !== null && isUtf8(key) ? key.toString() : null;
}

function markOf({ headers }: LogRecord, partitions: number): InboxRecord['mark'] {
  const [first, ...more] = headers.filter(([name]) => name === sourceHeader);
  if (!first) return null;
  if (more.length > 0) return 'bad';
  const mark = parseSourceMark(first[1], partitions);
  return typeof mark === 'string' ? 'bad' : mark;
}

function toNumber(offset: bigint): number {
  const number = Number(offset);
  if (!Number.isSafeInteger(number)) throw new RangeError(`offset ${offset} is beyond 2^53`);
  return number;
}
