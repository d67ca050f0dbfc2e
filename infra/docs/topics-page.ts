import { loadAvroSchema } from '../../schemas/avro-schema.ts';
import {
  inboxOf,
  journalOf,
  processorNames,
  subjectOf,
  topicCatalogue,
  type TopicSpec,
} from '../../schemas/topic-catalogue.ts';
import { code, markdownTable, page, type ReferencePage } from './markdown.ts';

const dayMs = 86_400_000;

const retention = ({ retentionMs, cleanup }: TopicSpec): string => {
  if (cleanup === 'compact') return 'the newest of each key';
  return retentionMs < 0 ? 'for ever' : `${retentionMs / dayMs} days`;
};

const content = ({ schema, bytes = '' }: TopicSpec): string =>
  schema === null ? bytes : (loadAvroSchema(schema).doc ?? '');

/** `topics.md`: every topic with its settings, from the catalogue. */
export function topicsPage(): ReferencePage {
  const rows = topicCatalogue.map((topic) => [
    code(topic.name),
    content(topic),
    topic.partitions === 'configured' ? code('MILLRACE_PARTITIONS') : String(topic.partitions),
    code(topic.timestampType),
    retention(topic),
    topic.schema === null ? '–' : code(subjectOf(topic.name)),
  ]);
  const pairs = processorNames.map((name) => [name, code(inboxOf(name)), code(journalOf(name))]);
  const settings = topicCatalogue.flatMap(({ name, settings: own = {} }) =>
    Object.entries(own).map(([setting, value]) => [code(name), code(setting), value]),
  );
  return page('topics.md', 'Topics', 'schemas/topic-catalogue.ts', [
    'The deploy step creates what is missing and changes nothing that is there; every role compares at its start and refuses to run on other topics. What stands in them: [messages.md](messages.md).',
    markdownTable(['Topic', 'Carries', 'Partitions', 'Timestamp', 'Kept', 'Registry subject'], rows),
    'Partition *p* of a processor’s inbox feeds partition *p* of its journal:',
    markdownTable(['Processor', 'Inbox', 'Journal'], pairs),
    'Further settings of the broker, checked like the rest:',
    markdownTable(['Topic', 'Setting', 'Value'], settings),
  ]);
}
