import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClientLogger } from '../client-logger.ts';
import type { KafkaConnection } from '../kafkajs/hardened-kafkajs.ts';
import { createTopicAdmin, type TopicSettings } from '../kafkajs/topic-admin.ts';
import type { Append } from '../log.ts';
import { testEngines } from '../../local/testing/test-engines.ts';

/** Lines a client wrote, for tests that look at them. */
export interface KeptLogger extends ClientLogger {
  readonly lines: { readonly level: string; readonly fields: object; readonly message: string }[];
}

export function createKeptLogger(): KeptLogger {
  const lines: KeptLogger['lines'][number][] = [];
  const write = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields, message });
  return { lines, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

/** The test run's broker. */
export const testConnection = (clientId = 'test'): KafkaConnection => ({
  brokers: testEngines().kafkaBrokers.split(','),
  clientId,
  logger: createKeptLogger(),
});

/** A new topic with a name of its own. */
export async function createTestTopic(settings: Partial<TopicSettings> = {}): Promise<string> {
  const name = settings.name ?? `test.${randomUUID()}`;
  const admin = await createTopicAdmin(testConnection());
  const usual = {
    partitions: 4,
    timestampType: 'LogAppendTime',
    retentionMs: -1,
    cleanup: 'delete',
    settings: {},
  };
  await admin.create([{ ...usual, ...settings, name }]);
  await admin.close();
  return name;
}

/** Drops the records of a partition before `first`. */
export async function trimTopic(topic: string, partition: number, first: bigint): Promise<void> {
  const admin = await createTopicAdmin(testConnection());
  await admin.deleteRecords(topic, partition, first);
  await admin.close();
}

/**
 * Polls until `holds` is true; after `withinMs` it throws with what `shows` tells. What takes long is asked seldom: a
 * busy machine has to do what is waited for beside it.
 */
export async function until(
  holds: () => boolean | Promise<boolean>,
  shows: () => unknown = () => '',
  withinMs = 90_000,
): Promise<void> {
  const beganMs = Date.now();
  for (;;) {
    if (await holds()) return;
    const waitedMs = Date.now() - beganMs;
    if (waitedMs > withinMs)
      throw new Error(`not within ${withinMs} ms: ${holds.toString()} ${JSON.stringify(shows())}`);
    await delay(Math.min(100, 10 + waitedMs / 10));
  }
}

/** An append of `count` records with values `<from>`, `<from + 1>`, … */
export const numbered = (topic: string, partition: number, count: number, from = 0): Append => ({
  topic,
  partition,
  records: Array.from({ length: count }, (_, i) => ({
    key: `k${from + i}`,
    value: Buffer.from(String(from + i)),
  })),
});
