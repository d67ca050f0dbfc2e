import { createHash } from 'node:crypto';
import type { Assigner, Cluster, PartitionAssigner } from 'kafkajs';
import type { FetchHooks } from './fetch-pacing.ts';
import { kafkajs } from './hardened-kafkajs.ts';

export interface AssignedMember {
  readonly memberId: string;
  /** Constant over restarts of a process slot, so its partitions come back to it. */
  readonly instanceId: string;
}

/**
 * Shares out partition numbers, not partitions: number p of every topic goes to one member, so an inbox and its
 * journal never part (kafkajs's roundRobin splits them at five members, kafka.md §4). Rendezvous hashing keeps the
 * others in place when a member comes or goes; nobody gets more than ceil(partitions / members).
 */
export function assignByNumber(
  members: readonly AssignedMember[],
  partitions: number,
): ReadonlyMap<string, readonly number[]> {
  const shares = new Map<string, number[]>(members.map(({ memberId }) => [memberId, []]));
  const cap = Math.ceil(partitions / members.length);
  for (let partition = 0; partition < partitions; partition += 1) {
    const ranked = members
      .map(({ memberId, instanceId }) => ({ memberId, weight: weightOf(instanceId, partition) }))
      .sort((a, b) => b.weight - a.weight || (a.memberId < b.memberId ? -1 : 1));
    const owner = ranked
      .map(({ memberId }) => shares.get(memberId))
      .find((share) => share && share.length < cap);
    owner?.push(partition);
  }
  return shares;
}

const weightOf = (instanceId: string, partition: number): number =>
  createHash('sha256').update(`${instanceId}\0${partition}`).digest().readUIntBE(0, 6);

const assignerName = 'MillraceByNumber';
const version = 1;

/**
 * Our assigner as kafkajs wants it. `onCluster` gets the consumer's connection to the brokers; `fetchHooks` ride
 * along to where the fetch is patched.
 */
export function createPartitionAssigner(
  instanceId: string,
  fetchHooks: FetchHooks,
  onCluster: (cluster: Cluster) => void,
): PartitionAssigner {
  const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;
  return ({ cluster }) => {
    onCluster(cluster);
    const assigner: Assigner & { readonly fetchHooks: FetchHooks } = {
      name: assignerName,
      version,
      fetchHooks,
      protocol: ({ topics }) => ({
        name: assignerName,
        metadata: MemberMetadata.encode({ version, topics, userData: Buffer.from(instanceId) }),
      }),
      async assign({ members, topics }) {
        const counts = new Map(
          topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).length]),
        );
        const known = members.map(({ memberId, memberMetadata }) => {
          const { userData, topics: reads } = MemberMetadata.decode(memberMetadata) ?? {};
          return { memberId, instanceId: userData?.toString() ?? memberId, reads: reads ?? topics };
        });
        // While builds that read different topics share the group, a topic goes to those who read it.
        const sharesOf = new Map(
          topics.map((topic) => {
            const readers = known.filter(({ reads }) => reads.includes(topic));
            return [topic, assignByNumber(readers, Math.max(...counts.values()))] as const;
          }),
        );
        return members.map(({ memberId }) => {
          const assignment = Object.fromEntries(
            topics.map((topic) => [
              topic,
              (sharesOf.get(topic)?.get(memberId) ?? []).filter(
                (number) => number < (counts.get(topic) ?? 0),
              ),
            ]),
          );
          return {
            memberId,
            memberAssignment: MemberAssignment.encode({ version, assignment, userData: Buffer.alloc(0) }),
          };
        });
      },
    };
    return assigner;
  };
}
