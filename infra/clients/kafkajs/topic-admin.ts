import { setTimeout as delay } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { protocolTypeOf, unknownTopic } from './append-error.ts';
import { connectAdmin, kafkajs, type KafkaConnection } from './hardened-kafkajs.ts';

/** A topic as it must be, or as the broker says it is. */
export interface TopicSettings {
  readonly name: string;
  readonly partitions: number;
  readonly timestampType: string;
  /** -1: for ever. */
  readonly retentionMs: number;
  readonly cleanup: string;
  /** Further settings by their name at the broker: those that must be as they say, or all that it has. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface TopicAdmin {
  /** Null where there is no such topic. */
  describe(names: readonly string[]): Promise<ReadonlyMap<string, TopicSettings | null>>;
  /** Creates the topics and waits until every partition of them has a leader: before that a send is refused. */
  create(topics: readonly TopicSettings[]): Promise<void>;
  /** Deletes the records of a partition before `offset`. */
  deleteRecords(topic: string, partition: number, offset: bigint): Promise<void>;
  close(): Promise<void>;
}

/** Leaders of a new topic are there within 100 ms as a rule; a cluster may take longer. */
const leadersWithinMs = 30_000;

/** Rejects with a LinkFault if no broker answers or lets us in. */
export async function createTopicAdmin(connection: KafkaConnection): Promise<TopicAdmin> {
  const admin = await connectAdmin(connection, 5);
  return {
    describe: (names) => describe(admin, names),
    async create(topics) {
      if (topics.length === 0) return;
      await admin.createTopics({ waitForLeaders: false, topics: topics.map(toTopicConfig) });
      await untilLed(admin, topics);
    },
    async deleteRecords(topic, partition, offset) {
      await admin.fetchTopicOffsets(topic); // without the metadata kafkajs does not find the leader (kafka.md §6)
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
    },
    close: () => admin.disconnect(),
  };
}

const toTopicConfig = (topic: TopicSettings) => ({
  topic: topic.name,
  numPartitions: topic.partitions,
  replicationFactor: -1, // the cluster's default.replication.factor
  configEntries: [
    { name: 'message.timestamp.type', value: topic.timestampType },
    { name: 'retention.ms', value: String(topic.retentionMs) },
    { name: 'cleanup.policy', value: topic.cleanup },
    ...Object.entries(topic.settings).map(([name, value]) => ({ name, value })),
  ],
});

async function untilLed(admin: Admin, topics: readonly TopicSettings[]): Promise<void> {
  const deadline = Date.now() + leadersWithinMs;
  for (;;) {
    const counts = await ledPartitions(admin, topics);
    const behind = topics.find(({ name, partitions }) => (counts.get(name) ?? 0) < partitions);
    if (!behind && (await leadersAnswer(admin, topics))) return;
    if (Date.now() > deadline) {
      const name = behind?.name ?? topics[0]?.name;
      throw new Error(
        `topic ${name} has no leader for every partition after ${leadersWithinMs} ms: is a broker down?`,
      );
    }
    await delay(50);
  }
}

const notYet: ReadonlySet<string | null> = new Set([
  unknownTopic,
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
]);

/** The metadata names a leader before that broker knows of it: it must answer for its partitions itself. */
async function leadersAnswer(admin: Admin, topics: readonly TopicSettings[]): Promise<boolean> {
  try {
    for (const { name } of topics) await admin.fetchTopicOffsets(name);
    return true;
  } catch (error) {
    if (notYet.has(protocolTypeOf(error))) return false;
    throw error;
  }
}

async function ledPartitions(
  admin: Admin,
  topics: readonly TopicSettings[],
): Promise<ReadonlyMap<string, number>> {
  try {
    const { topics: found } = await admin.fetchTopicMetadata({ topics: topics.map(({ name }) => name) });
    return new Map(
      found.map(({ name, partitions }) => [name, partitions.filter(({ leader }) => leader >= 0).length]),
    );
  } catch (error) {
    if (notYet.has(protocolTypeOf(error))) return new Map();
    throw error;
  }
}

async function describe(
  admin: Admin,
  names: readonly string[],
): Promise<ReadonlyMap<string, TopicSettings | null>> {
  const existing = new Set(await admin.listTopics());
  const present = names.filter((name) => existing.has(name));
  const settings = new Map<string, TopicSettings | null>(names.map((name) => [name, null]));
  if (present.length === 0) return settings;
  const { topics } = await admin.fetchTopicMetadata({ topics: present });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: present.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
  });
  for (const { name, partitions } of topics) {
    const entries = resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? [];
    const valueOf = (key: string): string =>
      entries.find(({ configName }) => configName === key)?.configValue ?? '';
    settings.set(name, {
      name,
      partitions: partitions.length,
      timestampType: valueOf('message.timestamp.type'),
      retentionMs: Number(valueOf('retention.ms')),
      cleanup: valueOf('cleanup.policy'),
      settings: Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue])),
    });
  }
  return settings;
}
