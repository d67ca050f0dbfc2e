import { topicCatalogue, type TopicSpec } from '../../schemas/topic-catalogue.ts';
import type { KafkaConnection } from './kafkajs/hardened-kafkajs.ts';
import { createTopicAdmin, type TopicAdmin, type TopicSettings } from './kafkajs/topic-admin.ts';

/** The topics of the catalogue with the configured partition count in place. */
export const topicsWanted = (partitions: number): readonly TopicSettings[] =>
  topicCatalogue.map((spec: TopicSpec) => ({
    name: spec.name,
    partitions: spec.partitions === 'configured' ? partitions : spec.partitions,
    timestampType: spec.timestampType,
    retentionMs: spec.retentionMs,
    cleanup: spec.cleanup,
    settings: spec.settings ?? {},
  }));

/** The broker's topics are not the catalogue's. Nothing may run on them: `differences` says what to do. */
export class TopicsDiffer extends Error {
  readonly differences: readonly string[];
  constructor(differences: readonly string[]) {
    super(
      `the topics are not as schemas/topic-catalogue.ts has them:\n${differences.map((d) => `  ${d}`).join('\n')}`,
    );
    this.name = 'TopicsDiffer';
    this.differences = differences;
  }
}

type Setting = string | number | undefined;

const settingNames = {
  timestampType: 'message.timestamp.type',
  retentionMs: 'retention.ms',
  cleanup: 'cleanup.policy',
} as const;

/** What is wrong with a topic and what to do about it; empty where it is as wanted. */
export function topicDifferences(wanted: TopicSettings, found: TopicSettings | null): readonly string[] {
  const { name } = wanted;
  if (found === null) return [`${name} does not exist: run the deploy step`];
  const differences: string[] = [];
  if (found.partitions !== wanted.partitions) {
    const fix = `the count is fixed at creation, set MILLRACE_PARTITIONS=${found.partitions}`;
    differences.push(`${name} has ${found.partitions} partitions, wanted ${wanted.partitions}: ${fix}`);
  }
  const compare = (setting: string, has: Setting, wants: Setting): void => {
    if (has === wants) return;
    const fix = `kafka-configs.sh --alter --entity-type topics --entity-name ${name} --add-config ${setting}=${wants}`;
    differences.push(`${name} has ${setting}=${has}, wanted ${wants}: ${fix}`);
  };
  for (const [field, setting] of Object.entries(settingNames) as [keyof typeof settingNames, string][])
    compare(setting, found[field], wanted[field]);
  for (const [setting, value] of Object.entries(wanted.settings))
    compare(setting, found.settings[setting], value);
  return differences;
}

/** Every role calls this at its start. Rejects with TopicsDiffer, all differences named, or if no broker answers. */
export async function checkBroker(connection: KafkaConnection, partitions: number): Promise<void> {
  const admin = await createTopicAdmin(connection);
  try {
    await checkTopics(admin, partitions);
  } finally {
    await admin.close();
  }
}

/** The same over an admin client of the caller's. */
export async function checkTopics(admin: TopicAdmin, partitions: number): Promise<void> {
  const wanted = topicsWanted(partitions);
  const found = await admin.describe(wanted.map(({ name }) => name));
  const differences = wanted.flatMap((topic) => topicDifferences(topic, found.get(topic.name) ?? null));
  if (differences.length > 0) throw new TopicsDiffer(differences);
}
