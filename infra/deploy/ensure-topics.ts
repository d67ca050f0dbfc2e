import { topicDifferences, TopicsDiffer, topicsWanted } from '../clients/check-topics.ts';
import type { TopicAdmin } from '../clients/kafkajs/topic-admin.ts';

/**
 * Creates the topics of the catalogue that are missing and checks those that are there; never changes one.
 * Returns the names it created. Rejects with TopicsDiffer before it creates anything.
 */
export async function ensureTopics(admin: TopicAdmin, partitions: number): Promise<readonly string[]> {
  const wanted = topicsWanted(partitions);
  const found = await admin.describe(wanted.map(({ name }) => name));
  const present = wanted.filter(({ name }) => found.get(name));
  const differences = present.flatMap((topic) => topicDifferences(topic, found.get(topic.name) ?? null));
  if (differences.length > 0) throw new TopicsDiffer(differences);
  const missing = wanted.filter((topic) => !present.includes(topic));
  await admin.create(missing);
  return missing.map(({ name }) => name);
}
