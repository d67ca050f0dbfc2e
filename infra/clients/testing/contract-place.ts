import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { prefixedTopics, type PrefixedTopics } from '../../../processors/runtime/testing/prefixed-topics.ts';
import { schemaOfTopic } from '../../../schemas/topic-catalogue.ts';
import { topicsWanted } from '../check-topics.ts';
import type { AskForWriter } from '../decode-records.ts';
import { createKafkajsLog } from '../kafkajs/kafkajs-log.ts';
import { createTopicAdmin, type TopicAdmin } from '../kafkajs/topic-admin.ts';
import type { Log, OutgoingRecord } from '../log.ts';
import { testConnection } from './test-kafka.ts';

/** A registry that is away until it is told to answer; what was written with `unknownSchemaId` is of today's schema. */
export interface ReluctantRegistry {
  /** How often somebody wanted to know. */
  readonly asked: number;
  answers(): void;
  readonly askForWriter: AskForWriter;
}

export const unknownSchemaId = 99;

/** Topics of one case on the test run's broker, under the catalogue's names. */
export interface ContractPlace {
  /** Of this case alone, for its books. */
  readonly name: string;
  /** Its books are not empty any more: the source alone is. */
  readonly isRenewed: boolean;
  readonly partitions: number;
  readonly groupId: string;
  readonly topics: PrefixedTopics;
  readonly log: Log;
  readonly registry: ReluctantRegistry;
  append(partition: number, records: readonly OutgoingRecord[]): Promise<void>;
  /** Drops every record of a partition of the source, as retention would. */
  deleteAll(partition: number): Promise<void>;
  /** The same place, but that its source is a new, empty topic. */
  renewed(): Promise<ContractPlace>;
  close(): Promise<void>;
}

export async function openPlace(source: string, partitions: number): Promise<ContractPlace> {
  const prefix = `contract-${randomUUID().slice(0, 8)}`;
  const admin = await createTopicAdmin(testConnection(prefix));
  const topics = prefixedTopics(prefix);
  const isOwn = (name: string): boolean =>
    name === source || (source.endsWith('.commands.v1') && isTouchedBy(name, source));
  const wanted = topicsWanted(partitions).filter(({ name }) => isOwn(name));
  await admin.create(wanted.map((topic) => ({ ...topic, name: topics.name(topic.name) })));
  const physical = await createKafkajsLog(testConnection(prefix));
  return placeOf({ prefix, source, partitions, admin, physical, renewals: 0 });
}

interface Parts {
  readonly prefix: string;
  readonly source: string;
  readonly partitions: number;
  readonly admin: TopicAdmin;
  readonly physical: Log;
  readonly renewals: number;
}

function placeOf(parts: Parts): ContractPlace {
  const { prefix, source, partitions, admin, physical, renewals } = parts;
  const topics = prefixedTopics(prefix, renewals === 0 ? [] : [source]);
  const log = topics.log(physical);
  return {
    name: prefix,
    isRenewed: renewals > 0,
    partitions,
    groupId: `${prefix}.group`,
    topics,
    log,
    registry: reluctantRegistry(),
    async append(partition, records) {
      const [outcome] = await log.append([{ topic: source, partition, records }]);
      expect(outcome).toMatchObject({ is: 'appended' });
    },
    async deleteAll(partition) {
      const end = (await log.offsetsOf(source)).get(partition)?.end ?? 0n;
      await admin.deleteRecords(topics.name(source), partition, end);
    },
    async renewed() {
      const again = prefixedTopics(prefix, [source]);
      const wanted = topicsWanted(partitions).filter(({ name }) => name === source);
      await admin.create(wanted.map((topic) => ({ ...topic, name: again.name(source) })));
      return placeOf({ ...parts, renewals: 1 });
    },
    close: () => Promise.all([admin.close(), physical.close()]).then(() => undefined),
  };
}

/** A processor writes to topics of its own and to every inbox. */
const isTouchedBy = (topic: string, inbox: string): boolean =>
  topic.endsWith('.commands.v1') || topic.split('.')[0] === inbox.split('.')[0];

function reluctantRegistry(): ReluctantRegistry {
  let asked = 0;
  const back = Promise.withResolvers<void>();
  return {
    get asked() {
      return asked;
    },
    answers() {
      back.resolve();
    },
    async askForWriter(codec, schemaId, signal) {
      asked += 1;
      const given = Promise.withResolvers<void>();
      signal?.addEventListener('abort', () => given.reject(signal.reason));
      await Promise.race([back.promise, given.promise]);
      if (schemaId !== unknownSchemaId) return 'unknown-schema';
      codec.addWriter(schemaId, schemaOfTopic(codec.topic));
      return 'learned';
    },
  };
}
