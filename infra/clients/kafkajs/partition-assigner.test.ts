import { expect, test } from 'vitest';
import type { Cluster, PartitionAssigner } from 'kafkajs';
import type { FetchHooks } from './fetch-pacing.ts';
import { kafkajs } from './hardened-kafkajs.ts';
import { assignByNumber, createPartitionAssigner } from './partition-assigner.ts';

const members = (...names: readonly string[]) =>
  names.map((name) => ({ memberId: `m-${name}`, instanceId: name }));
const ownersOf = (shares: ReadonlyMap<string, readonly number[]>): string[] =>
  [...shares]
    .flatMap(([memberId, numbers]) => numbers.map((n) => `${n}:${memberId}`))
    .sort((a, b) => a.localeCompare(b));

test.each([1, 2, 3, 5, 7, 24])(
  'gives every partition to one member, none more than its share, with %i members',
  (n) => {
    const shares = assignByNumber(members(...Array.from({ length: n }, (_, i) => `i${i}`)), 24);
    const all = [...shares.values()].flat();
    expect(new Set(all).size).toBe(24);
    expect(all).toHaveLength(24);
    expect(Math.max(...[...shares.values()].map((numbers) => numbers.length))).toBeLessThanOrEqual(
      Math.ceil(24 / n),
    );
  },
);

test('depends on the instance id alone: a restarted process gets its partitions back', () => {
  const before = assignByNumber(members('a', 'b', 'c'), 12);
  const after = assignByNumber(
    ['c', 'a', 'b'].map((name) => ({ memberId: `restarted-${name}`, instanceId: name })),
    12,
  );
  expect(ownersOf(after).map((owner) => owner.replace('restarted-', 'm-'))).toEqual(ownersOf(before));
});

test('moves few partitions when a member goes', () => {
  const before = ownersOf(assignByNumber(members('a', 'b', 'c'), 60));
  const after = ownersOf(assignByNumber(members('a', 'b'), 60));
  const moved = before.filter((owner) => !owner.endsWith('m-c') && !after.includes(owner));
  expect(moved.length).toBeLessThan(12);
});

test('tells two processes apart that were given one instance id', () => {
  const shares = assignByNumber(
    [
      { memberId: 'x', instanceId: 'same' },
      { memberId: 'y', instanceId: 'same' },
    ],
    4,
  );
  expect([...shares.values()].map((numbers) => numbers.length)).toEqual([2, 2]);
});

test('leaves members without work when there are more of them than partitions', () => {
  const shares = assignByNumber(members('a', 'b', 'c'), 2);
  expect([...shares.values()].flat()).toHaveLength(2);
});

test('a topic goes to the members that read it, while builds with more and fewer topics share the group', async () => {
  const cluster = { findTopicPartitionMetadata: () => [{}, {}, {}, {}] } as unknown as Cluster;
  const hooks = {} as FetchHooks;
  const of = (instanceId: string) =>
    createPartitionAssigner(
      instanceId,
      hooks,
      () => undefined,
    )({ cluster } as Parameters<PartitionAssigner>[0]);
  const members = [
    { memberId: 'old', memberMetadata: of('i-0').protocol({ topics: ['a'] }).metadata },
    { memberId: 'new', memberMetadata: of('i-1').protocol({ topics: ['a', 'b'] }).metadata },
  ];
  const assigned = await of('i-1').assign({ members, topics: ['a', 'b'] });
  const numbersOf = (topic: string) =>
    Object.fromEntries(
      assigned.map(({ memberId, memberAssignment }) => [
        memberId,
        kafkajs.AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment[topic] ?? [],
      ]),
    );
  expect(numbersOf('b')).toEqual({ old: [], new: [0, 1, 2, 3] });
  expect(Object.values(numbersOf('a')).map((numbers) => numbers.length)).toEqual([2, 2]);
});
