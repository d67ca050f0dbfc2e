import type { Admin, GroupDescription } from 'kafkajs';
import type { TopicPartition } from '../log.ts';
import { connectAdmin, kafkajs, type KafkaConnection } from './hardened-kafkajs.ts';

/** What the group's coordinator knows of a group. */
export interface GroupFacts {
  readonly members: number;
  /** Instance id of the member that a partition is assigned to; null while nobody has it. */
  ownerOf(at: TopicPartition): string | null;
  /** Null where nothing was committed. */
  committedOf(at: TopicPartition): { readonly offset: bigint; readonly metadata: string | null } | null;
}

export interface GroupsAdmin {
  /** Rejects if no coordinator answers. A group that nobody has joined yet has no members. */
  factsOf(groupId: string, topics: readonly string[]): Promise<GroupFacts>;
  close(): Promise<void>;
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/** Looks at consumer groups, joins none. Rejects if no broker answers. */
export async function createGroupsAdmin(connection: KafkaConnection): Promise<GroupsAdmin> {
  const admin = await connectAdmin(connection, 2);
  return {
    async factsOf(groupId, topics) {
      const [{ groups }, committed] = await Promise.all([
        admin.describeGroups([groupId]),
        committedOffsets(admin, groupId, topics),
      ]);
      const owners = ownersOf(groups[0]);
      return {
        members: groups[0]?.members.length ?? 0,
        ownerOf: (at) => owners.get(keyOf(at)) ?? null,
        committedOf: (at) => committed.get(keyOf(at)) ?? null,
      };
    },
    close: () => admin.disconnect(),
  };
}

async function committedOffsets(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): Promise<ReadonlyMap<string, { readonly offset: bigint; readonly metadata: string | null }>> {
  const rows = await admin.fetchOffsets({ groupId, topics: [...topics] });
  return new Map(
    rows.flatMap(({ topic, partitions }) =>
      partitions
        .filter(({ offset }) => Number(offset) >= 0)
        .map(({ partition, offset, metadata }) => [
          keyOf({ topic, partition }),
          { offset: BigInt(offset), metadata },
        ]),
    ),
  );
}

/** By the assignment our assigner made; it wrote the instance ids (`partition-assigner.ts`). */
function ownersOf(group: GroupDescription | undefined): ReadonlyMap<string, string> {
  const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;
  const owners = new Map<string, string>();
  // While members join, the coordinator tells neither what they are nor what will be theirs.
  if (group?.state !== 'Stable') return owners;
  for (const { memberId, memberMetadata, memberAssignment } of group.members) {
    const instanceId = MemberMetadata.decode(memberMetadata)?.userData.toString() ?? memberId;
    const assignment = MemberAssignment.decode(memberAssignment)?.assignment ?? {};
    for (const [topic, numbers] of Object.entries(assignment))
      for (const partition of numbers) owners.set(keyOf({ topic, partition }), instanceId);
  }
  return owners;
}
