import { expect, test } from 'vitest';
import { topicDifferences, topicsWanted } from './check-topics.ts';
import type { TopicSettings } from './kafkajs/topic-admin.ts';

const wanted: TopicSettings = {
  name: 'orders.commands.v1',
  partitions: 4,
  timestampType: 'LogAppendTime',
  retentionMs: 1_209_600_000,
  cleanup: 'delete',
  settings: { 'max.compaction.lag.ms': '60000' },
};

test('finds nothing wrong with a topic as wanted', () => {
  expect(topicDifferences(wanted, { ...wanted })).toEqual([]);
});

test.each<[string, Partial<TopicSettings> | null, string]>([
  ['a missing topic', null, 'orders.commands.v1 does not exist: run the deploy step'],
  [
    'other partitions',
    { partitions: 6 },
    'has 6 partitions, wanted 4: the count is fixed at creation, set MILLRACE_PARTITIONS=6',
  ],
  [
    'another clock',
    { timestampType: 'CreateTime' },
    'has message.timestamp.type=CreateTime, wanted LogAppendTime',
  ],
  ['another retention', { retentionMs: 1 }, 'has retention.ms=1, wanted 1209600000'],
  [
    'another setting of its own',
    { settings: { 'max.compaction.lag.ms': '1', 'segment.bytes': '7' } },
    'has max.compaction.lag.ms=1, wanted 60000',
  ],
  ['compaction', { cleanup: 'compact' }, 'has cleanup.policy=compact, wanted delete'],
])('names %s and the next step', (_, found, text) => {
  const differences = topicDifferences(wanted, found && { ...wanted, ...found });
  expect(differences).toHaveLength(1);
  expect(differences[0]).toContain(text);
});

test('wants the configured count for inboxes and journals, one partition for configuration', () => {
  const counts = new Map(topicsWanted(24).map(({ name, partitions }) => [name, partitions]));
  expect(counts.get('stock.events.v1')).toBe(24);
  expect(counts.get('stores.config.v1')).toBe(1);
});
