import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Group, GroupMember, Log, LogRecord, TopicPartition } from '../log.ts';
import { LogFault } from '../log-fault.ts';
import { numbered, until } from './test-kafka.ts';

/** How a member joins. */
export interface Joining {
  readonly topics: readonly string[];
  readonly groupId: string;
  readonly instanceId: string;
}

/** Groups over a log, and what only their owner can do. */
export interface GroupsUnderTest {
  readonly log: Log;
  createTopic(partitions: number): Promise<string>;
  join(member: GroupMember, joining: Joining): Group;
  /** Drops the records before `first`. */
  trim(topic: string, partition: number, first: bigint): Promise<void>;
  close(): Promise<void>;
}

interface Seen extends GroupMember {
  readonly assignments: (readonly TopicPartition[])[];
  readonly records: { readonly at: TopicPartition; readonly record: LogRecord }[];
  readonly faults: Error[];
  revokings: number;
}

function watch(onAssigned: (partitions: readonly TopicPartition[]) => void = () => undefined): Seen {
  const seen: Seen = {
    assignments: [],
    records: [],
    faults: [],
    revokings: 0,
    onAssigned(partitions) {
      seen.assignments.push(partitions);
      onAssigned(partitions);
    },
    onRecords: (at, records) => void seen.records.push(...records.map((record) => ({ at, record }))),
    onRevoking: () => void (seen.revokings += 1),
    onFatal: (error) => void seen.faults.push(error),
  };
  return seen;
}

const valuesOf = (seen: Seen, partition: number): string[] =>
  seen.records.filter(({ at }) => at.partition === partition).map(({ record }) => String(record.value));

