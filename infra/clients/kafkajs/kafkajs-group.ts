import { setTimeout as delay } from 'node:timers/promises';
import type { TakeOver } from '../lag/partition-lag.ts';
import { formatTakeOverNote } from '../lag/take-over-note.ts';
import type { Group, GroupMember, TopicPartition } from '../log.ts';
import { toError } from './append-error.ts';
import { createKafka } from './hardened-kafkajs.ts';
import { type ConsumerOptions, createPacedConsumer } from './paced-consumer.ts';

export type GroupOptions = ConsumerOptions;

export interface KafkajsGroup extends Group {
  /** A partition of this assignment was just taken over: it is told beside each offset committed from now on. */
  noteTakeOver(at: TopicPartition, took: Pick<TakeOver, 'durationMs' | 'events'>): void;
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/** Commits are for lag tools: the newest of each partition, gathered over this time, in one request. */
const commitEveryMs = 1_000;

/**
 * A member of a consumer group over `topics`; a partition number comes to it with all its topics. All members of a
 * group must subscribe to the same topics. `start` rejects when the group cannot be joined.
 */
export function createKafkajsGroup(options: GroupOptions, member: GroupMember): KafkajsGroup {
  const notes = new Map<string, string>();
  const commits = new Map<string, { readonly at: TopicPartition; readonly offset: bigint }>();
  let commitTimer: NodeJS.Timeout | null = null;
  const consumer = createPacedConsumer(options, {
    onJoined(partitions) {
      notes.clear();
      member.onAssigned(partitions);
    },
    onRecords: (at, records) => member.onRecords(at, records),
    onRevoking: () => member.onRevoking(),
    onFatal: (error) => member.onFatal(error),
  });

  async function flushCommits(): Promise<void> {
    if (commitTimer) clearTimeout(commitTimer);
    commitTimer = null;
    const rows = [...commits.values()].map(({ at, offset }) => ({
      topic: at.topic,
      partition: at.partition,
      offset: String(offset),
      metadata: notes.get(keyOf(at)) ?? null,
    }));
    commits.clear();
    if (rows.length === 0) return;
    try {
      await consumer.commitOffsets(rows);
    } catch (error) {
      options.logger.warn(
        { groupId: options.groupId, error: toError(error).message },
        'group offsets not committed',
      );
    }
  }

  return {
    start: () => consumer.start(),
    resumeAt: (at, offset) => consumer.resumeAt(at, offset),
    pause: (at) => consumer.pause(at),
    resume: (at) => consumer.resume(at),
    rejoin: () => consumer.rejoin(),
    commit(at, offset) {
      commits.set(keyOf(at), { at, offset });
      commitTimer ??= setTimeout(() => void flushCommits(), commitEveryMs);
    },
    noteTakeOver(at, { durationMs, events }) {
      const took = { at: new Date().toISOString(), durationMs: Math.round(durationMs), events };
      notes.set(keyOf(at), formatTakeOverNote({ owner: options.instanceId, ...took }));
    },
    committed: (at) => committedOffset(options, at),
    async stop() {
      await Promise.race([flushCommits(), delay(commitEveryMs, undefined, { ref: false })]);
      await consumer.stop();
    },
  };
}

async function committedOffset(
  options: GroupOptions,
  { topic, partition }: TopicPartition,
): Promise<bigint | null> {
  const admin = createKafka(options, 5).admin();
  await admin.connect();
  try {
    const answer = await admin.fetchOffsets({ groupId: options.groupId, topics: [topic] });
    const row = answer[0]?.partitions.find((found) => found.partition === partition);
    return row && Number(row.offset) >= 0 ? BigInt(row.offset) : null;
  } finally {
    await admin.disconnect();
  }
}
