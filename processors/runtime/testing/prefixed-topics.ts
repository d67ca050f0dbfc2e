import { LogFault } from '../../../infra/clients/log-fault.ts';
import type { Group, GroupMember, Log, LogReader, TopicPartition } from '../../../infra/clients/log.ts';

/** Ports under which the fixed topic names stand for `<prefix>.<name>`, so that tests share a broker. */
export interface PrefixedTopics {
  log(log: Log): Log;
  reader(reader: LogReader): LogReader;
  group(group: Group): Group;
  member(member: GroupMember): GroupMember;
  name(topic: string): string;
}

const again = '.again';

/** `renewed` names topics that were made anew beside the old ones. */
export function prefixedTopics(prefix: string, renewed: readonly string[] = []): PrefixedTopics {
  const name = (topic: string): string => `${prefix}.${topic}${renewed.includes(topic) ? again : ''}`;
  const there = <T extends TopicPartition>(at: T): T => ({ ...at, topic: name(at.topic) });
  const back = <T extends TopicPartition>(at: T): T => ({
    ...at,
    topic: at.topic.slice(prefix.length + 1).replace(again, ''),
  });
  return {
    name,
    log: (log) => ({
      append: (appends) => log.append(appends.map(there)),
      leaderOf: (at) => log.leaderOf(there(at)),
      partitionsOf: (topic) => log.partitionsOf(name(topic)),
      offsetsOf: (topic) => log.offsetsOf(name(topic)),
      close: () => log.close(),
    }),
    reader: (reader) => ({
      read: (at, from, sink) => reader.read(there(at), from, sink),
      close: () => reader.close(),
    }),
    group: (group) => ({
      start: () => group.start(),
      resumeAt: (at, offset) => group.resumeAt(there(at), offset),
      pause: (at) => group.pause(there(at)),
      resume: (at) => group.resume(there(at)),
      rejoin: () => group.rejoin(),
      commit: (at, offset) => group.commit(there(at), offset),
      committed: (at) => group.committed(there(at)),
      stop: () => group.stop(),
    }),
    member: (member) => ({
      onAssigned: (partitions) => member.onAssigned(partitions.map(back)),
      onRecords: (at, records) => member.onRecords(back(at), records),
      onRevoking: () => member.onRevoking(),
      onFatal: (error) =>
        member.onFatal(error instanceof LogFault ? new LogFault(back(error.at), error.message) : error),
    }),
  };
}