/** What a member may rely on in its group (log.ts); for the real one and for the simulator's. */
export function groupContract(name: string, open: () => Promise<GroupsUnderTest>): void {
  describe(`${name} as a group`, () => {
    let subject: GroupsUnderTest;
    let log: Log;
    const running: Group[] = [];
    beforeAll(async () => {
      subject = await open();
      log = subject.log;
    });
    afterEach(async () => {
      await Promise.all(running.splice(0).map((group) => group.stop()));
    });
    afterAll(() => subject.close());

    const join = (
      member: GroupMember,
      topics: readonly string[],
      groupId: string = randomUUID(),
      instanceId: string = randomUUID(),
    ): Group => {
      const group = subject.join(member, { topics, groupId, instanceId });
      running.push(group);
      return group;
    };

    test('delivers nothing before resumeAt, then everything from the offset asked for', async () => {
      const topic = await subject.createTopic(4);
      await log.append([numbered(topic, 0, 10), numbered(topic, 1, 5)]);
      const seen = watch();
      const group = join(seen, [topic]);
      await group.start();
      expect(seen.assignments).toHaveLength(1);
      expect(seen.assignments[0]).toHaveLength(4);
      group.resumeAt({ topic, partition: 1 }, 0n);
      await until(() => valuesOf(seen, 1).length === 5);
      await log.append([numbered(topic, 0, 1, 10), numbered(topic, 1, 1, 5)]);
      await until(() => valuesOf(seen, 1).length === 6);
      expect(valuesOf(seen, 0)).toEqual([]);
      group.resumeAt({ topic, partition: 0 }, 4n);
      await until(() => valuesOf(seen, 0).length >= 7);
      expect(valuesOf(seen, 0)).toEqual(['4', '5', '6', '7', '8', '9', '10']);
      expect(seen.faults).toEqual([]);
    });

    test('pauses and resumes without losing or repeating a record', async () => {
      const topic = await subject.createTopic(1);
      const at = { topic, partition: 0 };
      const seen = watch();
      const group = join(seen, [topic]);
      seen.onRecords = (where, records) => {
        seen.records.push(...records.map((record) => ({ at: where, record })));
        group.pause(where);
        queueMicrotask(() => group.resume(where));
      };
      await group.start();
      group.resumeAt(at, 0n);
      for (let from = 0; from < 500; from += 50) await log.append([numbered(topic, 0, 50, from)]);
      await until(
        () => seen.records.length >= 500,
        () => seen.records.length,
      );
      expect(valuesOf(seen, 0)).toEqual(Array.from({ length: 500 }, (_, i) => String(i)));
    });

    test.each([
      ['below', 2n],
      ['beyond', 11n],
    ])('stops when asked to go on %s what the log holds', async (_, offset) => {
      const topic = await subject.createTopic(1);
      await log.append([numbered(topic, 0, 10)]);
      await subject.trim(topic, 0, 5n);
      const seen = watch();
      const group = join(seen, [topic]);
      await group.start();
      group.resumeAt({ topic, partition: 0 }, offset);
      await until(() => seen.faults.length > 0);
      expect(seen.faults[0]).toBeInstanceOf(LogFault);
      expect(seen.records).toEqual([]);
    });

    test('stops on records that vanish under it instead of skipping them', async () => {
      const topic = await subject.createTopic(1);
      const at = { topic, partition: 0 };
      await log.append([numbered(topic, 0, 3)]);
      const seen = watch();
      const group = join(seen, [topic]);
      await group.start();
      group.resumeAt(at, 0n);
      await until(() => seen.records.length === 3);
      group.pause(at);
      await log.append([numbered(topic, 0, 3, 3)]);
      await subject.trim(topic, 0, 5n);
      group.resume(at);
      await until(() => seen.faults.length > 0);
      expect(seen.faults[0]).toBeInstanceOf(LogFault);
      expect(seen.records).toHaveLength(3);
    });

    test('joins again on request, and announces an unchanged assignment too', async () => {
      const topic = await subject.createTopic(4);
      const seen = watch();
      const group = join(seen, [topic]);
      await group.start();
      group.rejoin();
      await until(() => seen.assignments.length === 2);
      group.resumeAt({ topic, partition: 0 }, 0n);
      group.rejoin();
      await until(() => seen.assignments.length === 3);
      await log.append([numbered(topic, 0, 1)]);
      group.resumeAt({ topic, partition: 0 }, 0n);
      await until(() => seen.records.length === 1);
      expect(seen.assignments.map(({ length }) => length)).toEqual([4, 4, 4]);
      expect(seen.faults).toEqual([]);
    });

    test('keeps partition numbers together over topics and leaves nothing behind over 1, 3 and 1 members', async () => {
      const topics = [await subject.createTopic(6), await subject.createTopic(6)];
      const [inbox = '', other = ''] = topics;
      const groupId = randomUUID();
      const next = new Map<number, bigint>();
      const skipped: string[] = [];
      const member = (name: string) => {
        let mine = new Set<number>();
        const seen = watch((partitions) => {
          const inboxes = partitions.filter(({ topic }) => topic === inbox);
          mine = new Set(inboxes.map(({ partition }) => partition));
          for (const at of inboxes) group.resumeAt(at, next.get(at.partition) ?? 0n);
        });
        // Two may hold a partition for a while: nobody tells a member that is late. What is lost is lost to none.
        seen.onRecords = (at, records) => {
          if (!mine.has(at.partition)) return;
          for (const { offset } of records) {
            const expected = next.get(at.partition) ?? 0n;
            if (offset > expected) skipped.push(`${at.partition}: ${expected} to ${offset}`);
            if (offset >= expected) next.set(at.partition, offset + 1n);
          }
        };
        const group = join(seen, topics, groupId, name);
        return { seen, group };
      };
      let sent = 0n;
      const appendToAll = async (): Promise<void> => {
        await log.append([0, 1, 2, 3, 4, 5].map((p) => numbered(inbox, p, 10)));
        sent += 10n;
        await until(
          () => [0, 1, 2, 3, 4, 5].every((p) => next.get(p) === sent),
          () => [...next].map(([p, o]) => [p, String(o)]),
        );
      };
      const first = member('a');
      await first.group.start();
      await appendToAll();
      const others = [member('b'), member('c')];
      await Promise.all(others.map(({ group }) => group.start()));
      const all = [first, ...others];
      await until(() => all.every(({ seen }) => (seen.assignments.at(-1)?.length ?? 0) === 4));
      await appendToAll();
      for (const { seen } of all) {
        const last = seen.assignments.at(-1) ?? [];
        const numbersOf = (topic: string) =>
          last.filter((at) => at.topic === topic).map(({ partition }) => partition);
        expect(new Set(numbersOf(inbox))).toEqual(new Set(numbersOf(other)));
      }
      expect(first.seen.revokings).toBeGreaterThan(0);
      await Promise.all(others.map(({ group }) => group.stop()));
      await until(() => first.seen.assignments.at(-1)?.length === 12);
      await appendToAll();
      expect(skipped).toEqual([]);
      expect(all.flatMap(({ seen }) => seen.faults)).toEqual([]);
    });

    test('commits for lag tools and reads a committed offset back', async () => {
      const topic = await subject.createTopic(1);
      const at = { topic, partition: 0 };
      await log.append([numbered(topic, 0, 3)]);
      const group = join(watch(), [topic]);
      await group.start();
      expect(await group.committed(at)).toBeNull();
      group.commit(at, 2n);
      group.commit(at, 3n);
      await until(async () => (await group.committed(at)) === 3n);
    });

    test('reports what its member throws as fatal', async () => {
      const topic = await subject.createTopic(1);
      await log.append([numbered(topic, 0, 1)]);
      const seen = watch();
      seen.onRecords = () => {
        throw new TypeError('a bug');
      };
      const group = join(seen, [topic]);
      await group.start();
      group.resumeAt({ topic, partition: 0 }, 0n);
      await until(() => seen.faults.length > 0);
      expect(seen.faults).toMatchObject([{ name: 'TypeError', message: 'a bug' }]);
    });
  });
}
